"""Carries what waits in the queue to each device that is here, one message after the other."""

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress
from functools import partial

from host.hub.group_commit import GroupCommit
from host.hub.han import DeviceGoneError, HanLink, TooLongError
from host.hub.han_queue import HanQueue

log = logging.getLogger(__name__)


class Couriers:
    """One task for each connected device."""

    def __init__(self, queue: HanQueue, han: HanLink, commits: GroupCommit) -> None:
        self._queue = queue
        self._han = han
        self._commits = commits
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._news: dict[str, asyncio.Event] = {}

    def start(self, eui: str) -> None:
        """The device is here."""
        if eui in self._tasks:
            self._tasks[eui].cancel()
        self._news[eui] = asyncio.Event()
        self._tasks[eui] = asyncio.create_task(self._carry(eui, self._news[eui]))

    async def end(self, eui: str) -> None:
        """The device is gone."""
        self._news.pop(eui, None)
        if task := self._tasks.pop(eui, None):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def stop(self) -> None:
        for eui in list(self._tasks):
            await self.end(eui)

    def wake(self, euis: Iterable[str]) -> None:
        """There are new messages for these devices."""
        for eui in euis:
            if eui in self._news:
                self._news[eui].set()

    async def _carry(self, eui: str, news: asyncio.Event) -> None:
        with suppress(DeviceGoneError):
            while True:
                news.clear()
                while head := self._queue.head(eui):
                    number, message = head
                    remaining = self._queue.waiting(eui) - 1
                    try:
                        await self._han.deliver(eui, number, message, remaining)
                    except TooLongError as error:
                        log.error("device %s: message %d is dropped: %s", eui, number, error)
                    await self._commits.run(partial(self._queue.delivered, eui, number))
                await news.wait()
