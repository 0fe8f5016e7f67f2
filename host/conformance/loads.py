"""What a device is told beforehand so that a command meets what its response reports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from host.conformance.payloads import payload_kind, use_case_of

if TYPE_CHECKING:
    from smets.dlms.data import Data
from smets.codec.errors import DecodeError
from smets.dlms import access, date_time
from smets.dlms import data as axdr
from smets.dlms.access import AccessRequest, AccessResponse, Specification
from smets.gbcs import use_cases
from smets.gbcs.der import DerReader
from smets.gbcs.message import Message
from smets.gbcs.use_cases import Member

# What reference responses without a date-time of their own were made at
REFERENCE_TIME = date_time.days_since_2000(2015, 1, 1) * 86400
SET_CLOCK = 0x007F  # GCS28
READS = (access.GET, access.GET_WITH_SELECTION)
CLOCK_TIME = (8, bytes.fromhex("0000010000ff"), 2)


class Load(NamedTuple):
    """One thing to hold: a word and its arguments, as the replaying board reads them."""

    word: str
    arguments: tuple[int | bytes, ...]

    def line(self) -> str:
        """The load on one line: octets in hex, b"" as `-`."""
        return " ".join(
            [self.word, *(_text(each) for each in self.arguments)],
        )


def _text(value: int | bytes) -> str:
    return str(value) if isinstance(value, int) else value.hex() or "-"


def clock(response: Message) -> int:
    """The device's time when it made the response, in seconds since 2000."""
    if response.header.date_time:
        return date_time.decode(response.header.date_time)
    if response.header.message_code == SET_CLOCK:
        return DerReader.over(response.payload).nested().time()
    if payload_kind(response) == use_cases.DLMS:
        for data in AccessResponse.decode(response.payload).data:
            if data[0] == axdr.OCTET_STRING and len(data[1]) == 12:
                return _instant(data[1])
    return REFERENCE_TIME


def _instant(octets: bytes) -> int:
    try:
        return date_time.decode(octets)
    except DecodeError:
        return REFERENCE_TIME


def values(command: Message, response: Message, plaintexts: list[bytes]) -> Iterator[Load]:
    """Values and faults of the objects that a DLMS command names, as the response reports them."""
    request = AccessRequest.decode(command.payload)
    answer = AccessResponse.decode(response.payload)
    members = use_case_of(command).members
    opened = iter(plaintexts)
    for index, specification in enumerate(request.specifications):
        _, result = answer.results[index]
        object_of = (specification.class_id, specification.logical_name, specification.member)
        if result:
            method = specification.choice == access.ACTION
            yield Load("fault", (*object_of, result, int(method)))
        elif members[index].operation in {use_cases.PROTECTED, use_cases.PROTECTED_RANGE}:
            yield from _protected(members[index], next(opened))
        elif specification.choice in READS and object_of != CLOCK_TIME:
            yield _value(specification, answer.data[index])
        elif specification.choice == access.ACTION and answer.data[index] != axdr.NULL_DATA:
            yield Load("returned", (*object_of, axdr.encode(answer.data[index])))


def _value(specification: Specification, data: Data) -> Load:
    ranged = specification.choice == access.GET_WITH_SELECTION
    word = "rows" if ranged else "value"
    object_of = (specification.class_id, specification.logical_name, specification.member)
    return Load(word, (*object_of, axdr.encode(data)))


def _protected(member: Member, plaintext: bytes) -> Iterator[Load]:
    _, elements = axdr.decode(plaintext)
    word = "rows" if member.operation == use_cases.PROTECTED_RANGE else "value"
    for object_of, element in zip(member.over, elements, strict=True):
        yield Load(word, (*object_of, axdr.encode(element)))
