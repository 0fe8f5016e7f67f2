"""A meter's firmware in a VM joins through the simulated radio a hub that runs on bellows."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dcc_stub.duis.types import DateTime
from dcc_stub.user.opening import Opened, Opener
from host.boards.image import board_image
from host.boards.provision import board_folder, heap_of, provision_board
from host.boards.virtual import VirtualBoard
from host.boards.vm import RADIO_HEAP_GATE
from host.cli.benchmarks import household
from host.cli.benchmarks.device import memory
from host.cli.benchmarks.household import open_commands
from host.cli.hub import identities
from host.hub import functions
from host.hub.chf_alerts import DEVICE_LOG_CHANGED
from host.hub.hub import Hub, Settings
from host.hub.radio import Radio
from host.radio.simulation import Settings as SimulationSettings
from host.radio.simulation import Simulation, Slot
from keys import parties
from keys.suite import Suite
from keys.zigbee_suite import ZigbeeSuite
from smets.dlms import data as axdr
from smets.gbcs.message import Message
from smets.zigbee import clusters_text, stages
from smets.zigbee.clusters import METERING, PREPAYMENT, PRICE
from tests import tshark
from tests.fake_dcc import FakeDcc
from tests.gbcs_user import ADD_TO_DEVICE_LOG, READ_MPAN, SET_MPAN, GbcsUser
from tests.host.boards import meters
from tests.host.boards.meters import CHF, GPF, METER
from tests.host.hub.lab import NOW, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from host.boards.vm import Vm

READ_PROFILE = 0x0078
READ_MPRN = 0x0089
MPAN = (axdr.OCTET_STRING, b"1200012345678")
LOCAL = "127.0.0.1"
JOIN = 60.0  # seconds
LONGEST_WINDOW = 0xFFFF  # seconds of the lab's clock
CAPTURE = "air.pcap"
DISSECTED = (
    "zbee_aps.cmd.key",
    "zbee_zcl_se.ke.cert.reconst",
    "zbee_zcl_se.ke.macv",
    "zbee_zcl_se.tun.tunnel_id",
    "gbcs_message.grouping_header.message_code",
)
TOLD_WITHIN = 3.0  # seconds until the hub has told a new time
FAST = 1800  # a day in 48 seconds
HALF_HOUR, DAY = 1800, 86400
DAY_LIMIT = 100.0  # seconds: far more than the minute that it takes


def whitelisting(eui: bytes, code: bytes) -> tuple[axdr.Data, axdr.Data]:
    """What CCS01 is given for a device with an install code."""
    entry = (
        (axdr.OCTET_STRING, eui),
        (axdr.ENUM, 1),
        (axdr.OCTET_STRING, code),
        (axdr.ENUM, 0),
    )
    return (axdr.STRUCTURE, entry), (axdr.LONG_UNSIGNED, LONGEST_WINDOW)


def reports(folder: Path) -> list[dict[str, int]]:
    """What the board has said of its way into the HAN."""
    lines = (folder / "log.txt").read_text().splitlines() if (folder / "log.txt").exists() else []
    return [json.loads(line) for line in lines if line.startswith("{")]


PROFILES = {"ActiveImportProfile", "ProfileDataLog"}


def half_hours(read: Opened) -> list[Any]:
    """The rows of a profile that was read."""
    (rows,) = [each["value"] for each in read.results if each["name"] in PROFILES]
    assert isinstance(rows, list)
    return rows


class Lab:
    """A DCC, a simulated radio, a hub on bellows, and one meter in a VM on a stick of its own."""

    def __init__(self, folder: Path, vm: Vm, meter: parties.Device, **settings: Any) -> None:
        self.keystore = meters.make(folder)
        self.broker = GbcsUser(self.keystore, parties.ACCESS_CONTROL_BROKER)
        self.supplier = GbcsUser(self.keystore)
        self.meter = meter
        self.folder = board_folder(folder, meter.eui)
        kind = meter.type.upper()
        provision_board(
            self.folder, self.keystore, meter.eui, kind, radio="sim", renew=True, **settings
        )
        self._root = folder
        self._vm = vm

    @asynccontextmanager
    async def running(self, now: Callable[[], int] = lambda: NOW) -> AsyncIterator[FakeDcc]:
        """While it runs; `now` is the hub's clock."""
        root = self._root
        async with AsyncExitStack() as stack:
            dcc = await stack.enter_async_context(FakeDcc(root / "dcc.sqlite"))
            slots = (Slot(parties.GPF.eui), Slot(self.meter.eui))
            simulated = SimulationSettings(root / "radio", slots, seed=1, capture=root / CAPTURE)
            radio = await stack.enter_async_context(Simulation(simulated, ZigbeeSuite()))
            stick = Radio(radio.urls[parties.GPF.eui], GPF, identities(self.keystore, GPF))
            settings = Settings(CHF, root / "hub.sqlite", dcc.url, radio=stick)
            make = partial(functions.make, chf=CHF, gpf=GPF)
            hub = await stack.enter_async_context(Hub(settings, make, now))
            port = int(radio.urls[self.meter.eui].rpartition(":")[2])
            image = board_image(self._vm)
            board = VirtualBoard(self._vm, image, self.folder, (LOCAL, port), heap_of(self.folder))
            tasks = [asyncio.create_task(each.run()) for each in (hub, board)]
            try:
                yield dcc
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                print((self.folder / "log.txt").read_text())

    async def join(self, dcc: FakeDcc) -> None:
        """Whitelists the meter and waits until it has its tunnel."""
        code = self.keystore.require_zigbee_keys(self.meter.eui).install_code
        entry = whitelisting(self.meter.eui, code)
        dcc.send(CHF, self.broker.command(ADD_TO_DEVICE_LOG, parties.CHF.eui, 1, *entry))
        await until(self.has_joined, JOIN)

    def has_joined(self) -> bool:
        return any(each["stage"] == stages.JOINED for each in reports(self.folder))


