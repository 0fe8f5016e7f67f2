"""kill -9 of DCC, hub, board and VM at random moments, while commands are under way.

Afterwards no acknowledged message is lost, none was applied twice, and no counter was used again.
"""

import asyncio
import random
from pathlib import Path

import pytest

from host.boards.provision import STATE, board_folder
from keys import parties
from smets.device.outbox import Outbox
from smets.device.ram_flash import RamFlash
from smets.device.refusals import Refusals
from smets.device.store import Store
from smets.dlms import data as axdr
from smets.gbcs import roles
from smets.gbcs.message import Message
from tests.fake_dcc import FakeDcc
from tests.faults import Parts, free_port, python
from tests.gbcs_user import ADD_TO_DEVICE_LOG, READ_MPAN, SET_MPAN, GbcsUser, listing
from tests.host.boards import meters
from tests.host.boards.meters import CHF, METER

ESME = parties.ESME.eui
SETTLED_WITHIN = 60.0
BATCH = 4


def mpan(number: int) -> tuple[int, bytes]:
    return axdr.OCTET_STRING, b"%013d" % number


class Traffic:
    """Sets the MPAN again and again, and reads it in between, always a few commands ahead."""

    def __init__(self, dcc: FakeDcc, supplier: GbcsUser) -> None:
        self.counter = 0
        self.sets: list[int] = []
        self._dcc = dcc
        self._supplier = supplier

    async def run(self) -> None:
        while True:
            if self._dcc.unacknowledged() < BATCH:
                self.send()
            await asyncio.sleep(0.01)

    def send(self) -> None:
        self.counter += 1
        if self.counter % 3:
            self.sets.append(self.counter)
            command = self._supplier.command(SET_MPAN, ESME, self.counter, mpan(self.counter))
        else:
            command = self._supplier.command(READ_MPAN, ESME, self.counter)
        self._dcc.send(METER, command)

    def answered(self) -> list[int]:
        """The counters of the responses, in the order of their arrival."""
        return [self._supplier.open(octets)[0].originator_counter for octets in self._responses()]

    def _responses(self) -> list[bytes]:
        return self._dcc.received(METER)

    def last_read(self) -> tuple[int, bytes]:
        header, response = self._supplier.open(self._responses()[-1])
        assert header.message_code == READ_MPAN
        return response.data[0]


def board_store(lab: Path) -> Store:
    flash = RamFlash()
    for file in (board_folder(lab, ESME) / STATE).iterdir():
        flash.files[file.name] = bytearray(file.read_bytes())
    return Store(flash)


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "kills"), [(1, 12), (2, 30)])
async def test_nothing_is_lost_and_nothing_happens_twice(tmp_path, gate_vm, request, seed, kills):
    keystore = meters.make(tmp_path)
    dcc_port, han_port = free_port(), free_port()
    books = tmp_path / "dcc.sqlite"
    broker = GbcsUser(keystore, parties.ACCESS_CONTROL_BROKER)
    wan = f"ws://127.0.0.1:{dcc_port}/wan"
    lab = ("--lab", tmp_path)
    # Never entered: this process only writes into the outbox and reads what was received.
    dcc = FakeDcc(books, dcc_port)
    request.addfinalizer(dcc.close)
    entry = listing(ESME, roles.ESME)
    dcc.send(CHF, broker.command(ADD_TO_DEVICE_LOG, parties.CHF.eui, 1, *entry))
    traffic = Traffic(dcc, GbcsUser(keystore))
    async with Parts(tmp_path) as parts:
        parts.start("dcc", python("tests.fake_dcc", books, dcc_port))
        parts.start("hub", python("host.cli", "hub", *lab, "--port", han_port, "--dcc", wan))
        parts.start(
            "board", python("host.cli", "board", "run", *lab, "--vm", "i386", "--port", han_port)
        )
        parts.watch("vm", board_folder(tmp_path, ESME) / "vm.pid")
        working = asyncio.create_task(traffic.run())
        async with asyncio.timeout(SETTLED_WITHIN):
            while not dcc.received(METER):
                await asyncio.sleep(0.05)
        names = ("dcc", "hub", "board", "vm", "vm")
        await parts.kill_at_random(random.Random(seed), kills, names)
        working.cancel()
        while traffic.counter % 3 != 0:
            traffic.send()
        async with asyncio.timeout(SETTLED_WITHIN):
            while dcc.unacknowledged() or len(dcc.received(METER)) < traffic.counter:
                await asyncio.sleep(0.05)
        await asyncio.sleep(1.5)  # what would come twice has come by now

    answered = traffic.answered()
    assert answered == list(range(1, traffic.counter + 1))
    assert traffic.last_read() == mpan(traffic.sets[-1])
    assert dcc.refusals() == []
    store = board_store(tmp_path)
    assert [refusal.check for refusal in Refusals(store).all()] == []
    assert len(Outbox(store)) == 0
    headers = [Message.decode(octets).header for octets in dcc.received()]
    used = [(header.originator, header.transaction_id) for header in headers]
    assert len(used) == len(set(used))
    assert sum(parts.kills.values()) == kills
    print(f"{traffic.counter} commands, kills {dict(parts.kills)}")
