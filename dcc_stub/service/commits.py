"""One commit for all that is ready at the same moment: waiting for the disk is what costs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from dcc_stub.store.store import Store

T = TypeVar("T")


class Commits:
    """Runs pieces of work in shared transactions; a result is returned when it is durable."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[tuple[Callable[[], Any], asyncio.Future[Any]]] = []
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        """Calls `listener` after each commit."""
        self._listeners.append(listener)

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns; an exception of its own undoes its part alone."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._commit)
        self._waiting.append((work, future))
        return await future

    def _commit(self) -> None:
        pieces, self._waiting = self._waiting, []
        done: list[tuple[asyncio.Future[Any], Any, Exception | None]] = []
        try:
            with self._store.transaction():
                for work, future in pieces:
                    try:
                        with self._store.transaction():
                            done.append((future, work(), None))
                    except Exception as error:
                        done.append((future, None, error))
        except Exception as error:  # nothing of this was stored
            done = [(future, None, error) for _, future in pieces]
        for future, result, failure in done:
            if future.cancelled():
                continue
            if failure is None:
                future.set_result(result)
            else:
                future.set_exception(failure)
        for listener in self._listeners:
            listener()
