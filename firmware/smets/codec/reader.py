"""A cursor over received octets; running past the end is a DecodeError, never an IndexError."""

from __future__ import annotations

from smets.codec.errors import DecodeError


class Reader:
    """Reads forward over `data[start:end]`; a length opens a `sub` reader over its scope."""

    def __init__(self, data: bytes | memoryview, start: int = 0, end: int | None = None) -> None:
        self._data = data
        self._at = start
        self._end = len(data) if end is None else end

    @property
    def position(self) -> int:
        """Offset of the next octet in the underlying data."""
        return self._at

    def since(self, start: int) -> bytes:
        """The octets from `start`, an earlier `position`, to here."""
        return bytes(self._data[start : self._at])

    def rewind(self, start: int) -> None:
        """Goes back to `start`, an earlier `position`."""
        self._at = start

    def remaining(self) -> int:
        return self._end - self._at

    def take(self, count: int) -> bytes:
        end = self._at + count
        if end > self._end:
            raise DecodeError(f"truncated: {count} octets wanted, {self.remaining()} left")
        piece = self._data[self._at : end]
        self._at = end
        return bytes(piece)

    def skip(self, count: int) -> None:
        if count > self.remaining():
            raise DecodeError(f"truncated: {count} octets wanted, {self.remaining()} left")
        self._at += count

    def octet(self) -> int:
        if self._at >= self._end:
            raise DecodeError("truncated: an octet wanted, none left")
        value = self._data[self._at]
        self._at += 1
        return value

    def peek(self) -> int:
        if self._at >= self._end:
            raise DecodeError("truncated: an octet wanted, none left")
        return self._data[self._at]

    def unsigned(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def little(self, size: int) -> int:
        """An unsigned integer with its least significant octet first, as Zigbee sends it."""
        return int.from_bytes(self.take(size), "little")

    def expect(self, octets: bytes, what: str) -> None:
        if self.take(len(octets)) != octets:
            raise DecodeError("unexpected " + what)

    def length(self) -> int:
        """A BER-style length of A-XDR and GBCS headers; only the minimal form is accepted."""
        first = self.octet()
        if first < 0x80:
            return first
        size = first & 0x7F
        if size not in {1, 2, 3}:
            raise DecodeError(f"length of unsupported form {first:02x}")
        value = self.unsigned(size)
        if value < 0x80 or (size > 1 and value >> 8 * (size - 1) == 0):
            raise DecodeError("length is not in its shortest form")
        return value

    def sub(self, count: int) -> Reader:
        """A reader over the next `count` octets, which this one steps over."""
        start = self._at
        self.skip(count)
        return Reader(self._data, start, self._at)

    def finish(self) -> None:
        if self._at != self._end:
            raise DecodeError(f"{self.remaining()} octets too many")


def write_length(out: bytearray, value: int) -> None:
    """Appends `value` (below 2**24) in the form that `Reader.length` reads."""
    if value < 0x80:
        out.append(value)
        return
    size = 1 if value < 0x100 else 2 if value < 0x10000 else 3
    out.append(0x80 | size)
    out.extend(value.to_bytes(size, "big"))
