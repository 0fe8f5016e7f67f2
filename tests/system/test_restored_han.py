"""A hub that takes over the devices of another one has that one's network, on the same radio."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from functools import partial

from host.cli.hub import identities
from host.hub import functions
from host.hub.hub import Hub, Settings
from host.hub.radio import Radio
from host.radio.simulation import Settings as SimulationSettings
from host.radio.simulation import Simulation, Slot
from keys import parties
from keys.zigbee_suite import ZigbeeSuite
from smets.dlms import data as axdr
from tests.fake_dcc import FakeDcc
from tests.gbcs_user import GbcsUser
from tests.host.boards import meters
from tests.host.boards.meters import CHF, GPF, METER
from tests.host.hub.lab import NOW, until

RESTORE_DEVICE_LOG = 0x0003  # CCS03
OLD_HAN = bytes.fromhex("00db1234567890f3")
HASHED = bytes(range(16))


def restored() -> axdr.Data:
    """What CCS03 is given: the old network, and a device with the hash of its key."""
    device = ((axdr.OCTET_STRING, bytes.fromhex(METER)), (axdr.OCTET_STRING, HASHED))
    devices = ((axdr.STRUCTURE, device),)
    return axdr.STRUCTURE, ((axdr.OCTET_STRING, OLD_HAN), (axdr.ARRAY, devices))


async def test_the_network_is_formed_anew_and_stays(tmp_path):
    keystore = meters.make(tmp_path)
    broker = GbcsUser(keystore, parties.ACCESS_CONTROL_BROKER)
    async with AsyncExitStack() as stack:
        dcc = await stack.enter_async_context(FakeDcc(tmp_path / "dcc.sqlite"))
        simulated = SimulationSettings(tmp_path / "radio", (Slot(parties.GPF.eui),), seed=1)
        radio = await stack.enter_async_context(Simulation(simulated, ZigbeeSuite()))
        stick = Radio(radio.urls[parties.GPF.eui], GPF, identities(keystore, GPF))
        settings = Settings(CHF, tmp_path / "hub.sqlite", dcc.url, radio=stick)
        make = partial(functions.make, chf=CHF, gpf=GPF)

        def network(hub: Hub) -> str:
            if not hub.han.network.is_up:
                return ""
            info = hub.han.network.coordinator.state.network_info
            return bytes(info.extended_pan_id.serialize())[::-1].hex()

        for wanted in (GPF, OLD_HAN.hex()):
            async with Hub(settings, make, lambda: NOW) as hub:
                task = asyncio.create_task(hub.run())
                await until(lambda hub=hub, wanted=wanted: network(hub) == wanted)
                if wanted == GPF:
                    command = broker.command(RESTORE_DEVICE_LOG, parties.CHF.eui, 1, restored())
                    dcc.send(CHF, command)
                    await until(lambda hub=hub: network(hub) == OLD_HAN.hex())
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
