"""The power is cut at every operation of the flash while commands are carried out.

Whatever is left on the flash then, the device comes back with a command done whole or not at all:
effect, counter and answer together, certificates all old or all new, own counters never twice.
"""

from collections.abc import Iterator

import pytest

from smets.device import store as store_module
from smets.device.device import Device
from smets.device.store import Store
from smets.gbcs import roles
from smets.gbcs.message import Message
from tests.device import authorities
from tests.device.authorities import UPDATE_SUPPLIER, WORLD
from tests.device.test_update_credentials import NEW_SUPPLIER, whole
from tests.smets.device.cut_flash import Chance, CutFlash, PowerCut
from tests.smets.device.engine import (
    CREDIT_MODE,
    MPAN,
    NOW,
    NULL,
    SET,
    SET_MPAN,
    SUPPLIER,
    access,
)

MPAN_VALUE = "value.1.00005e2c220b.2"
NOT_SUPPORTED = 0x0120


def mpan(counter):
    return b"\x09\x0d" + b"%013d" % counter


def set_mpan(counter):
    return WORLD.command(SET_MPAN, counter, body=access(counter, (SET, MPAN, mpan(counter))))


def lacking(counter):
    return WORLD.command(CREDIT_MODE, counter, body=NULL, signed=True)


def script() -> Iterator[tuple[int, bytes]]:
    """Counters and commands; every second one is answered with the device's own counter."""
    for counter in range(1, 9):
        yield counter, (lacking if counter % 2 else set_mpan)(counter)


@pytest.fixture(autouse=True)
def _files_that_take_turns_often(monkeypatch):
    monkeypatch.setattr(store_module, "_ROOM", 500)


@pytest.fixture(scope="module")
def provisioned() -> dict[str, bytes]:
    """The flash of a new device."""
    flash = CutFlash({})
    authorities.device(flash)
    return {name: bytes(content) for name, content in flash.files.items()}


class Life:
    """What has become known outside about one device."""

    def __init__(self) -> None:
        self.own: dict[int, bytes] = {}
        self.answers: dict[int, bytes] = {}

    def learn(self, message: bytes) -> None:
        """An answer left the device: own counters come once, and answers do not change."""
        header = Message.decode(message).header
        if header.message_code == NOT_SUPPORTED:
            known = self.own.setdefault(header.originator_counter, message)
        else:
            known = self.answers.setdefault(header.originator_counter, message)
        assert known == message


def reopened(files: dict[str, bytes], cut_at: int = -1) -> tuple[CutFlash, Device]:
    flash = CutFlash(files, cut_at)
    return flash, WORLD.open(Store(flash))


def consistent(device: Device, life: Life, sent: int, acknowledged: int) -> None:
    """Counter, effect and answers agree, and nothing that was acknowledged is lost."""
    accepted = device.counters.accepted(roles.SUPPLIER)
    assert acknowledged <= accepted <= sent
    last_set = accepted - accepted % 2
    assert device.store.get(MPAN_VALUE) == (mpan(last_set) if last_set else None)
    waiting = [message for _, message in device.pending()]
    for message in waiting:
        life.learn(message)
    counters = [_command_counter(message) for message in waiting]
    # all from the first undelivered one on
    assert counters == list(range(accepted - len(counters) + 1, accepted + 1))


def _command_counter(message: bytes) -> int:
    found = Message.decode(message)
    if found.header.message_code == NOT_SUPPORTED:
        return int.from_bytes(found.payload[-8:], "big")
    return found.header.originator_counter


@pytest.mark.parametrize("seeds", [range(4), pytest.param(range(4, 20), marks=pytest.mark.slow)])
def test_commands_are_done_whole_or_not_at_all(provisioned, seeds):
    cuts = 0
    for seed in seeds:
        cut_at = 0
        while _cut(provisioned, seed, cut_at):
            cut_at += 1
        cuts += cut_at
    assert cuts > len(seeds) * 20


def _cut(files: dict[str, bytes], seed: int, cut_at: int) -> bool:
    """Runs the script with one cut, goes on after it; False when it ended before the cut."""
    chance = Chance(seed * 7919 + cut_at)
    life = Life()
    sent = acknowledged = 0
    flash, device = reopened(files, cut_at)
    interrupted = False
    for counter, command in script():
        sent = counter
        try:
            answer = device.receive(command, NOW)
            assert answer is not None
            life.learn(answer)
            acknowledged = counter
            if chance.below(3) == 0:
                device.delivered(device.pending()[0][0])
        except PowerCut:
            interrupted = True
            flash, device = reopened(flash.left(chance))
            consistent(device, life, sent, acknowledged)
            done = device.counters.accepted(roles.SUPPLIER) == counter
            again = device.receive(command, NOW)
            assert (again is None) == done
            if again is None:
                assert device.refusals()[-1].check == "counter"
            else:
                life.learn(again)
    if not interrupted:
        return False
    assert device.counters.accepted(roles.SUPPLIER) == sent
    consistent(device, life, sent, sent)
    return True


@pytest.mark.parametrize("seeds", [range(25), pytest.param(range(25, 75), marks=pytest.mark.slow)])
def test_certificates_are_replaced_all_or_none(provisioned, seeds):
    body = authorities.update(authorities.control(100, floor=0), whole())
    command = WORLD.command(UPDATE_SUPPLIER, 100, SUPPLIER, body, signed=True)
    keys = {cell: certificate.public_key for certificate, cell in whole()}
    old = {cell: _key(reopened(provisioned)[1], cell) for cell in keys}
    outcomes = set()
    cuts = 0
    for seed in seeds:
        for cut_at in range(12):
            flash, device = reopened(provisioned, cut_at)
            try:
                device.receive(command, NOW)
                break
            except PowerCut:
                cuts += 1
            _, device = reopened(flash.left(Chance(seed * 101 + cut_at)))
            held = {cell: _key(device, cell) for cell in keys}
            assert held in (old, keys)
            replaced = held == keys
            assert len(device.pending()) == replaced
            outcomes.add(replaced)
            # the party whose keys are held can go on, the other one cannot
            for party, may in ((SUPPLIER, not replaced), (NEW_SUPPLIER, replaced)):
                message = WORLD.command(CREDIT_MODE, 101, party, NULL, signed=True)
                assert (device.receive(message, NOW) is not None) == may
    assert outcomes == {True, False}
    assert cuts > 2 * len(seeds)


def _key(device: Device, cell: tuple[int, int, int]) -> bytes | None:
    held = device.anchors.get(*cell)
    return held.public_key if held else None


def test_refusals_are_kept_or_not_and_nothing_else_changes(provisioned):
    for cut_at in range(4):
        for seed in range(50):
            flash, device = reopened(provisioned, cut_at)
            try:
                device.receive(b"nonsense", NOW)
            except PowerCut:
                _, device = reopened(flash.left(Chance(seed)))
                assert [each.check for each in device.refusals()] in ([], ["decode"])
                assert device.receive(set_mpan(2), NOW)
