"""Bringing documents to users' webhooks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

import httpx

from dcc_stub.duis.identifiers import write_eui
from dcc_stub.engine import DccStub
from dcc_stub.service.commits import Commits
from dcc_stub.store.deliveries import Delivery

log = logging.getLogger("dcc_stub.service")

DEFAULT_PATH = "/smartdcc/duis"
AT_A_TIME = 32
ANSWER_WITHIN = 10.0  # seconds
LOOK_AGAIN = 0.5  # seconds; how late a retry may be


class Webhooks:
    """Delivers what waits in the store; `default` is for users who have not said where."""

    def __init__(
        self, dcc: DccStub, commits: Commits, clock: Callable[[], int], default: str | None
    ) -> None:
        self._dcc = dcc
        self._commits = commits
        self._clock = clock
        self._default = default
        self._news = asyncio.Event()
        self._under_way: set[int] = set()
        commits.listen(self._news.set)

    async def run(self) -> None:
        """Delivers until it is cancelled."""
        limits = httpx.Limits(max_connections=AT_A_TIME)
        async with (
            httpx.AsyncClient(timeout=ANSWER_WITHIN, limits=limits, trust_env=False) as client,
            asyncio.TaskGroup() as group,
        ):
            while True:
                self._news.clear()
                for delivery in self._next():
                    self._under_way.add(delivery.id)
                    group.create_task(self._deliver(client, delivery))
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_AGAIN):
                        await self._news.wait()

    def _next(self) -> list[Delivery]:
        room = AT_A_TIME - len(self._under_way)
        if room <= 0:
            return []
        waiting = self._dcc.deliveries(self._clock(), 2 * AT_A_TIME)
        return [each for each in waiting if each.id not in self._under_way][:room]

    async def _deliver(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        failure = await self._post(client, delivery)
        dcc, number = self._dcc, delivery.id
        if failure is None:
            await self._commits.run(lambda: dcc.delivered(number))
        else:
            log.warning(
                "document %d for %s is not delivered: %s",
                number,
                write_eui(delivery.party),
                failure,
            )
            await self._commits.run(
                lambda: dcc.delivery_failed(number, delivery.attempts, failure, self._clock())
            )
        self._under_way.discard(number)
        self._news.set()

    async def _post(self, client: httpx.AsyncClient, delivery: Delivery) -> str | None:
        """None when the webhook took the document, else why not."""
        url = self._dcc.store.users.webhook(delivery.party) or self._default
        if url is None:
            return "the user has no webhook"
        headers = {"content-type": "application/xml"}
        try:
            answer = await client.post(url, content=delivery.document, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return f"{type(error).__name__} at {url}"
        return None if answer.is_success else f"status {answer.status_code} at {url}"
