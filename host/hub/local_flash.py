"""The flash of a device that lives inside the hub, kept in the hub's database."""

from host.hub.database import Database


class LocalFlash:
    """The `smets.device` flash of one device; durable with the hub's transaction."""

    def __init__(self, database: Database, owner: str) -> None:
        self._database = database
        self._owner = owner

    def size(self, name: str) -> int:
        row = self._database.execute(
            "SELECT length(content) FROM flash WHERE owner = ? AND name = ?", self._owner, name
        ).fetchone()
        return int(row[0]) if row else 0

    def read(self, name: str, offset: int, size: int) -> bytes:
        row = self._database.execute(
            "SELECT substr(content, ?, ?) FROM flash WHERE owner = ? AND name = ?",
            offset + 1,
            size,
            self._owner,
            name,
        ).fetchone()
        return bytes(row[0] or b"") if row else b""  # nothing of an empty blob is NULL

    def write(self, name: str, offset: int, data: bytes) -> None:
        content = self.read(name, 0, self.size(name))
        if offset > len(content):
            raise ValueError("a write beyond the end of a file leaves a gap")
        self._replace(name, content[:offset] + bytes(data) + content[offset + len(data) :])

    def truncate(self, name: str) -> None:
        self._replace(name, b"")

    def sync(self) -> None:
        """Nothing to do: the hub commits before it tells anybody."""

    def _replace(self, name: str, content: bytes) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO flash VALUES (?, ?, ?)", self._owner, name, content
        )
