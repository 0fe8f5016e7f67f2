"""How one field is written on the wire; the rows of `Record.FIELDS` are made of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.codec.reader import write_length

if TYPE_CHECKING:
    from smets.codec.reader import Reader


class Unsigned:
    """A big-endian unsigned integer of `size` octets."""

    def __init__(self, size: int) -> None:
        self.size = size

    def read(self, reader: Reader) -> int:
        return reader.unsigned(self.size)

    def write(self, out: bytearray, value: int) -> None:
        out.extend(value.to_bytes(self.size, "big"))


class Octets:
    """Exactly `size` octets."""

    def __init__(self, size: int) -> None:
        self.size = size

    def read(self, reader: Reader) -> bytes:
        return reader.take(self.size)

    def write(self, out: bytearray, value: bytes) -> None:
        if len(value) != self.size:
            raise ValueError(f"expected {self.size} octets, got {len(value)}")
        out.extend(value)


class Counted:
    """Octets behind their length; `sizes` lists the lengths allowed (none: any)."""

    def __init__(self, *sizes: int) -> None:
        self.sizes = sizes

    def read(self, reader: Reader) -> bytes:
        size = reader.length()
        if self.sizes and size not in self.sizes:
            raise DecodeError(f"length {size} where only {self.sizes} may stand")
        return reader.take(size)

    def write(self, out: bytearray, value: bytes) -> None:
        if self.sizes and len(value) not in self.sizes:
            raise ValueError(f"expected {self.sizes} octets, got {len(value)}")
        write_length(out, len(value))
        out.extend(value)


class Constant:
    """Octets that the standard fixes; the record carries them as given so that equality holds."""

    def __init__(self, octets: bytes) -> None:
        self.octets = octets

    def read(self, reader: Reader) -> bytes:
        reader.expect(self.octets, "octets in place of " + self.octets.hex())
        return self.octets

    def write(self, out: bytearray, value: bytes) -> None:
        out.extend(value)
