"""The flash of a device that lives inside the hub, kept in the hub's database."""

from host.hub.database import Database


class LocalFlash:
    """Slots and logs of one device, changed inside the hub's transaction (see `board.flash`)."""

    def __init__(self, database: Database, owner: str) -> None:
        self._database = database
        self._owner = owner

    def read(self, name: str) -> bytes | None:
        row = self._database.execute(
            "SELECT content FROM flash WHERE owner = ? AND name = ?", self._owner, name
        ).fetchone()
        return bytes(row[0]) if row else None

    def read_at(self, name: str, offset: int, length: int) -> bytes:
        row = self._database.execute(
            "SELECT substr(content, ?, ?) FROM flash WHERE owner = ? AND name = ?",
            offset + 1,
            length,
            self._owner,
            name,
        ).fetchone()
        return bytes(row[0]) if row else b""

    def length(self, name: str) -> int:
        row = self._database.execute(
            "SELECT length(content) FROM flash WHERE owner = ? AND name = ?", self._owner, name
        ).fetchone()
        return int(row[0]) if row else 0

    def names(self) -> list[str]:
        rows = self._database.execute(
            "SELECT name FROM flash WHERE owner = ? ORDER BY name", self._owner
        )
        return [name for (name,) in rows]

    def write(self, name: str, content: bytes) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO flash VALUES (?, ?, ?)", self._owner, name, bytes(content)
        )

    def append(self, name: str, content: bytes) -> None:
        self._database.execute(
            "INSERT INTO flash VALUES (?, ?, ?) ON CONFLICT (owner, name)"
            " DO UPDATE SET content = CAST(content || excluded.content AS BLOB)",
            self._owner,
            name,
            bytes(content),
        )

    def erase(self, name: str) -> None:
        self._database.execute("DELETE FROM flash WHERE owner = ? AND name = ?", self._owner, name)
