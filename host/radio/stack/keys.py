"""Link keys: the table that stays, and transient keys that expire."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from host.radio.stack.types import Limits, LinkKey, StackError, Status

ANY = b"\xff" * 8
COUNTERS_KEPT = 256  # of partners that have no row


class Keys:
    """The KeyTable of the interface; `changed` is called for all that a restart must find."""

    def __init__(self, limits: Limits, changed: Callable[[], None]) -> None:
        self._limits = limits
        self._changed = changed
        self._rows: dict[int, LinkKey] = {}
        self._transient: dict[bytes, tuple[bytes, float]] = {}
        self._transient_counters: dict[bytes, int] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def at(self, index: int) -> LinkKey | None:
        return self._rows.get(index)

    def index_of(self, partner: bytes) -> int | None:
        for index, row in self._rows.items():
            if row.partner == partner:
                return index
        return None

    def find(self, partner: bytes) -> LinkKey | None:
        index = self.index_of(partner)
        return None if index is None else self._rows[index]

    def put(self, partner: bytes, key: bytes, index: int | None = None) -> int:
        return self.put_row(LinkKey(partner, key), index)

    def put_row(self, row: LinkKey, index: int | None = None) -> int:
        """As `put`, with the kind and whether it is verified."""
        known = self.index_of(row.partner)
        if known is not None and (index is None or index == known):
            old = self._rows[known]
            if old.key == row.key:
                row = replace(row, incoming_counter=old.incoming_counter)
            self._rows[known] = row
            self._changed()
            return known
        if known is not None:
            del self._rows[known]
        if index is None:
            free = (i for i in range(self._limits.link_keys) if i not in self._rows)
            index = next(free, -1)
        if not 0 <= index < self._limits.link_keys:
            raise StackError(Status.TABLE_FULL)
        self._rows[index] = row
        self._changed()
        return index

    def heard(self, partner: bytes, counter: int) -> None:
        """Notes the counter of a frame that verified: a lower one is a replay from now on."""
        index = self.index_of(partner)
        if index is None:
            if len(self._transient_counters) >= COUNTERS_KEPT:
                del self._transient_counters[next(iter(self._transient_counters))]
            self._transient_counters[partner] = counter + 1
            return
        self._rows[index] = replace(self._rows[index], incoming_counter=counter + 1)

    def expected(self, partner: bytes) -> int:
        """The lowest counter that is not a replay."""
        row = self.find(partner)
        return self._transient_counters.get(partner, 0) if row is None else row.incoming_counter

    def restart(self, partner: bytes) -> None:
        """A partner begins its counters again."""
        self._transient_counters.pop(partner, None)
        index = self.index_of(partner)
        if index is not None:
            self._rows[index] = replace(self._rows[index], incoming_counter=0)
            self._changed()

    def erase(self, index: int) -> bool:
        if self._rows.pop(index, None) is None:
            return False
        self._changed()
        return True

    def clear(self) -> None:
        self._rows.clear()
        self._changed()

    def put_transient(self, partner: bytes, key: bytes, now: float) -> None:
        self._expire(now)
        full = len(self._transient) >= self._limits.transient_keys
        if full and partner not in self._transient:
            raise StackError(Status.TABLE_FULL)
        if self._transient.get(partner, (b"", 0.0))[0] != key:
            self._transient_counters.pop(partner, None)
        self._transient[partner] = key, now + self._limits.transient_key_timeout

    def find_transient(self, partner: bytes, now: float) -> bytes | None:
        self._expire(now)
        found = self._transient.get(partner) or self._transient.get(ANY)
        return None if found is None else found[0]

    def transients(self, now: float) -> tuple[tuple[bytes, bytes, float], ...]:
        self._expire(now)
        return tuple(
            (partner, key, until - now) for partner, (key, until) in self._transient.items()
        )

    def clear_transient(self, partner: bytes | None = None) -> None:
        if partner is None:
            self._transient.clear()
        else:
            self._transient.pop(partner, None)

    def _expire(self, now: float) -> None:
        for partner in [p for p, (_, until) in self._transient.items() if until <= now]:
            del self._transient[partner]

    def rows(self) -> tuple[tuple[int, LinkKey], ...]:
        return tuple(self._rows.items())

    def restore(self, rows: tuple[tuple[int, LinkKey], ...]) -> None:
        self._rows = dict(rows)
