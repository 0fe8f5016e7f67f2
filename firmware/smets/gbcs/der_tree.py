"""Any DER as a tree, for tools on the host. Not part of the board's files.

Values have to be in their DER form always. Lengths that are longer than they need to be are,
unless `strict`, kept as they are and can be named: the reference messages have some.
"""

from __future__ import annotations

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader, write_length
from smets.gbcs import der

MAXIMUM_DEPTH = 24
_UNIVERSAL = 0xC0
_STRINGS = (der.UTF8_STRING, der.PRINTABLE_STRING)
_PRINTABLE = " '()+,-./:=?"


class Node:
    """An element: `children` if it is constructed, else `contents`; `length` as it was written."""

    def __init__(
        self, tag: int, length: bytes, contents: bytes, children: tuple[Node, ...] | None
    ) -> None:
        self.tag = tag
        self.length = length
        self.contents = contents
        self.children = children

    def body(self) -> bytes:
        if self.children is None:
            return self.contents
        return b"".join(encode_tree(child) for child in self.children)


def decode_tree(octets: bytes, strict: bool = True) -> Node:
    """The one element that `octets` are; DecodeError else."""
    reader = Reader(octets)
    node = _read(reader, strict, 0)
    reader.finish()
    return node


def encode_tree(node: Node) -> bytes:
    """The octets that the tree was read from."""
    return bytes((node.tag,)) + node.length + node.body()


def non_minimal(node: Node, path: str = "0") -> list[str]:
    """Where a length is longer than it needs to be: positions from the root down, as 0.1.2."""
    shortest = bytearray()
    write_length(shortest, len(node.body()))
    found = [] if node.length == shortest else [path]
    for position, child in enumerate(node.children or ()):
        found += non_minimal(child, f"{path}.{position}")
    return found


def _read(reader: Reader, strict: bool, depth: int) -> Node:
    if depth > MAXIMUM_DEPTH:
        raise DecodeError("DER: nested too deeply")
    tag = reader.octet()
    if tag & der.MULTI_OCTET_TAG == der.MULTI_OCTET_TAG:
        raise DecodeError("DER: tag of several octets")
    start = reader.position
    size = reader.length() if strict else _length(reader)
    length = reader.since(start)
    scope = reader.sub(size)
    if not tag & der.CONSTRUCTED:
        contents = scope.take(size)
        _check(tag, contents)
        return Node(tag, length, contents, None)
    if not tag & _UNIVERSAL and tag not in {der.SEQUENCE, der.SET}:
        raise DecodeError(f"DER: {tag:02x} may not be constructed")
    children = []
    while scope.remaining():
        children.append(_read(scope, strict, depth + 1))
    return Node(tag, length, b"", tuple(children))


def _length(reader: Reader) -> int:
    """A length in any definite form of up to three octets."""
    first = reader.octet()
    if first < 0x80:
        return first
    if first not in {0x81, 0x82, 0x83}:
        raise DecodeError(f"DER: length of unsupported form {first:02x}")
    return reader.unsigned(first & 0x7F)


def _check(tag: int, contents: bytes) -> None:
    """The rules for primitive values of the universal types that occur."""
    if tag & _UNIVERSAL:
        return
    if tag in {der.INTEGER, der.ENUMERATED}:
        der.check_integer(contents)
    elif tag == der.BOOLEAN:
        der.boolean(contents)
    elif tag == der.BIT_STRING:
        der.check_bit_string(contents)
    elif tag == der.NULL:
        if contents:
            raise DecodeError("DER: null with contents")
    elif tag == der.OBJECT_IDENTIFIER:
        _check_object_identifier(contents)
    elif tag in {der.UTC_TIME, der.GENERALIZED_TIME}:
        der.time(tag, contents)
    elif tag in _STRINGS:
        _check_string(tag, contents)
    elif tag != der.OCTET_STRING:
        raise DecodeError(f"DER: unknown tag {tag:02x}")


def _check_object_identifier(contents: bytes) -> None:
    if not contents or contents[-1] & 0x80:
        raise DecodeError("DER: object identifier ends in the middle of a number")
    for position, octet in enumerate(contents):
        if octet == 0x80 and (position == 0 or not contents[position - 1] & 0x80):
            raise DecodeError("DER: number of an object identifier not in its shortest form")


def _check_string(tag: int, contents: bytes) -> None:
    try:
        text = contents.decode("utf-8")
    except UnicodeDecodeError:
        raise DecodeError("DER: string is not UTF-8") from None
    if tag == der.PRINTABLE_STRING:
        for character in text:
            if (
                not (character.isascii() and character.isalnum())
                and character not in " '()+,-./:=?"
            ):
                raise DecodeError("DER: character that a printable string cannot have")
