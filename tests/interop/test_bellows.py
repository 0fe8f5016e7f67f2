"""bellows and zigpy, unmodified, on the simulated stick: they cannot tell it from a real one."""

from __future__ import annotations

import asyncio
from importlib.metadata import version as installed
from pathlib import Path

import pytest
import zigpy.exceptions
import zigpy.types

from host.radio.ncp.nonvolatile import Contents, FileFlash
from smets.zigbee import ash, driver
from tests.radio_lab import (
    GSME,
    HUB,
    LINK_KEY,
    METERING,
    ZIGPY_SETTLES,
    Coordinator,
    coordinator,
    formed,
    joined,
    meter_on,
    radio,
    until,
)
from tests.spoiled_line import SpoiledLine

SENT = b"\x18\x01\x0bfrom the meter"
ASKED = b"\x00\x02\x00\x00\x00"
TCP, PTY = 0, None


def test_these_are_the_versions_judged() -> None:
    """The ones that README and the demonstration name; others may behave otherwise."""
    assert (installed("bellows"), installed("zigpy")) == ("1.2.1", "2.4.0")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("version", "port"),
    [(13, TCP), (13, PTY), (14, TCP), (16, PTY), (17, TCP), (18, PTY), (19, TCP)],
)
async def test_a_network_is_formed_and_restarted_and_a_meter_joins_and_talks(
    tmp_path: Path, version: int, port: int | None
) -> None:
    async with (
        radio(tmp_path, version, port) as simulation,
        coordinator(simulation.urls[HUB], form=True) as first,
    ):
        before = first.network
        assert first.application._ezsp.ezsp_version == version
    # The radio's process ended; a new one has the flash alone.
    async with radio(tmp_path, version, port) as simulation, joined(simulation) as (hub, meter):
        after = hub.network
        assert after.network_key.key == before.network_key.key
        assert (after.pan_id, after.channel) == (before.pan_id, before.channel)
        assert after.extended_pan_id == zigpy.types.EUI64(HUB[::-1])
        assert after.network_key.tx_counter > before.network_key.tx_counter
        assert meter.told.network.trust_centre == HUB
        await meter.send(1, SENT)
        await until(lambda: hub.heard.messages == [(METERING, SENT)], 5)
        await hub.send(GSME, ASKED)
        await until(lambda: [one.payload for one in meter.told.messages] == [ASKED], 5)


@pytest.mark.slow
async def test_a_link_key_of_both_ends_secures_messages(tmp_path: Path) -> None:
    """What key establishment leaves behind: importLinkKey here, set_link_key there."""
    key = bytes(range(16))
    async with radio(tmp_path) as simulation:
        await formed(simulation.urls[HUB])
        async with joined(simulation) as (hub, meter):
            (status,) = await hub.application._ezsp.importLinkKey(
                index=0, address=zigpy.types.EUI64(GSME[::-1]), key=zigpy.types.KeyData(key)
            )
            assert status == 0
            meter.driver.set_link_key(HUB, key)
            await meter.wait_for("link key", True)
            await meter.send(2, SENT, secured=True)
            await hub.send(GSME, ASKED, secured=True)
            await until(lambda: [one.secured for one in meter.told.messages] == [True], 5)
            backup = await hub.application.backups.create_backup(load_devices=True)
            held = [row for row in backup.network_info.key_table if row.key.serialize() == key]
            assert [row.partner_ieee.serialize()[::-1] for row in held] == [GSME]
            assert held[0].tx_counter > 0
            # Another key at one end alone: refused, counted, not delivered.
            meter.driver.set_link_key(HUB, bytes(16))
            await meter.wait_for("link key", True)
            with pytest.raises((zigpy.exceptions.DeliveryError, TimeoutError)):
                await hub.send(GSME, ASKED, secured=True)
            assert simulation.stick(GSME).stack.counters()["aps forged"] > 0


@pytest.mark.slow
async def test_a_meter_without_the_link_key_stays_outside(tmp_path: Path) -> None:
    async with radio(tmp_path) as simulation:
        await formed(simulation.urls[HUB])
        async with (
            coordinator(simulation.urls[HUB]) as hub,
            meter_on(simulation.urls[GSME]) as meter,
        ):
            await asyncio.sleep(ZIGPY_SETTLES)
            await hub.application._ezsp.clearTransientLinkKeys()
            await hub.let_in(GSME)
            await meter.start()
            meter.told.events.clear()
            meter.driver.join(LINK_KEY[::-1], HUB, 1 << 15)
            await until(lambda: bool(meter.told.events), 30)
            assert meter.told.events == [("join failed", driver.NO_NETWORK_KEY)]


