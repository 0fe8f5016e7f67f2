"""The hub's network on a radio that is lost at any moment: it comes back, and nothing ends."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import pytest

from host.hub.radio import Radio
from host.hub.zigbee.datagrams import NotDeliveredError
from host.hub.zigbee.network import Network
from tests.host.hub.lab import until
from tests.radio_lab import HUB, radio

METER = "00db1234567890a1"


class Silent:
    """Who is told, and does nothing."""

    def __getattr__(self, name):
        return lambda *_: None


class CutLine:
    """A TCP line to `target` that ends, each time, after so many octets to it."""

    def __init__(self, target: str, cuts: list[int]) -> None:
        self._target = urlsplit(target)
        self._cuts = cuts
        self._writers: list[asyncio.StreamWriter] = []
        self.slow = 0.0  # seconds that an answer takes

    def cut(self) -> None:
        """Now."""
        for writer in self._writers:
            writer.transport.abort()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        try:
            yield f"tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._target.hostname, self._target.port)
        self._writers += [writer, back]
        left = self._cuts.pop(0) if self._cuts else 1 << 40
        answers = asyncio.create_task(self._pass_on(there, writer))
        while left > 0 and (octets := await reader.read(min(left, 1024))):
            left -= len(octets)
            back.write(octets)
        answers.cancel()
        for each in (back, writer):
            each.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while octets := await reader.read(1024):
                await asyncio.sleep(self.slow)
                writer.write(octets)


@asynccontextmanager
async def started(url: str) -> AsyncIterator[Network]:
    """The network once it is up; its failure fails the test."""
    network = Network(Radio(url, HUB.hex(), {}), Silent(), list, lambda: HUB)
    task = asyncio.create_task(network.run(lambda: asyncio.sleep(0)))
    try:
        await until(lambda: network.is_up or task.done())
        assert not task.done(), task.exception()
        yield network
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize("cut", [10, 60, 200, 500, 900, 1300, 1700, 2100])
async def test_a_line_that_is_cut_while_the_radio_starts_is_opened_again(tmp_path, cut):
    async with (
        radio(tmp_path) as simulation,
        CutLine(simulation.urls[HUB], [cut, cut + 7]).running() as url,
        started(url) as network,
    ):
        assert network.starts == 1


async def test_what_is_asked_of_a_radio_whose_line_breaks_is_not_delivered(tmp_path):
    """Whatever bellows raises then: the hub's tasks know the one error, and go on."""
    async with radio(tmp_path) as simulation:
        line = CutLine(simulation.urls[HUB], [])
        async with line.running() as url, started(url) as network:
            before = network.coordinator
            asked = [
                asyncio.create_task(work)
                for _ in range(20)
                for work in (
                    before.link_keys(),
                    before.install_key(METER, bytes(16)),
                    before.forget_key(METER),
                    before.open({METER: bytes(16)}, 60),
                    before.close(),
                )
            ]
            await asyncio.sleep(0.01)
            line.cut()
            ended = await asyncio.gather(*asked, return_exceptions=True)
            await until(lambda: network.starts == 2)
            errors = {type(each) for each in ended if isinstance(each, BaseException)}
            assert errors == {NotDeliveredError}
            with pytest.raises(NotDeliveredError):
                await before.link_keys()
            assert set(await network.coordinator.link_keys()) <= {METER}


async def test_the_line_is_closed_when_the_radio_has_what_was_sent(tmp_path):
    """Else bellows fails, where nobody looks, at a command whose asker has given up."""
    unseen: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unseen.append(context))
    async with radio(tmp_path) as simulation:
        line = CutLine(simulation.urls[HUB], [])
        async with line.running() as url, started(url) as network:
            line.slow = 0.1
            asked = asyncio.create_task(network.coordinator.link_keys())
            await asyncio.sleep(0.01)
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)
    gc.collect()
    assert unseen == []


async def test_a_loss_that_is_told_twice_is_told_on(tmp_path):
    """While asyncio ends what the first one ended."""
    async with radio(tmp_path) as simulation, started(simulation.urls[HUB]) as network:
        coordinator = network.coordinator
        async with coordinator._deadline() as _:
            deadline = next(iter(coordinator._deadlines))
            deadline.reschedule(0)
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(1)
            assert deadline.expired()
            coordinator.connection_lost(ConnectionError("lost"))
            asyncio.current_task().uncancel()
        await until(lambda: network.starts == 2)
