"""Load on the DCC: many meters in this process, asked through the engine or over HTTP and WAN.

A meter is a function from a command and the time to its response. What is returned are seconds by
part of the work, so that a report can say what dominates.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from websockets.asyncio.client import ClientConnection, connect

from dcc_stub.duis import signature, xml
from dcc_stub.duis.request import Request
from dcc_stub.duis.response import Response
from dcc_stub.duis.response_codes import ResponseCode
from dcc_stub.duis.services import WebService
from dcc_stub.engine import DccStub
from dcc_stub.service import wan_frames
from dcc_stub.service.server import LOOPBACK, DccService
from dcc_stub.user.client import DccUser
from dcc_stub.user.exchange import exchange
from dcc_stub.user.listener import Listener
from dcc_stub.user.opening import Opener
from keys.store import Keystore

if TYPE_CHECKING:
    from smets.gbcs.suite import Suite

READ = "4.1.1"
PATIENCE = 120.0  # seconds

Meter = Callable[[bytes, int], bytes | None]


class LoadError(Exception):
    """A request of the load failed: the figures would mean nothing."""


@dataclass
class Load:
    """What a run took. `parts` are seconds, and together those of the run where they are given."""

    requests: int
    seconds: float
    parts: dict[str, float] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        """Requests answered and opened per second."""
        return self.requests / self.seconds


class _Parts:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


class Bench(NamedTuple):
    """A DCC that knows the meters as commissioned behind `hub`, and the user who reads them."""

    dcc: DccStub
    keys: Keystore
    suite: Suite
    party: bytes
    hub: bytes
    meters: Mapping[bytes, Meter]
    clock: Callable[[], int]

    def user(self, gateway: str = "http://engine") -> DccUser:
        """The user, at a DCC with this address."""
        return DccUser(self.keys, self.suite, self.party, gateway)

    def opener(self) -> Opener:
        """What opens the user's responses."""
        return Opener(self.keys, self.suite, self.party)


def through_engine(bench: Bench, rounds: int) -> Load:
    """Each meter is read once a round; no sockets, one transaction a round."""
    dcc, _, _, _, hub, meters, clock = bench
    user, opener, parts = bench.user(), bench.opener(), _Parts()
    identifiers = _identifiers()
    start = time.perf_counter()
    for _ in range(rounds):
        with parts.of("user signs"):
            documents = [user.signed(_read(user, eui, clock())) for eui in meters]
        with parts.of("DCC takes requests"), dcc.store.transaction():
            answers = [dcc.handle(WebService.SEND, each, clock()) for each in documents]
        if any(each.status != HTTPStatus.OK for each in answers):
            raise LoadError(f"the DCC rejects the load: {answers[0].body[:200]!r}")
        waiting = dcc.store.wan.waiting(hub, clock(), len(meters))
        with parts.of("meters respond"):
            replies = [meters[each.device](each.message, clock()) for each in waiting]
        with parts.of("DCC takes responses"), dcc.store.transaction():
            for each, reply in zip(waiting, replies, strict=True):
                dcc.wan_acknowledged(hub, dcc.store.wan.identifier(each.id), None, clock())
                if reply is not None:
                    dcc.wan_message(hub, next(identifiers), each.device, reply, clock())
        deliveries = dcc.deliveries(clock(), 2 * len(meters))
        with parts.of("user opens"):
            for delivery in deliveries:
                verified = signature.verify(xml.parse(delivery.document), bench.keys.find)
                _open(opener, Response.read(verified.root))
        with parts.of("DCC forgets deliveries"), dcc.store.transaction():
            for delivery in deliveries:
                dcc.delivered(delivery.id)
        if len(deliveries) != len(meters):
            raise LoadError(f"{len(deliveries)} responses to {len(meters)} requests")
    seconds = time.perf_counter() - start
    return Load(rounds * len(meters), seconds, parts.seconds)


async def through_service(bench: Bench, rounds: int, *, at_a_time: int = 32) -> Load:
    """The same over HTTP, WAN WebSocket and webhook on loopback, `at_a_time` requests at once."""
    async with (
        Listener(bench.keys.find, port=0) as listener,
        DccService(
            bench.dcc, bench.keys, bench.clock, port=0, smki_port=0, webhook=listener.url
        ) as service,
        connect(f"ws://{LOOPBACK}:{service.port}/wan", proxy=None) as link,
    ):
        user, opener = bench.user(f"http://{LOOPBACK}:{service.port}"), bench.opener()
        await link.send(json.dumps({"type": "hello", "hub": bench.hub.hex(), "version": 1}))
        devices = asyncio.create_task(_meters_behind(link, bench.meters, bench.clock))
        places = asyncio.Semaphore(at_a_time)

        async def read(eui: bytes) -> None:
            async with places:
                request = _read(user, eui, bench.clock())
                outcome = await exchange(user, request, listener, opener, PATIENCE)
            if outcome.opened is None or not outcome.opened.succeeded:
                raise LoadError(f"a read ended with {outcome.last.code}")

        start = time.perf_counter()
        for _ in range(rounds):
            async with asyncio.TaskGroup() as group:
                for eui in bench.meters:
                    group.create_task(read(eui))
        seconds = time.perf_counter() - start
        devices.cancel()
        await asyncio.gather(devices, return_exceptions=True)
        await user.close()
    return Load(rounds * len(bench.meters), seconds)


async def _meters_behind(
    link: ClientConnection, meters: Mapping[bytes, Meter], clock: Callable[[], int]
) -> None:
    identifiers = _identifiers()
    async for text in link:
        frame = wan_frames.read(str(text))
        if not isinstance(frame, wan_frames.Message):
            continue
        await link.send(wan_frames.ack(frame.id))
        reply = meters[frame.device](frame.message, clock())
        if reply is not None:
            await link.send(wan_frames.message(next(identifiers), frame.device, reply))


def _identifiers() -> Iterator[str]:
    """Identifiers of messages that no earlier run has used."""
    run = secrets.token_hex(8)
    return (f"{run}-{number}" for number in itertools.count())


def _read(user: DccUser, device: bytes, now: int) -> Request:
    return user.request(READ, device, [], now)


def _open(opener: Opener, response: Response) -> None:
    message = response.gbcs_message
    if response.code != ResponseCode.SUCCESS or message is None:
        raise LoadError(f"a read ended with {response.code}")
    if not opener.open(message).succeeded:
        raise LoadError("a meter refuses to be read")
