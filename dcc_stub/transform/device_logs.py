"""The CHF's device log: told by CS14 alerts, read by CCS04, CCS06 and CCS07, restored by CCS03."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from smets.codec.errors import DecodeError
from smets.dlms import data as axdr
from smets.dlms.notification import DataNotification

if TYPE_CHECKING:
    from smets.dlms.data import Data

EUI_OCTETS = 8
HASH_OCTETS = 16


class Entry(NamedTuple):
    """A device of the log; the hash of its link key is empty before there is one."""

    eui: bytes
    key_hash: bytes


class Backup(NamedTuple):
    """A device log as CS14 and CCS07 tell it: extended PAN identifier of the HAN, and devices."""

    extended_pan_id: bytes
    entries: tuple[Entry, ...]


def told(payload: bytes) -> Backup:
    """The log in a CS14 alert; DecodeError when the payload is none."""
    tag, elements = DataNotification.decode(payload).body
    if tag != axdr.STRUCTURE or len(elements) < 3:
        raise DecodeError("not an alert with a device log")
    return read(elements[2])


def read(data: Data) -> Backup:
    """The log from {when, extended PAN identifier, array of {EUI-64, hash}}."""
    _, extended_pan_id, devices = _elements(data, axdr.STRUCTURE, 3)
    if devices[0] != axdr.ARRAY:
        raise DecodeError("a device log lists its devices in an array")
    entries = []
    for device in devices[1]:
        eui, key_hash = _elements(device, axdr.STRUCTURE, 2)
        entries.append(Entry(_octets(eui, (EUI_OCTETS,)), _octets(key_hash, (0, HASH_OCTETS))))
    return Backup(_octets(extended_pan_id, (EUI_OCTETS,)), tuple(entries))


def restore(backup: Backup) -> Data:
    """What CCS03 gives the new hub: {extended PAN identifier, array of {EUI-64, hash}}.

    A device that had agreed no link key with the old hub has nothing to come back with.
    """
    entries = tuple(
        (axdr.STRUCTURE, ((axdr.OCTET_STRING, eui), (axdr.OCTET_STRING, key_hash)))
        for eui, key_hash in restored(backup)
    )
    return axdr.STRUCTURE, (
        (axdr.OCTET_STRING, backup.extended_pan_id),
        (axdr.ARRAY, entries),
    )


def restored(backup: Backup) -> tuple[Entry, ...]:
    """The devices that a new hub takes over."""
    return tuple(entry for entry in backup.entries if entry.key_hash)


def _elements(data: Data, tag: int, count: int) -> tuple[Data, ...]:
    if data[0] != tag or len(data[1]) != count:
        raise DecodeError(f"a device log has structures of {count}")
    return tuple(data[1])


def _octets(data: Data, lengths: tuple[int, ...]) -> bytes:
    tag, value = data
    if tag != axdr.OCTET_STRING or len(value) not in lengths:
        raise DecodeError("a device log does not hold the octets it should")
    return bytes(value)