@pytest.mark.slow
async def test_an_electricity_meter_joins_and_is_written_and_read(tmp_path, gate_vm):
    lab = Lab(tmp_path, gate_vm, parties.ESME)
    eui = parties.ESME.eui
    async with lab.running() as dcc:
        await lab.join(dcc)
        dcc.send(METER, lab.supplier.command(SET_MPAN, eui, 1, MPAN))
        dcc.send(METER, lab.supplier.command(READ_MPAN, eui, 2))
        await until(lambda: len(dcc.received(METER)) >= 2, JOIN)
        answers = dcc.received(METER)
        await until(lambda: len(dcc.received(CHF)) >= 3)
        told = dcc.received(CHF)
        database = sqlite3.connect(tmp_path / "hub.sqlite")
        await until(lambda: bool(database.execute("SELECT * FROM contacts").fetchall()))
        database.close()
    opened = [lab.supplier.open(octets) for octets in answers]
    assert [header.originator_counter for header, _ in opened] == [1, 2]
    assert opened[0][1].results == ((2, 0),)
    assert opened[1][1].data[0] == MPAN
    # CCS01, and the alerts of the new entry and of its key
    codes = [Message.decode(octets).header.message_code for octets in told]
    assert codes == [ADD_TO_DEVICE_LOG, DEVICE_LOG_CHANGED, DEVICE_LOG_CHANGED]

    packets = tshark.dissect(tmp_path / CAPTURE, tmp_path / (CAPTURE + ".keys"))
    tshark.assert_sound(packets)
    fields = {field.name for packet in packets for field in packet.fields}
    assert set(DISSECTED) <= fields


@pytest.mark.slow
async def test_a_meter_with_a_radio_serves_what_a_meter_on_a_line_serves(tmp_path, gate_vm):
    """Credentials replaced and a day read; what is long is dealt with at a start, as planned."""
    lab = Lab(tmp_path, gate_vm, parties.ESME)
    time = household.NOW - DAY
    asked = memory.work(lab.keystore)
    opener = Opener(lab.keystore, Suite(), household.SUPPLIER)
    async with lab.running(lambda: time) as dcc:
        await lab.join(dcc)
        time = household.NOW
        await asyncio.sleep(TOLD_WITHIN)
        for count, each in enumerate(asked, 1):
            dcc.send(METER, each.message)
            await until(lambda: len(dcc.received(METER)) >= count, JOIN)  # noqa: B023
            opened = opener.open(dcc.received(METER)[-1])
            assert opened.succeeded, each.name
    assert "MemoryError" not in (lab.folder / "log.txt").read_text()


@pytest.mark.slow
async def test_a_meter_of_suite_1_joins(tmp_path, gate_vm):
    lab = Lab(tmp_path, gate_vm, parties.ESME, suites=(1,))
    async with lab.running() as dcc:
        await lab.join(dcc)
        dcc.send(METER, lab.supplier.command(READ_MPAN, parties.ESME.eui, 1))
        await until(lambda: bool(dcc.received(METER)), JOIN)
        (answer,) = dcc.received(METER)
    assert lab.supplier.open(answer)[0].originator_counter == 1


