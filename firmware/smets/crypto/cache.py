"""A few values by key, the longest unused given up first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any


class Cache:
    """At most `limit` values, none of them None, by octets."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: list[tuple[bytes, Any]] = []  # the last used last

    def get(self, key: bytes) -> Any:
        """The value, or None when it is not held."""
        for index, entry in enumerate(self._entries):
            if entry[0] == key:
                self._entries.append(self._entries.pop(index))
                return entry[1]
        return None

    def put(self, key: bytes, value: Any) -> None:
        """Hold a value for a key that is not held yet."""
        self._entries.append((key, value))
        if len(self._entries) > self._limit:
            self._entries.pop(0)
