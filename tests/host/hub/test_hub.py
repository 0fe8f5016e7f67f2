"""The hub as the DCC and the boards see it, over sockets of this machine."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from host.hub.han import DeviceGoneError
from tests.board import client
from tests.board.ledger_device import command, number
from tests.host.hub import lab
from tests.host.hub.lab import HUB, METER, OTHER, until
from tests.link import LINKS, proxy


def board(tmp_path, port, eui=METER, **settings):
    return client.Board(tmp_path / f"flash-{eui}", eui, port, **settings)


@asynccontextmanager
async def hub_and_meter(tmp_path, dcc, time=None):
    async with (
        lab.running(tmp_path, dcc.url, time) as hub,
        client.running(board(tmp_path, hub.han_port)) as meter,
    ):
        yield hub, meter


async def test_a_command_goes_to_its_meter_and_the_response_back(tmp_path, dcc):
    dcc.send(HUB, lab.listing(METER))
    dcc.send(METER, command(1), command(2))
    async with hub_and_meter(tmp_path, dcc) as (_, meter):
        await until(lambda: len(dcc.received(METER)) == 3)
    assert dcc.hellos == [HUB]
    assert sorted(dcc.received(HUB)) == [b"A" + number(1), b"listed"]
    # the meter's alert came of being told the time
    assert dcc.received(METER) == [b"A" + number(1), b"R" + number(1), b"R" + number(2)]
    assert meter.applied() == [1, 2]
    assert dcc.unacknowledged() == 0
    assert dcc.refusals() == []


async def test_a_message_for_a_stranger_is_refused_and_the_reason_kept(tmp_path, dcc):
    dcc.send(OTHER, command(1))
    async with lab.running(tmp_path, dcc.url) as hub:
        await until(lambda: dcc.unacknowledged() == 0)
        assert dcc.refusals() == ["not in the device log"]
        assert hub.router.refusals() == [(lab.NOW, OTHER, "not in the device log")]


async def test_a_message_that_no_frame_can_carry_is_refused(tmp_path, dcc):
    dcc.send(HUB, lab.listing(METER))
    dcc.send(METER, bytes(2043), bytes(2042), b"")
    async with lab.running(tmp_path, dcc.url):
        await until(lambda: dcc.unacknowledged() == 0)
    assert dcc.refusals() == ["a message has 1 to 2042 octets"] * 2


async def test_a_meter_outside_the_device_log_is_not_heard(tmp_path, dcc):
    async with hub_and_meter(tmp_path, dcc) as (hub, _):
        await asyncio.sleep(0.3)
        with pytest.raises(DeviceGoneError):
            await hub.status(METER)
        assert dcc.received(METER) == []
        dcc.send(HUB, lab.listing(METER))
        await until(lambda: dcc.received(METER) == [b"A" + number(1)])


async def test_a_meter_of_another_type_than_listed_is_not_heard(tmp_path, dcc):
    dcc.send(HUB, lab.listing(METER, device_type=0))
    async with hub_and_meter(tmp_path, dcc):
        await until(lambda: dcc.received(HUB) != [])
        await asyncio.sleep(0.2)
        assert dcc.received(METER) == []


async def test_a_removed_meter_is_put_out_and_its_messages_go(tmp_path, dcc):
    dcc.send(HUB, lab.listing(METER))
    async with hub_and_meter(tmp_path, dcc) as (hub, _):
        await until(lambda: len(dcc.received(METER)) == 1)
        dcc.send(HUB, lab.unlisting(METER))
        await until(lambda: b"unlisted" in dcc.received(HUB))
        await until(lambda: dcc.devices == [])
        dcc.send(METER, command(1))
        await until(lambda: dcc.unacknowledged() == 0)
        with pytest.raises(DeviceGoneError):
            await hub.status(METER)
    assert dcc.refusals() == ["not in the device log"]


async def test_the_dcc_is_told_of_the_device_log(tmp_path, dcc):
    dcc.send(HUB, lab.listing(METER))

    def status(value):
        return lambda: dcc.devices == [{"device": METER, "type": "ESME", "status": value}]

    async with lab.running(tmp_path, dcc.url) as hub:
        await until(status("listed"))
        async with client.running(board(tmp_path, hub.han_port)):
            await until(status("joined"))
        await until(status("left"))


async def test_time_and_status_reach_a_meter_in_order(tmp_path, dcc):
    time = lab.Time()
    dcc.send(HUB, lab.listing(METER))
    async with hub_and_meter(tmp_path, dcc, time) as (hub, _):
        await until(lambda: len(dcc.received(METER)) == 1)
        for _ in range(48):
            time.value += 1800
            await hub.tell_time()
        status = await hub.status(METER)
        assert status["now"] == time.value
        assert status["failed"] is None
        await until(lambda: len(dcc.received(METER)) == 49)
    assert dcc.received(METER) == [b"A" + number(count) for count in range(1, 50)]


async def test_a_sleeping_meter_fetches_all_that_waits(tmp_path, dcc):
    dcc.send(HUB, lab.listing(METER, device_type=0))
    async with lab.running(tmp_path, dcc.url) as hub:
        # 60 s of the board are 3 s here; it goes on asking while messages remain
        asleep = board(tmp_path, hub.han_port, kind=0, sleep=60)
        async with client.running(asleep):
            await until(lambda: len(dcc.received(METER)) == 1)
            dcc.send(METER, *(command(counter) for counter in range(1, 6)))
            await until(lambda: dcc.unacknowledged() == 0)
            assert hub.waiting(METER) == 5
            await until(lambda: len(dcc.received(METER)) == 6)
            assert hub.waiting(METER) == 0
    assert asleep.applied() == [1, 2, 3, 4, 5]


async def test_an_error_that_nobody_foresaw_stops_neither_meter_nor_function(tmp_path, dcc):
    dcc.send(HUB, lab.listing(METER), b"X", command(1))
    dcc.send(METER, b"X", command(1))
    async with hub_and_meter(tmp_path, dcc) as (_, meter):
        await until(lambda: b"R" + number(1) in dcc.received(METER))
        await until(lambda: b"R" + number(1) in dcc.received(HUB))
        assert meter.resets == 5
    assert dcc.refusals() == ["the function failed on it"]


@pytest.mark.parametrize("name", LINKS)
@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))]
)
async def test_every_message_arrives_once_over_every_link(tmp_path, dcc, name, seed):
    """Everybody is restarted on the way: the meter, the hub, and the link to the DCC."""
    commands = [command(counter, size=50) for counter in range(1, 31)]
    dcc.send(HUB, lab.listing(METER))
    time = lab.Time()
    port = 0
    for part in range(3):
        dcc.send(METER, *commands[part * 10 : part * 10 + 10])
        async with lab.running(tmp_path, dcc.url, time, port) as hub:
            port = hub.han_port
            async with proxy(hub.han_port, LINKS[name], seed) as line:
                for _ in range(2):
                    async with client.running(board(tmp_path, line)) as meter:
                        time.value += 60
                        await hub.tell_time()
                        wanted = part * 10 + 5
                        await until(lambda: len(meter.applied()) >= wanted)  # noqa: B023
                    await dcc.disconnect()
    async with hub_and_meter(tmp_path, dcc, time) as (hub, meter):
        await until(lambda: hub.waiting(METER) == 0 and dcc.unacknowledged() == 0)
        await until(lambda: len(meter.endpoint._device.outbox) == 0)
        await until(lambda: hub.router.wan_box.after(0, 1) == [])
    assert meter.applied() == list(range(1, 31))
    received = dcc.received(METER)
    responses = [message for message in received if message[:1] == b"R"]
    assert responses == [b"R" + message[1:] for message in commands]
    alerts = [message for message in received if message[:1] == b"A"]
    assert alerts == [b"A" + number(count) for count in range(1, len(alerts) + 1)]
    assert len(alerts) == meter.alerts()