@pytest.mark.slow
@pytest.mark.parametrize("meter", [parties.ESME, parties.GSME], ids=["ESME", "GSME"])
async def test_a_meter_is_handed_over_and_read_within_its_heap(tmp_path, gate_vm, meter):
    """Key establishment, new credentials in 31 blocks, a day, its half hours: within 160 KB."""
    lab = Lab(tmp_path, gate_vm, meter, dcc_controlled=True, speed=FAST)
    eui, device = meter.eui, meter.eui.hex()
    written = DateTime().format
    opener = Opener(lab.keystore, Suite(), parties.SUPPLIER.eui)
    began = time.monotonic()

    def now() -> int:
        return NOW + int((time.monotonic() - began) * FAST)

    async def ask(variant: str, *pairs: tuple[str, str]) -> Opened:
        answered = len(dcc.received(device))
        dcc.send(device, commands.make(variant, eui, now(), pairs))
        await until(lambda: len(dcc.received(device)) > answered, JOIN)
        return opener.open(dcc.received(device)[-1])

    assert heap_of(lab.folder) == RADIO_HEAP_GATE
    async with lab.running(now) as dcc:
        await lab.join(dcc)
        with open_commands(lab.keystore, [eui]) as commands:
            handover = await ask("6.21")
            assert {each["result"] for each in handover.results} == {"success"}
            assert (await ask("4.1.1")).succeeded
            start = now()
            await until(lambda: now() > start + DAY + HALF_HOUR, DAY_LIMIT)
            end = start + DAY
            read = await ask(
                "4.8.1", ("StartDateTime", written(start)), ("EndDateTime", written(end))
            )
            assert read.succeeded
            assert (await ask("6.15.1")).succeeded
    assert len(half_hours(read)) in {48, 49}
    log = (lab.folder / "log.txt").read_text()
    assert "MemoryError" not in log


@pytest.mark.slow
async def test_a_gas_meter_joins_sleeps_and_answers_at_its_next_wake(tmp_path, gate_vm):
    lab = Lab(tmp_path, gate_vm, parties.GSME, wakes=3)
    eui = parties.GSME.eui
    async with lab.running() as dcc:
        await lab.join(dcc)
        dcc.send(eui.hex(), lab.supplier.zigbee_command(READ_MPRN, eui, 1))
        await until(lambda: bool(dcc.received(eui.hex())), JOIN)
        answer = dcc.received(eui.hex())[0]
        # the GPF says the same while the meter sleeps
        dcc.send(GPF, lab.supplier.zigbee_command(READ_MPRN, parties.GPF.eui, 2))
        await until(lambda: bool(dcc.received(GPF)))
        mirrored_answer = dcc.received(GPF)[0]
        database = sqlite3.connect(tmp_path / "hub.sqlite")
        mirrored = dict(
            database.execute("SELECT cluster, count(*) FROM mirrored_attributes GROUP BY cluster")
        )
        database.close()
    header, told = lab.supplier.open_zigbee(answer)
    assert lab.supplier.open_zigbee(mirrored_answer)[1] == told
    assert (header.originator_counter, header.message_code) == (1, READ_MPRN)
    assert mirrored[METERING] > 20
    assert set(mirrored) >= {PRICE, METERING, PREPAYMENT}


@pytest.mark.slow
async def test_a_day_of_a_gas_meter_passes_in_a_minute(tmp_path, gate_vm):
    """48 wakes in 24 virtual hours: every half hour and the daily read are in the hub."""
    lab = Lab(tmp_path, gate_vm, parties.GSME, wakes=HALF_HOUR, speed=FAST)
    began = time.monotonic()

    def now() -> int:
        return NOW + int((time.monotonic() - began) * FAST)

    def totals() -> list[tuple[int, int]]:
        database = sqlite3.connect(f"file:{tmp_path / 'hub.sqlite'}?mode=ro", uri=True)
        try:
            return database.execute("SELECT at, total FROM consumption ORDER BY at").fetchall()
        finally:
            database.close()

    async with lab.running(now) as dcc:
        await lab.join(dcc)
        start = now()
        await until(lambda: bool(totals()) and totals()[-1][0] >= start + DAY, DAY_LIMIT)
        seconds = (now() - start) / FAST
        kept = totals()
        asked = lab.supplier.zigbee_command(READ_PROFILE, parties.GPF.eui, 1, kept[0][0] + 1, 47)
        dcc.send(GPF, asked)
        await until(lambda: bool(dcc.received(GPF)))
        _, ((command, payload),) = lab.supplier.open_zigbee(dcc.received(GPF)[0])
    times = [at for at, _ in kept]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert set(gaps) == {HALF_HOUR}
    assert len(gaps) >= 47
    registers = [total for _, total in kept]
    profile = clusters_text.load().decode(METERING, True, command, payload)
    amounts = [later - earlier for earlier, later in pairwise(registers)]
    assert [amount for (amount,) in profile[-1]] == amounts[:47]
    assert registers == sorted(registers)
    assert registers[-1] > registers[0]
    print(f"{len(kept)} half hours in {seconds:.1f} s")
