"""The books of users, DCC, hub and meter after the run, held against each other."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from dcc_stub.user.opening import Opener
from host.boards.provision import STATE, board_folder
from host.cli.benchmarks.kill.user import (
    METER,
    OTHER_USER,
    SET_MPAN,
    SUPPLIER,
    Entry,
    Users,
    mpan,
)
from host.cli.benchmarks.report import Row
from keys.store import Keystore
from keys.suite import Suite
from smets.codec.errors import SmetsError
from smets.device.device import Device
from smets.device.ram_flash import RamFlash
from smets.dlms import data as axdr
from smets.gbcs.message import Message
from smets.meter import esme, registers
from smets.meter.objects_text import tables

MPAN = (1, bytes.fromhex("00005e2c220b"), 2)
SUPPLY_STATE = (70, bytes.fromhex("000060030aff"), 3)
SWITCHES = {"7.1": 0x004F, "7.2": 0x0050, "7.3": 0x0051}  # service request, message code
COMMAND_ACTIONED = b"\x81\x54"  # the event of each switching; behind it the message code
LAST_MOMENT = 0xFFFFFFFF


class Answer(NamedTuple):
    """A response that opened: to which request, and the counters that it spends."""

    entry: Entry
    message: Message
    octets: bytes
    succeeded: bool


def check(lab: Path, keys: Keystore, users: Users) -> list[Row]:
    """One row for each thing that must not be."""
    answers = list(_answers(keys, users))
    meter = _meter(lab)
    refusals = [each.check for each in meter.refusals()]
    entries = users.ledger.values()
    lost = sum(1 for each in entries if each.promised and not each.documents)
    with _database(lab / "dcc.sqlite") as dcc, _database(lab / "hub.sqlite") as hub:
        brought = _count(dcc, "SELECT count(*) FROM wan_inbox")
        counted = (
            ("promised by the DCC and never answered", lost),
            ("documents that do not open", sum(map(_documents, entries)) - len(answers)),
            ("documents nobody asked for", len(users.stray)),
            ("requests that the DCC refused", users.rejected.total()),
            ("answers that tell of a failure", sum(not each.succeeded for each in answers)),
            ("two different answers to one command", _different(answers)),
            (
                "commands answered more often than once",
                brought - len(users.alerts) - len(_by_request(answers)),
            ),
            ("switchings in the event log more or less than answered", _events(meter, answers)),
            ("set to another value than the last one answered", _last_set(meter, answers)),
            ("left in another supply state than the last answered", _last_switch(meter, answers)),
            ("counters of commands used twice", _twice(_command_counters(dcc))),
            ("counters of answers used twice", _twice(_answer_counters(answers))),
            ("refused by the meter: " + (", ".join(sorted(set(refusals))) or "-"), len(refusals)),
            ("waiting at the DCC for the hub", _count(dcc, _WAITING)),
            ("dead letters or deliveries waiting at the DCC", _count(dcc, _DELIVERIES)),
            ("waiting in the hub", sum(_count(hub, text) for text in _HUB)),
            ("refused by the hub", _count(hub, "SELECT count(*) FROM refusals")),
            ("waiting in the meter", len(meter.outbox)),
        )
    return [{"what must not be": name, "count": count, "limit": 0} for name, count in counted]


_WAITING = "SELECT count(*) FROM wan_outbox WHERE acknowledged IS NULL"
_DELIVERIES = "SELECT count(*) FROM delivery WHERE state != 'delivered'"
_COMMANDS = (
    "SELECT business_originator, target, business_counter FROM request"
    " WHERE business_counter IS NOT NULL"
)
_HUB = ("SELECT count(*) FROM han_queue", "SELECT count(*) FROM wan_outbox")


@contextmanager
def _database(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection:
        yield connection


def _count(database: sqlite3.Connection, text: str) -> int:
    return int(database.execute(text).fetchone()[0])


def _documents(entry: Entry) -> int:
    return len(entry.documents)


def _answers(keys: Keystore, users: Users) -> Iterator[Answer]:
    openers = {party: Opener(keys, Suite(), party) for party in (SUPPLIER, OTHER_USER)}
    for request_id, entry in users.ledger.items():
        for document in entry.documents:
            octets = document.gbcs_message
            if octets is None:
                continue
            try:
                opened = openers[request_id.originator].open(octets)
            except SmetsError:
                continue
            yield Answer(entry, Message.decode(octets), octets, opened.succeeded)


def _by_request(answers: Iterable[Answer]) -> dict[int, Answer]:
    return {each.entry.number: each for each in answers}


def _different(answers: list[Answer]) -> int:
    """A document may come twice, when a kill hid that it had come; then it is the same one."""
    found: dict[int, set[bytes]] = {}
    for each in answers:
        found.setdefault(each.entry.number, set()).add(each.octets)
    return sum(len(octets) - 1 for octets in found.values())


def _answer_counters(answers: list[Answer]) -> Iterator[tuple[object, ...]]:
    """What makes the keys of answers: the counter answered, and the meter's own."""
    for each in _by_request(answers).values():
        header = each.message.header
        yield "answer", header.recipient, header.originator_counter
        if header.supplementary_originator_counter is not None:
            yield "own", header.supplementary_originator_counter


