"""Messages declared as tables: one row per field serves decode, encode, equality and print-out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.reader import Reader

if TYPE_CHECKING:
    from typing import Any, ClassVar, Protocol, TypeVar

    R = TypeVar("R", bound="Record")

    class Field(Protocol):
        """One row of a table: how a value stands on the wire."""

        def read(self, reader: Reader) -> Any: ...
        def write(self, out: bytearray, value: Any) -> None: ...


class Record:
    """Base of every message part; a subclass lists its fields once, in wire order.

    Values are given by name or in order; a missing or unknown one is a TypeError.
    """

    FIELDS: ClassVar[tuple[tuple[str, Field], ...]] = ()

    def __init__(self, *values: Any, **named: Any) -> None:
        names = [name for name, _ in self.FIELDS]
        for name, value in zip(names, values):
            named[name] = value
        if len(named) != len(names):
            raise TypeError("expected " + ", ".join(names))
        for name in names:
            setattr(self, name, named[name])

    @classmethod
    def read(cls: type[R], reader: Reader) -> R:
        return cls(*[field.read(reader) for _, field in cls.FIELDS])

    @classmethod
    def decode(cls: type[R], octets: bytes) -> R:
        reader = Reader(octets)
        record = cls.read(reader)
        reader.finish()
        return record

    def write(self, out: bytearray) -> None:
        for name, field in self.FIELDS:
            field.write(out, getattr(self, name))

    def encode(self) -> bytes:
        out = bytearray()
        self.write(out)
        return bytes(out)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.encode() == other.encode()

    def __hash__(self) -> int:
        return hash(self.encode())

    def __repr__(self) -> str:
        pairs = [f"{name}={getattr(self, name)!r}" for name, _ in self.FIELDS]
        return f"{type(self).__name__}({', '.join(pairs)})"
