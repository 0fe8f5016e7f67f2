"""The partners of a reference device, told from its answers to CS03, CS04 and CS07."""

from __future__ import annotations

from host.conformance import der_tree
from host.conformance.loads import Load
from host.conformance.pairs import Pair
from smets.device import joins
from smets.device.joined import CAPACITY, Joined, Partner
from smets.device.ram_flash import RamFlash
from smets.device.store import Store

JOINS = {0x000D: joins.A_INITIATOR, 0x00AB: joins.A_RESPONDER, 0x000E: joins.B, 0x00AF: joins.C}
UNJOINS = (joins.UNJOIN_A_OR_C, joins.UNJOIN_B)
MESSAGE_CODES = (*JOINS, *UNJOINS, joins.READ_JOINS)

UNREADABLE = b"\x00"  # no whole row


def load(pair: Pair, device_type: int) -> Load:
    """What the device has to hold so that its answer is the reference's."""
    code = pair.command.header.message_code
    asked, answer = der_tree.decode(pair.command.payload), der_tree.decode(pair.response.payload)
    if code == joins.READ_JOINS:
        outcome, *listed = answer.children
        if outcome.integer() != joins.READ:
            return Load("joined", (UNREADABLE,))
        entries = [
            Partner(_method(device_type), eui.octets, partner_type.integer())
            for eui, partner_type in (entry.children for entry in listed[0].children)
        ]
    elif code in UNJOINS:
        entries = _before_unjoin(asked.octets, answer.integer(), device_type, code)
    else:
        entries = _before_join(asked.children[1].octets, answer.integer(), JOINS[code])
    return Load("joined", (_rows(entries),))


def _method(device_type: int, methods: tuple[int, ...] = (joins.B, joins.A_INITIATOR)) -> int:
    """The first of the methods by which devices of the type are joined."""
    return next(each for each in methods if joins.partner_types(device_type, each))


def _before_unjoin(eui: bytes, outcome: int, device_type: int, code: int) -> list[Partner]:
    if outcome != joins.UNJOINED:
        return []
    a_or_c = (joins.A_INITIATOR, joins.A_RESPONDER, joins.C)
    method = _method(device_type, (joins.B,) if code == joins.UNJOIN_B else a_or_c)
    return [Partner(method, eui, joins.partner_types(device_type, method)[0])]


def _before_join(eui: bytes, outcome: int, method: int) -> list[Partner]:
    if outcome == joins.INCOMPATIBLE_ENTRY:
        return [Partner(method, eui, 0xFF)]
    if outcome == joins.LOG_FULL:
        return [Partner(method, bytes((number,)) * 8, 0xFF) for number in range(CAPACITY)]
    return []


def _rows(entries: list[Partner]) -> bytes:
    """As a device stores them."""
    changes: list[tuple[str, bytes | None]] = []
    Joined(Store(RamFlash())).put(changes, entries)
    return changes[0][1] or b""
