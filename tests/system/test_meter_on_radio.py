"""A meter's firmware in a VM joins through the simulated radio a hub that runs on bellows."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import pytest

from host.boards.image import board_image
from host.boards.provision import board_folder, provision_board
from host.boards.virtual import VirtualBoard
from host.boards.vm import RADIO_HEAP_GATE
from host.cli.hub import identities
from host.hub import functions
from host.hub.hub import Hub, Settings
from host.hub.radio import Radio
from host.radio.simulation import Settings as SimulationSettings
from host.radio.simulation import Simulation, Slot
from keys import parties
from keys.zigbee_suite import ZigbeeSuite
from smets.dlms import data as axdr
from smets.zigbee import stages
from tests.fake_dcc import FakeDcc
from tests.gbcs_user import ADD_TO_DEVICE_LOG, READ_MPAN, SET_MPAN, GbcsUser
from tests.host.boards import meters
from tests.host.boards.meters import CHF, GPF, METER
from tests.host.hub.lab import NOW, until

ESME = parties.ESME.eui
MPAN = (axdr.OCTET_STRING, b"1200012345678")
INSTALL_CODE = 0x16
LOCAL = "127.0.0.1"
JOIN = 60.0  # seconds


def whitelisting(eui: bytes, code: bytes) -> tuple[axdr.Data, axdr.Data]:
    """What CCS01 is given for a device with an install code."""
    entry = (
        (axdr.OCTET_STRING, eui),
        (axdr.ENUM, 1),
        (axdr.OCTET_STRING, code),
        (axdr.ENUM, 0),
    )
    return (axdr.STRUCTURE, entry), (axdr.LONG_UNSIGNED, 90)


def reports(folder: Path) -> list[dict[str, int]]:
    """What the board has said of its way into the HAN."""
    lines = (folder / "log.txt").read_text().splitlines() if (folder / "log.txt").exists() else []
    return [json.loads(line) for line in lines if line.startswith("{")]


@pytest.mark.slow
async def test_a_meter_joins_and_is_written_and_read(tmp_path, gate_vm):
    keystore = meters.make(tmp_path)
    folder = board_folder(tmp_path, ESME)
    provision_board(folder, keystore, ESME, radio="sim", renew=True)
    broker = GbcsUser(keystore, parties.ACCESS_CONTROL_BROKER)
    supplier = GbcsUser(keystore)
    async with AsyncExitStack() as stack:
        dcc = await stack.enter_async_context(FakeDcc(tmp_path / "dcc.sqlite"))
        slots = (Slot(parties.GPF.eui), Slot(ESME))
        simulated = SimulationSettings(tmp_path / "radio", slots, seed=1)
        radio = await stack.enter_async_context(Simulation(simulated, ZigbeeSuite()))
        stick = Radio(radio.urls[parties.GPF.eui], GPF, identities(keystore, GPF))
        settings = Settings(CHF, tmp_path / "hub.sqlite", dcc.url, radio=stick)
        make = partial(functions.make, chf=CHF, gpf=GPF)
        hub = await stack.enter_async_context(Hub(settings, make, lambda: NOW))
        port = int(radio.urls[ESME].rpartition(":")[2])
        board = VirtualBoard(gate_vm, board_image(gate_vm), folder, (LOCAL, port), RADIO_HEAP_GATE)
        tasks = [asyncio.create_task(each.run()) for each in (hub, board)]
        try:
            code = keystore.require_zigbee_keys(ESME).install_code
            entry = whitelisting(ESME, code)
            dcc.send(CHF, broker.command(ADD_TO_DEVICE_LOG, parties.CHF.eui, 1, *entry))
            await until(
                lambda: any(each["stage"] == stages.JOINED for each in reports(folder)), JOIN
            )
            dcc.send(METER, supplier.command(SET_MPAN, ESME, 1, MPAN))
            dcc.send(METER, supplier.command(READ_MPAN, ESME, 2))
            await until(lambda: len(dcc.received(METER)) >= 2, JOIN)
            answers = dcc.received(METER)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            print((folder / "log.txt").read_text())
    opened = [supplier.open(octets) for octets in answers]
    assert [header.originator_counter for header, _ in opened] == [1, 2]
    assert opened[0][1].results == ((2, 0),)
    assert opened[1][1].data[0] == MPAN
