"""Links that are not perfect, in virtual time, and a TCP proxy that puts one between two programs.

A link carries octets one way: `send` puts a piece in, `receive` takes out what has arrived by
`now` (seconds). All that is random comes from a seed.
"""

import asyncio
import heapq
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Protocol


class Link(Protocol):
    """One direction."""

    def send(self, octets: bytes, now: float) -> None: ...
    def receive(self, now: float) -> list[bytes]: ...


class Perfect:
    """What goes in comes out, in the same pieces, at once."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def send(self, octets: bytes, now: float) -> None:
        self._pieces.append(octets)

    def receive(self, now: float) -> list[bytes]:
        pieces, self._pieces = self._pieces, []
        return pieces


class OneByteAtATime(Perfect):
    """Every octet is a piece of its own."""

    def send(self, octets: bytes, now: float) -> None:
        self._pieces += [octets[index : index + 1] for index in range(len(octets))]


class Lossy(Perfect):
    """Some pieces are lost, some lose their end, some have an octet changed."""

    def __init__(self, seed: int, rate: float = 0.2) -> None:
        super().__init__()
        self._random = random.Random(seed)
        self._rate = rate

    def send(self, octets: bytes, now: float) -> None:
        if octets and self._random.random() < self._rate:
            place = self._random.randrange(len(octets))
            octets = self._random.choice(
                (
                    b"",
                    octets[:place],
                    octets[:place] + self._random.randbytes(1) + octets[place + 1 :],
                )
            )
        super().send(octets, now)


class Reordering:
    """Pieces overtake each other, and some come twice."""

    def __init__(self, seed: int, delay: float = 0.1, twice: float = 0.1) -> None:
        self._random = random.Random(seed)
        self._delay = delay
        self._twice = twice
        self._under_way: list[tuple[float, int, bytes]] = []
        self._sent = 0

    def send(self, octets: bytes, now: float) -> None:
        for _ in range(2 if self._random.random() < self._twice else 1):
            self._sent += 1
            arrival = now + self._random.random() * self._delay
            heapq.heappush(self._under_way, (arrival, self._sent, octets))

    def receive(self, now: float) -> list[bytes]:
        pieces = []
        while self._under_way and self._under_way[0][0] <= now:
            pieces.append(heapq.heappop(self._under_way)[2])
        return pieces


class Slow:
    """So many octets a second and no more."""

    def __init__(self, octets_per_second: float) -> None:
        self._rate = octets_per_second
        self._octets = bytearray()
        self._since = 0.0

    def send(self, octets: bytes, now: float) -> None:
        if not self._octets:
            self._since = now
        self._octets += octets

    def receive(self, now: float) -> list[bytes]:
        count = min(int((now - self._since) * self._rate), len(self._octets))
        if not count:
            return []
        self._since += count / self._rate
        piece = bytes(self._octets[:count])
        del self._octets[:count]
        return [piece]


# By name, each made from a seed; for tests that go over all of them.
LINKS: dict[str, Callable[[int], Link]] = {
    "perfect": lambda _: Perfect(),
    "one byte at a time": lambda _: OneByteAtATime(),
    "lossy": Lossy,
    "reordering": Reordering,
    "slow": lambda _: Slow(20_000),
}

STEP = 0.002  # seconds between two looks at a link


@asynccontextmanager
async def proxy(port: int, link: Callable[[int], Link], seed: int = 0) -> AsyncIterator[int]:
    """A port whose connections go to `port` of this machine over `link`, each way its own."""
    tasks: set[asyncio.Task[None]] = set()
    connections = 0

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        other_reader, other_writer = await asyncio.open_connection("127.0.0.1", port)
        here, there = link(seed + 2 * connections), link(seed + 2 * connections + 1)
        for task in (
            asyncio.create_task(_carry(reader, other_writer, here)),
            asyncio.create_task(_carry(other_reader, writer, there)),
        ):
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, link: Link) -> None:
    """One direction of one connection; its end is passed on when all that was sent has arrived."""
    loop = asyncio.get_running_loop()
    reading = asyncio.create_task(reader.read(4096))
    try:
        while True:
            await asyncio.wait([reading], timeout=STEP)
            if reading.done():
                octets = reading.result()
                if not octets:
                    return
                link.send(octets, loop.time())
                reading = asyncio.create_task(reader.read(4096))
            for piece in link.receive(loop.time()):
                writer.write(piece)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        reading.cancel()
        with suppress(asyncio.CancelledError, ConnectionError):
            await reading
        writer.close()