async def test_a_closed_network_says_so(tmp_path: Path) -> None:
    async with radio(tmp_path) as simulation:
        await formed(simulation.urls[HUB])
        async with coordinator(simulation.urls[HUB]), meter_on(simulation.urls[GSME]) as meter:
            await meter.start()
            meter.told.events.clear()
            meter.driver.join(LINK_KEY, HUB, 1 << 15)
            await until(lambda: bool(meter.told.events), 10)
            assert meter.told.events == [("join failed", driver.NOT_PERMITTED)]


@pytest.mark.slow
async def test_a_meter_comes_back_after_its_stick_lost_its_power(tmp_path: Path) -> None:
    async with radio(tmp_path) as simulation:
        await formed(simulation.urls[HUB])
        async with joined(simulation) as (hub, meter):
            simulation.act(simulation.stick(GSME).restart)
            await meter.wait_for("failed", driver.RESTARTED)
            await meter.start()
            meter.driver.rejoin()
            await meter.wait_for("joined", True)
            await meter.send(3, SENT)
            await until(lambda: (METERING, SENT) in hub.heard.messages, 5)


@pytest.mark.slow
async def test_a_sleepy_meter_that_lost_its_parent_finds_it_again(tmp_path: Path) -> None:
    async with radio(tmp_path) as simulation:
        await formed(simulation.urls[HUB])
        async with joined(simulation, driver.SLEEPY_END_DEVICE) as (_, meter):
            simulation.act(simulation.stick(HUB).fail)
            for _ in range(20):
                meter.driver.poll()
                await until(lambda: ("polled", False) in meter.told.events, 5)
                if ("left",) in meter.told.events:
                    break
                meter.told.events.clear()
            assert ("left",) in meter.told.events
            meter.told.events.clear()
            meter.driver.rejoin()
            await until(lambda: ("join failed", driver.NO_NETWORK) in meter.told.events, 30)
            async with coordinator(simulation.urls[HUB]) as hub:
                hub.know(GSME, meter.told.network.address)
                meter.driver.rejoin()
                await meter.wait_for("joined", True)
                await meter.send(4, SENT)
                await until(lambda: (METERING, SENT) in hub.heard.messages, 5)


@pytest.mark.slow
async def test_bellows_recovers_every_time(tmp_path: Path) -> None:
    """A stick that restarts, fails, or loses its line, in turn; each time within ten seconds."""
    async with radio(tmp_path) as simulation:
        await formed(simulation.urls[HUB])
        keys, counter = set(), 0
        for number in range(12):
            async with asyncio.timeout(10), coordinator(simulation.urls[HUB]) as hub:
                keys.add(hub.network.network_key.key.serialize())
                assert hub.network.network_key.tx_counter > counter
                counter = hub.network.network_key.tx_counter
                stick = simulation.stick(HUB)
                faults = (stick.restart, stick.fail, lambda: simulation.cut(HUB))
                simulation.act(faults[number % 3])
                await until(lambda heard=hub.heard: bool(heard.lost), 5)
        assert len(keys) == 1


@pytest.mark.slow
@pytest.mark.parametrize("version", [13, 14])
async def test_messages_of_many_blocks_arrive_whole(tmp_path: Path, version: int) -> None:
    """Blocks reach bellows on version 13, which joins them; later ones join them in the NCP."""
    payload = bytes(range(150))
    async with radio(tmp_path, version) as simulation:
        await formed(simulation.urls[HUB])
        async with joined(simulation) as (hub, meter):
            parts = [payload[at : at + 60] for at in range(0, len(payload), 60)]
            for number, part in enumerate(parts):
                block = driver.Datagram(
                    0, 0x0109, METERING, 1, 10, part, block=number, blocks=len(parts)
                )
                meter.driver.send(9, block)
                await meter.wait_for("sent", 9, True)
            await until(lambda: hub.heard.messages == [(METERING, payload)], 5)


@pytest.mark.slow
async def test_a_sleepy_meter_fetches_what_waits_for_it(tmp_path: Path) -> None:
    async with radio(tmp_path) as simulation:
        await formed(simulation.urls[HUB])
        async with joined(simulation, driver.SLEEPY_END_DEVICE) as (hub, meter):
            for _ in range(5):  # zigpy's interview waits there as well
                meter.driver.poll()
                await meter.wait_for("polled", True)
                await asyncio.sleep(0.1)
            sending = asyncio.create_task(hub.send(GSME, ASKED))
            await asyncio.sleep(0.5)
            assert meter.told.messages == []
            meter.driver.poll()
            await until(lambda: [one.payload for one in meter.told.messages] == [ASKED], 3)
            await sending


