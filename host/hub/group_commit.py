"""One commit for all that is ready at the same moment, because a flush to disk is what costs."""

import asyncio
import sqlite3
from collections.abc import Callable
from typing import Generic, TypeVar, cast

from host.hub.database import Database

T = TypeVar("T")


class _Piece(Generic[T]):
    """Work and who waits for its result."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self.future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._error: Exception | None = None
        self._result: T | None = None

    def do(self, database: Database) -> None:
        try:
            with database.part():
                self._result = self._work()
        except Exception as error:
            self._error = error

    def tell(self, failure: Exception | None = None) -> None:
        if self.future.cancelled():
            return
        error = failure or self._error
        if error:
            self.future.set_exception(error)
        else:
            self.future.set_result(cast("T", self._result))


class GroupCommit:
    """Runs pieces of work in shared transactions; a result means that its changes are durable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[_Piece[object]] = []
        self._listeners: list[Callable[[], None]] = []
        # Set when nothing can be stored any more: whoever runs the hub has to stop it.
        self.failure: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def listen(self, listener: Callable[[], None]) -> None:
        """Calls `listener` after each commit."""
        self._listeners.append(listener)

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns, once that is durable; its own exception undoes its part alone."""
        piece = _Piece(work)
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._commit)
        self._waiting.append(cast("_Piece[object]", piece))
        return await piece.future

    def _commit(self) -> None:
        pieces, self._waiting = self._waiting, []
        try:
            with self._database.transaction():
                for piece in pieces:
                    piece.do(self._database)
        except sqlite3.Error as error:
            for piece in pieces:
                piece.tell(error)
            if not self.failure.done():
                self.failure.set_exception(error)
            return
        for piece in pieces:
            piece.tell()
        for listener in self._listeners:
            listener()
