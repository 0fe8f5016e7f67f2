"""The DCC is killed again and again: nothing accepted is lost, no counter is used twice."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from dcc_stub.duis.services import WebService
from dcc_stub.engine import Answer
from smets.gbcs.message import Message
from tests.dcc_stub.lab import CHF, OTHER_USER, User, commissioned, keys, make_dcc, opened

KILLS = 5
SECONDS_BETWEEN = (0.05, 0.6)


class Process:
    """The DCC process, started again after each kill."""

    def __init__(self, store: Path) -> None:
        self._store = store
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.port = taken.getsockname()[1]

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.dcc_stub.killed_dcc",
            str(keys().path),
            str(self._store),
            str(self.port),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=Path(__file__).parents[2],
            env={"PYTHONPATH": "firmware:."},
        )
        assert self._process.stdout is not None
        assert await asyncio.wait_for(self._process.stdout.readline(), 30) == b"ready\n"

    async def kill(self) -> None:
        self._process.kill()
        await self._process.wait()


@pytest.mark.slow
async def test_nothing_accepted_is_lost_and_no_counter_is_used_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    store = tmp_path / "dcc.sqlite"
    commissioned(make_dcc(store)).store.close()
    process = Process(store)
    await process.start()
    accepted: set[int] = set()
    received: dict[str, bytes] = {}
    tasks = [
        asyncio.create_task(_send(process.port, accepted)),
        asyncio.create_task(_receive(process.port, received)),
    ]
    chance = random.Random(9)
    for _ in range(KILLS):
        await asyncio.sleep(chance.uniform(*SECONDS_BETWEEN))
        await process.kill()
        await process.start()
    tasks[0].cancel()
    async with asyncio.timeout(30):
        while not accepted <= _parties(received).keys():
            await asyncio.sleep(0.05)
    tasks[1].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await process.kill()

    by_party = _parties(received)
    assert len(accepted) > KILLS
    counters = [
        message.header.originator_counter for messages in by_party.values() for message in messages
    ]
    assert len(set(counters)) == len(counters)
    assert all(len(messages) == 1 for messages in by_party.values())
    with capsys.disabled():
        print(f"\n{KILLS} kills: {len(accepted)} requests accepted, {len(received)} received")


def _parties(received: dict[str, bytes]) -> dict[int, list[Message]]:
    """Messages by the counter of the party they speak for."""
    found: dict[int, list[Message]] = {}
    for octets in received.values():
        message = Message.decode(octets)
        counter = message.header.supplementary_remote_party_counter
        assert counter is not None
        found.setdefault(counter, []).append(message)
    return found


async def _send(port: int, accepted: set[int]) -> None:
    """Requests of an unknown remote party, one after the other; those that got I99 count."""
    user = User(OTHER_USER)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        while True:
            request = user.request("6.2.4")
            with suppress(httpx.HTTPError):
                posted = await client.post(
                    f"/api/v1/service{WebService.SEND}",
                    content=user.sign(request),
                    headers={"content-type": "application/xml"},
                )
                answer = Answer(posted.status_code, "", posted.content)
                if posted.status_code == 200 and opened(answer).code == "I99":
                    accepted.add(request.request_id.counter)


async def _receive(port: int, received: dict[str, bytes]) -> None:
    """A hub that comes back after each break; what it acknowledges it has."""
    while True:
        with suppress(OSError, WebSocketException, TimeoutError):
            async with connect(f"ws://127.0.0.1:{port}/wan", proxy=None) as link:
                hello = {"type": "hello", "hub": CHF.hex(), "version": 1}
                await link.send(json.dumps(hello))
                async for text in link:
                    frame = json.loads(text)
                    octets = bytes.fromhex(frame["message"])
                    assert received.setdefault(frame["id"], octets) == octets
                    await link.send(json.dumps({"type": "ack", "id": frame["id"]}))
        await asyncio.sleep(0.02)
