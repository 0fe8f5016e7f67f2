"""The DCC's end of the WAN link with its books in SQLite; no DCC otherwise.

    python -m tests.fake_dcc DATABASE PORT

serves until it is killed.
"""

import asyncio
import json
import sqlite3
import sys
import time
from contextlib import suppress
from pathlib import Path

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY, device TEXT, message BLOB,
    acknowledged INTEGER DEFAULT 0, refused TEXT);
CREATE TABLE IF NOT EXISTS received (position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT UNIQUE, device TEXT, message BLOB);
"""
REPEAT = 1.0
LOOK_AGAIN = 0.1


class FakeDcc:
    """An async context manager; `port` is the bound one."""

    def __init__(self, database: Path, port: int = 0) -> None:
        self.port = port
        self.hellos: list[str] = []
        self.devices: list[dict[str, str]] = []
        self._database = sqlite3.connect(database, isolation_level=None, timeout=30)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.executescript(SCHEMA)
        self._connection: ServerConnection | None = None
        self._news = asyncio.Event()

    async def __aenter__(self) -> "FakeDcc":
        self._server: Server = await serve(self._serve, "127.0.0.1", self.port)
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()
        self.close()

    def close(self) -> None:
        """Closes the books."""
        self._database.close()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/wan"

    def send(self, device: str, *messages: bytes) -> None:
        """Stores messages for a device; they go out as soon as there is a link."""
        with self._database:
            self._database.execute("BEGIN")
            self._database.executemany(
                "INSERT INTO outbox (device, message) VALUES (?, ?)",
                [(device, message) for message in messages],
            )
        self._news.set()

    def received(self, device: str | None = None) -> list[bytes]:
        rows = self._database.execute(
            "SELECT message FROM received WHERE device = coalesce(?, device) ORDER BY position",
            (device,),
        )
        return [bytes(message) for (message,) in rows]

    def unacknowledged(self) -> int:
        rows = self._database.execute("SELECT count(*) FROM outbox WHERE NOT acknowledged")
        return int(rows.fetchone()[0])

    def refusals(self) -> list[str]:
        rows = self._database.execute("SELECT refused FROM outbox WHERE refused IS NOT NULL")
        return [reason for (reason,) in rows]

    async def disconnect(self) -> None:
        """Breaks the link without a word."""
        if self._connection:
            self._connection.transport.abort()
            await self._connection.wait_closed()

    async def _serve(self, connection: ServerConnection) -> None:
        self._connection = connection
        sending = asyncio.create_task(self._send(connection))
        with suppress(ConnectionClosed):
            async for text in connection:
                await self._take(connection, json.loads(text))
        sending.cancel()

    async def _take(self, connection: ServerConnection, frame: dict[str, object]) -> None:
        if frame["type"] == "hello":
            self.hellos.append(str(frame["hub"]))
        elif frame["type"] == "status":
            self.devices = frame["devices"]  # type: ignore[assignment]
        elif frame["type"] == "ack":
            self._database.execute(
                "UPDATE outbox SET acknowledged = 1, refused = ? WHERE id = ?",
                (frame.get("refused"), frame["id"]),
            )
        elif frame["type"] == "message":
            self._database.execute(
                "INSERT OR IGNORE INTO received (id, device, message) VALUES (?, ?, ?)",
                (frame["id"], frame["device"], bytes.fromhex(str(frame["message"]))),
            )
            await connection.send(json.dumps({"type": "ack", "id": frame["id"]}))

    async def _send(self, connection: ServerConnection) -> None:
        """Everything once, then what comes new; what is not acknowledged again each second."""
        last, repeat_at = 0, 0.0
        with suppress(ConnectionClosed):
            while True:
                self._news.clear()
                now = time.monotonic()
                if now >= repeat_at:
                    last, repeat_at = 0, now + REPEAT
                rows = self._database.execute(
                    "SELECT id, device, message FROM outbox"
                    " WHERE NOT acknowledged AND id > ? ORDER BY id LIMIT 500",
                    (last,),
                ).fetchall()
                for last, device, message in rows:
                    text = {"id": str(last), "device": device, "message": message.hex()}
                    await connection.send(json.dumps({"type": "message", **text}))
                if not rows:
                    # Another process may write into the outbox, too.
                    with suppress(TimeoutError):
                        async with asyncio.timeout(LOOK_AGAIN):
                            await self._news.wait()


async def main(database: Path, port: int) -> None:
    async with FakeDcc(database, port):
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
