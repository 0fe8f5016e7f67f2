"""CS03, CS04, CS07 and GCS59: joins between devices, and what their responses tell (GBCS 13.7)."""

from __future__ import annotations

from typing import NamedTuple

from dcc_stub.transform.asked import Asked
from dcc_stub.transform.errors import NotKnownError
from smets.gbcs import der
from smets.gbcs.der import DerReader
from smets.gbcs.grouping import GroupingHeader
from smets.gbcs.message import Message
from smets.gbcs.roles import DEVICE_TYPES, TYPE2

DONE = 0  # of every response code of CS03, CS04 and CS07

NULL = bytes((der.NULL, 0))
EUI_OCTETS = 8
_NUMBERS = dict(DEVICE_TYPES)


class Method(NamedTuple):
    """How two devices are joined: message code, number, whether a certificate goes along."""

    message_code: int
    number: int
    with_certificate: bool = False


METHODS = (
    Method(0x000D, 0),
    Method(0x00AB, 1),
    Method(0x000E, 2),
    Method(0x00AF, 3, with_certificate=True),
)


def join(asked: Asked, header: GroupingHeader, execution: int | None) -> bytes:
    """CS03: method, EUI-64 and type of the other device, for method C its certificate."""
    method = next(row for row in METHODS if row.message_code == header.message_code)
    assert asked.other is not None
    device, certificate = asked.other
    if method.with_certificate and not certificate:
        raise NotKnownError("the other device's key agreement certificate is not known")
    return der.element(
        der.SEQUENCE,
        der.integer(method.number)
        + der.octet_string(device.eui)
        + der.integer(_type_number(device.type))
        + (certificate if method.with_certificate else b""),
    )


def unjoin(asked: Asked, header: GroupingHeader, execution: int | None) -> bytes:
    """CS04: which device to part from."""
    assert asked.other is not None
    return der.octet_string(asked.other.device.eui)


def read_joins(asked: Asked, header: GroupingHeader, execution: int | None) -> bytes:
    """CS07 asks for nothing in particular."""
    return NULL


def restore(asked: Asked, header: GroupingHeader, execution: int | None) -> bytes:
    """GCS59: the devices with which the old gas proxy was joined, as its last backup has them."""
    if not asked.backup:
        raise NotKnownError("no backup of the old gas proxy's device log has come")
    devices = backed_up(asked.backup)
    return der.element(der.SEQUENCE, der.element(der.SEQUENCE, b"".join(map(_entry, devices))))


class Entry(NamedTuple):
    """A device in the log of a device: its EUI-64 and the number of its type."""

    eui: bytes
    type: int


def backed_up(payload: bytes) -> list[Entry]:
    """The devices in a GCS62 alert; DecodeError when it is none."""
    outer = DerReader.over(payload)
    fields = outer.nested()
    outer.finish()
    fields.integer()  # alert code
    fields.time()
    return _entries(fields)


def outcome(message: Message) -> int:
    """The response code of CS03 and CS04."""
    reader = DerReader.over(message.payload)
    code = reader.integer()
    reader.finish()
    return code


def joined_devices(message: Message) -> tuple[int, list[Entry]]:
    """The response code of CS07, and the devices; none when the code says that it failed."""
    outer = DerReader.over(message.payload)
    fields = outer.nested()
    outer.finish()
    code = fields.integer()
    return code, _entries(fields) if fields.next_tag() else []


def restored(message: Message) -> list[tuple[Entry, int]]:
    """GCS59: each device with the response code of its join."""
    outer = DerReader.over(message.payload)
    rows = outer.nested().nested()
    found = []
    while rows.next_tag():
        row = rows.nested()
        found.append((_read_entry(row), row.integer()))
        row.finish()
    return found


def _entries(fields: DerReader) -> list[Entry]:
    found = []
    rows = fields.nested()
    fields.finish()
    while rows.next_tag():
        found.append(_read_entry(rows))
    return found


def _read_entry(rows: DerReader) -> Entry:
    row = rows.nested()
    entry = Entry(row.octets(EUI_OCTETS), row.integer())
    row.finish()
    return entry


def _entry(entry: Entry) -> bytes:
    return der.element(der.SEQUENCE, der.octet_string(entry.eui) + der.integer(entry.type))


def _type_number(name: str) -> int:
    return _NUMBERS.get(name, TYPE2)
