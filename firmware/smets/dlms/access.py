"""The ACCESS service (IEC 62056-5-3) as GBCS uses it: lists of get, set, action, ranged get."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader, write_length
from smets.dlms import data as axdr

if TYPE_CHECKING:
    from smets.dlms.data import Data

ACCESS_REQUEST = 0xD9
ACCESS_RESPONSE = 0xDA

GET = 1
SET = 2
ACTION = 3
GET_WITH_SELECTION = 4

GBCS_FLAGS = 0x20  # priority and service class octet of every GBCS message


class Specification:
    """One entry: what is done to which member (attribute or method) of which object."""

    def __init__(
        self,
        choice: int,
        class_id: int,
        logical_name: bytes,
        member: int,
        selector: int = 0,
        parameter: Data = axdr.NULL_DATA,
    ) -> None:
        self.choice = choice
        self.class_id = class_id
        self.logical_name = logical_name
        self.member = member
        self.selector = selector
        self.parameter = parameter

    @staticmethod
    def read(reader: Reader) -> Specification:
        choice = reader.octet()
        if not GET <= choice <= GET_WITH_SELECTION:
            raise DecodeError(f"unknown access choice {choice}")
        entry = Specification(choice, reader.unsigned(2), reader.take(6), reader.octet())
        if choice == GET_WITH_SELECTION:
            entry.selector = reader.octet()
            entry.parameter = axdr.read(reader)
        return entry

    def write(self, out: bytearray) -> None:
        out.append(self.choice)
        out.extend(self.class_id.to_bytes(2, "big"))
        out.extend(self.logical_name)
        out.append(self.member)
        if self.choice == GET_WITH_SELECTION:
            out.append(self.selector)
            axdr.write(out, self.parameter)


def _counted(reader: Reader) -> range:
    count = reader.length()
    if count > reader.remaining():
        raise DecodeError("more entries announced than octets left")
    return range(count)


class AccessRequest:
    """One Data per specification; `invoke_id` has 24 bits, in GBCS the originator counter's."""

    def __init__(
        self,
        invoke_id: int,
        specifications: tuple[Specification, ...],
        data: tuple[Data, ...],
        flags: int = GBCS_FLAGS,
    ) -> None:
        self.flags = flags
        self.invoke_id = invoke_id
        self.specifications = specifications
        self.data = data

    @staticmethod
    def decode(octets: bytes) -> AccessRequest:
        reader = Reader(octets)
        reader.expect(b"\xd9", "tag of an access request")
        flags = reader.octet()
        invoke_id = reader.unsigned(3)
        reader.expect(b"\x00", "date-time in an access request")
        specifications = tuple([Specification.read(reader) for _ in _counted(reader)])
        data = tuple([axdr.read(reader) for _ in _counted(reader)])
        reader.finish()
        if len(data) != len(specifications):
            raise DecodeError("as many data as specifications must stand in an access request")
        return AccessRequest(invoke_id, specifications, data, flags)

    def encode(self) -> bytes:
        out = bytearray((ACCESS_REQUEST, self.flags))
        out.extend(self.invoke_id.to_bytes(3, "big"))
        out.append(0)
        write_length(out, len(self.specifications))
        for specification in self.specifications:
            specification.write(out)
        write_length(out, len(self.data))
        for value in self.data:
            axdr.write(out, value)
        return bytes(out)


class AccessResponse:
    """One Data and one (choice, result) pair per specification of the request."""

    def __init__(
        self,
        invoke_id: int,
        data: tuple[Data, ...],
        results: tuple[tuple[int, int], ...],
        flags: int = GBCS_FLAGS,
    ) -> None:
        self.flags = flags
        self.invoke_id = invoke_id
        self.data = data
        self.results = results

    @staticmethod
    def decode(octets: bytes) -> AccessResponse:
        reader = Reader(octets)
        reader.expect(b"\xda", "tag of an access response")
        flags = reader.octet()
        invoke_id = reader.unsigned(3)
        reader.expect(b"\x00\x00", "date-time or request specification in an access response")
        data = tuple([axdr.read(reader) for _ in _counted(reader)])
        results = tuple([_read_result(reader) for _ in _counted(reader)])
        reader.finish()
        if len(data) != len(results):
            raise DecodeError("as many data as results must stand in an access response")
        return AccessResponse(invoke_id, data, results, flags)

    def encode(self) -> bytes:
        return encode_response(
            self.invoke_id,
            [axdr.encode(value) for value in self.data],
            list(self.results),
            self.flags,
        )


def _read_result(reader: Reader) -> tuple[int, int]:
    choice = reader.octet()
    if not GET <= choice <= ACTION:
        raise DecodeError(f"unknown access choice {choice}")
    return choice, reader.octet()


def encode_response(
    invoke_id: int,
    encoded: list[bytes],
    results: list[tuple[int, int]],
    flags: int = GBCS_FLAGS,
) -> bytes:
    """An access response from Data that is encoded already, as a device keeps it."""
    out = bytearray((ACCESS_RESPONSE, flags))
    out.extend(invoke_id.to_bytes(3, "big"))
    out.extend(b"\x00\x00")
    write_length(out, len(encoded))
    for value in encoded:
        out.extend(value)
    write_length(out, len(results))
    for choice, result in results:
        out.append(choice)
        out.append(result)
    return bytes(out)
