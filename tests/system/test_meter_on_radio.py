"""A meter's firmware in a VM joins through the simulated radio a hub that runs on bellows."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from itertools import pairwise
from typing import Any

import pytest

from dcc_stub.duis.types import DateTime
from dcc_stub.user.opening import Opened, Opener
from host.boards.provision import heap_of
from host.boards.vm import RADIO_HEAP_GATE
from host.cli.benchmarks import household
from host.cli.benchmarks.device import memory
from host.cli.benchmarks.household import open_commands
from host.hub.chf_alerts import DEVICE_LOG_CHANGED
from keys import parties
from keys.suite import Suite
from smets.dlms import data as axdr
from smets.gbcs.message import Message
from smets.zigbee import clusters_text
from smets.zigbee.clusters import METERING, PREPAYMENT, PRICE
from tests import tshark
from tests.gbcs_user import ADD_TO_DEVICE_LOG, READ_MPAN, SET_MPAN
from tests.host.boards.meters import CHF, GPF, METER
from tests.host.hub.lab import NOW, until
from tests.meter_on_radio import JOIN, Lab

READ_PROFILE = 0x0078
READ_MPRN = 0x0089
MPAN = (axdr.OCTET_STRING, b"1200012345678")
TOLD_WITHIN = 3.0  # seconds until the hub has told a new time
RESTART = 20.0  # seconds; a device that has to join again takes longer
FAST = 1800  # a day in 48 seconds
HALF_HOUR, DAY = 1800, 86400
DAY_LIMIT = 100.0  # seconds: far more than the minute that it takes


PROFILES = {"ActiveImportProfile", "ProfileDataLog"}


def half_hours(read: Opened) -> list[Any]:
    """The rows of a profile that was read."""
    (rows,) = [each["value"] for each in read.results if each["name"] in PROFILES]
    assert isinstance(rows, list)
    return rows


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
        # The radio need not give it as long to acknowledge as one that sleeps.
        assert eui not in lab.simulation.stick(parties.GPF.eui).stack.slow_nodes
    opened = [lab.supplier.open(octets) for octets in answers]
    assert [header.originator_counter for header, _ in opened] == [1, 2]
    assert opened[0][1].results == ((2, 0),)
    assert opened[1][1].data[0] == MPAN
    # CCS01, and the alerts of the new entry and of its key
    codes = [Message.decode(octets).header.message_code for octets in told]
    assert codes == [ADD_TO_DEVICE_LOG, DEVICE_LOG_CHANGED, DEVICE_LOG_CHANGED]

    packets = tshark.dissect(lab.capture, lab.captured_keys)
    tshark.assert_sound(packets)


@pytest.mark.slow
@pytest.mark.parametrize("meter", [parties.ESME, parties.GSME], ids=["ESME", "GSME"])
async def test_a_hub_that_is_started_anew_reaches_its_devices_at_once(tmp_path, gate_vm, meter):
    """The device keeps its tunnel, and has no reason to ask for one."""
    lab = Lab(tmp_path, gate_vm, meter, wakes=3)
    eui = meter.eui
    async with lab.running() as dcc:
        await lab.join(dcc)
        await lab.restart_hub()
        if meter is parties.ESME:
            dcc.send(eui.hex(), lab.supplier.command(READ_MPAN, eui, 1))
        else:
            dcc.send(eui.hex(), lab.supplier.zigbee_command(READ_MPRN, eui, 1))
        await until(lambda: bool(dcc.received(eui.hex())), RESTART)
        (answer,) = dcc.received(eui.hex())
    assert Message.decode(answer).header.originator_counter == 1


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
        # The radio waits for a sleeping meter's acknowledgement, and does so after a reset.
        stick = lab.simulation.stick(parties.GPF.eui)
        assert eui in stick.stack.slow_nodes
        lab.simulation.act(stick.restart)
        assert not stick.stack.slow_nodes
        await until(lambda: eui in stick.stack.slow_nodes, JOIN)
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