def _command_counters(dcc: sqlite3.Connection) -> Iterator[tuple[object, ...]]:
    yield from dcc.execute(_COMMANDS)


def _twice(counters: Iterable[tuple[object, ...]]) -> int:
    return sum(count - 1 for count in Counter(counters).values())


# The meter, made from a copy of its flash


def _meter(lab: Path) -> Device:
    flash = RamFlash()
    for file in (board_folder(lab, METER) / STATE).iterdir():
        flash.files[file.name] = bytearray(file.read_bytes())
    return esme.create(METER, Suite(), flash, tables)


def _in_order(answers: list[Answer], variants: Iterable[str]) -> list[Answer]:
    """What was answered of these, in the order in which it was asked for and carried out."""
    found = [each for each in _by_request(answers).values() if each.entry.variant in variants]
    return sorted(found, key=lambda each: each.message.header.originator_counter)


def _last_set(meter: Device, answers: list[Answer]) -> int:
    done = _in_order(answers, (SET_MPAN,))
    if not done:
        return 0
    wanted = axdr.encode((axdr.OCTET_STRING, mpan(done[-1].entry.number)))
    return int(meter.objects.get(*MPAN, _now(meter)) != wanted)


def _last_switch(meter: Device, answers: list[Answer]) -> int:
    """Arming leaves a closed switch closed."""
    state = 1
    for each in _in_order(answers, SWITCHES):
        if each.entry.variant == "7.3":
            state = 2 if state != 1 else 1
        else:
            state = int(each.entry.variant == "7.1")
    held = axdr.decode(meter.objects.get(*SUPPLY_STATE, _now(meter)))
    return int(held[1] != state)


def _events(meter: Device, answers: list[Answer]) -> int:
    """Rows of the event log that are not, one for one, the last switchings answered."""
    objects: esme.Esme = meter.objects
    meter.poll(_now(meter))
    layout, log = objects.state.log(esme.EVENT_LOG)
    rows = [row for row in log.select(0, LAST_MOMENT) if row[4:6] == COMMAND_ACTIONED]
    logged = [row[7:9] for row in rows]
    switched = [
        SWITCHES[each.entry.variant].to_bytes(2, "big") for each in _in_order(answers, SWITCHES)
    ]
    if len(rows) < layout.capacity and len(logged) != len(switched):
        return abs(len(logged) - len(switched))
    wrong = zip(reversed(logged), reversed(switched), strict=False)
    return sum(mine != theirs for mine, theirs in wrong)


def _now(meter: Device) -> int:
    """The last moment of its life."""
    objects: esme.Esme = meter.objects
    return objects.registers[registers.ACCRUED_TO]
