"""DER as a tree that keeps its octets: reference responses write some lengths in a longer form.

Devices take strict DER alone; this reader looks at messages, and names what is not strict.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader

CONSTRUCTED = 0x20
MAXIMUM_DEPTH = 20


@dataclass(frozen=True)
class Element:
    """One element; `content` holds octets, or the elements of a constructed one."""

    tag: int
    length: bytes
    content: bytes | tuple[Element, ...]

    @property
    def children(self) -> tuple[Element, ...]:
        """The elements inside; DecodeError for a primitive one."""
        if isinstance(self.content, bytes):
            raise DecodeError(f"element {self.tag:02x} holds no elements")
        return self.content

    @property
    def octets(self) -> bytes:
        """The content of a primitive element; DecodeError for a constructed one."""
        if not isinstance(self.content, bytes):
            raise DecodeError(f"element {self.tag:02x} holds elements")
        return self.content

    def integer(self) -> int:
        """The content as an integer."""
        return int.from_bytes(self.octets, "big", signed=True)

    def encode(self) -> bytes:
        """The octets it was read from."""
        content = self.content
        if not isinstance(content, bytes):
            content = b"".join(child.encode() for child in content)
        return bytes((self.tag,)) + self.length + content

    def non_minimal(self, path: str = "") -> Iterator[str]:
        """Where a length is not in its shortest form, as the place of each element."""
        size = int.from_bytes(self.length[1:] or self.length, "big")
        if len(self.length) != _shortest(size):
            yield path or "outermost"
        if not isinstance(self.content, bytes):
            for index, child in enumerate(self.content):
                yield from child.non_minimal(f"{path}/{index}")


def _shortest(size: int) -> int:
    return 1 if size < 0x80 else 1 + (size.bit_length() + 7) // 8


def decode(octets: bytes) -> Element:
    """The one element that fills `octets`; DecodeError else."""
    reader = Reader(octets)
    element = _read(reader, 0)
    reader.finish()
    return element


def _read(reader: Reader, depth: int) -> Element:
    if depth > MAXIMUM_DEPTH:
        raise DecodeError("elements nested too deeply")
    tag = reader.octet()
    if tag & 0x1F == 0x1F:
        raise DecodeError("element with a tag of several octets")
    start = reader.position
    first = reader.octet()
    size = first if first < 0x80 else reader.unsigned(_length_octets(first))
    length = reader.since(start)
    scope = reader.sub(size)
    if not tag & CONSTRUCTED:
        return Element(tag, length, scope.take(size))
    children = []
    while scope.remaining():
        children.append(_read(scope, depth + 1))
    return Element(tag, length, tuple(children))


def _length_octets(first: int) -> int:
    count = first & 0x7F
    if not 1 <= count <= 3:
        raise DecodeError(f"length of unsupported form {first:02x}")
    return count