@pytest.mark.slow
async def test_an_air_whose_time_flies(tmp_path: Path) -> None:
    """A hundred times as fast: the key for a joiner is gone in three seconds, the line holds."""
    async with radio(tmp_path, speed=100.0) as simulation:
        await formed(simulation.urls[HUB])
        async with joined(simulation) as (hub, meter):
            await meter.send(1, SENT)
            await until(lambda: hub.heard.messages == [(METERING, SENT)], 5)
            stick = simulation.stick(HUB)
            await until(lambda: not stick.stack.keys.transients(stick.now), 5)


@pytest.mark.slow
async def test_a_network_moves_to_another_stick(tmp_path: Path) -> None:
    """zigpy's backup and restore: the new stick takes EUI-64, keys, counters; the meter stays.

    bellows restores every child as a sleepy one.
    """
    old, new = tmp_path / "old", tmp_path / "new"
    async with radio(old) as simulation:
        await formed(simulation.urls[HUB])
        async with joined(simulation, driver.SLEEPY_END_DEVICE) as (hub, meter):
            await meter.send(1, SENT)
            backup = await hub.application.backups.create_backup(load_devices=True)
    new.mkdir()
    (old / f"{GSME.hex()}.json").rename(new / f"{GSME.hex()}.json")
    spare = bytes.fromhex("00db123456780000")
    FileFlash(new / f"{HUB.hex()}.json").save(Contents(spare))
    async with radio(new) as simulation:
        replacement = Coordinator(simulation.urls[HUB])
        await replacement.application.connect()
        await replacement.application.backups.restore_backup(backup, counter_increment=5000)
        await replacement.application.shutdown()
        async with coordinator(simulation.urls[HUB]) as hub:
            restored = hub.network
            assert hub.application.state.node_info.ieee.serialize()[::-1] == HUB
            assert restored.network_key.key == backup.network_info.network_key.key
            assert restored.network_key.tx_counter >= 5000
            assert restored.pan_id == backup.network_info.pan_id
            async with meter_on(simulation.urls[GSME]) as meter:
                await meter.start(driver.SLEEPY_END_DEVICE)
                meter.driver.rejoin()
                await meter.wait_for("joined", True)
                hub.know(GSME, meter.told.network.address)
                await meter.send(2, SENT)
                await until(lambda: (METERING, SENT) in hub.heard.messages, 5)


@pytest.mark.parametrize("what", ["restart", "fail"])
async def test_bellows_hears_of_a_crash_and_starts_again(tmp_path: Path, what: str) -> None:
    async with radio(tmp_path) as simulation:
        await formed(simulation.urls[HUB])
        async with coordinator(simulation.urls[HUB]) as hub:
            before = hub.network
            simulation.act(getattr(simulation.stick(HUB), what))
            await until(lambda: bool(hub.heard.lost), 5)
        async with coordinator(simulation.urls[HUB]) as hub:
            assert hub.network.network_key.key == before.network_key.key
            assert hub.network.network_key.tx_counter > before.network_key.tx_counter


async def test_a_cut_line_is_no_end(tmp_path: Path) -> None:
    async with radio(tmp_path) as simulation:
        await formed(simulation.urls[HUB])
        async with coordinator(simulation.urls[HUB]) as hub:
            simulation.cut(HUB)
            await until(lambda: bool(hub.heard.lost), 5)
        async with coordinator(simulation.urls[HUB]) as hub:
            assert hub.application.is_controller_running


@pytest.mark.slow
async def test_lost_and_spoiled_octets_delay_and_nothing_else(tmp_path: Path) -> None:
    async with radio(tmp_path) as simulation:
        await formed(simulation.urls[HUB])
        async with SpoiledLine(simulation.urls[HUB], seed=3, odds=4000) as line:
            async with coordinator(line.url) as hub:
                await hub.application.backups.create_backup(load_devices=True)
                for number in range(20):
                    data = bytes((number,)) * 100
                    assert (await hub.application._ezsp.echo(data))[0] == data
            assert line.spoiled > 5


async def test_nonsense_on_the_line_harms_nobody(tmp_path: Path) -> None:
    """Octets of chance, and good ASH frames with octets of chance in them, before and between."""
    async with radio(tmp_path) as simulation:
        await formed(simulation.urls[HUB])
        host, port = simulation.urls[HUB].removeprefix("tcp://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(bytes(range(256)) * 40)
        end = ash.Ash()
        end.reset()
        writer.write(end.output(0))
        end.receive(await reader.readuntil(b"\x7e"), 0)
        for frame in (
            b"",
            b"\x00",
            bytes(3),
            bytes(200),
            b"\x01\x00\x01\x34\x00",
            b"\x02\x80\x01",
        ):
            end.send(frame)
            writer.write(end.output(0))
            await asyncio.sleep(0.02)
            end.receive(await reader.read(4096), 0)
        writer.close()
        async with coordinator(simulation.urls[HUB]) as hub:
            assert hub.application.is_controller_running
