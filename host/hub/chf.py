"""The objects of the hub's own functions: the CHF's device log; the GPF has none yet."""

from __future__ import annotations

import logging

from host.hub.device_log import UNKNOWN_TYPE, DeviceLog
from smets.codec.errors import DecodeError
from smets.device.objects import OBJECT_UNDEFINED, TYPE_UNMATCHED, AccessFailure
from smets.dlms import data as axdr

Changes = list[tuple[str, bytes | None]]
Member = tuple[int, bytes, int, bool]

DEVICE_LOG = 104, bytes.fromhex("00001e0300ff")  # 0-0:30.3.0.255
ADD = (*DEVICE_LOG, 1, True)
REMOVE = (*DEVICE_LOG, 2, True)
JOINING = (*DEVICE_LOG, 2, False)  # whether devices may join
JOIN_TIME = (*DEVICE_LOG, 3, False)  # for how many seconds

EUI_LENGTH = 8
INSTALL_CODE_CREDENTIALS = 1
INSTALL_CODE_LENGTH = 16

log = logging.getLogger(__name__)


class NoObjects:
    """A function that has credentials and nothing else: the `Objects` of `smets.device`."""

    def has(self, class_id: int, logical_name: bytes, member: int, method: bool) -> bool:
        return False

    def get(self, class_id: int, logical_name: bytes, attribute: int, now: int) -> bytes:
        raise AccessFailure(OBJECT_UNDEFINED)

    def get_range(
        self, class_id: int, logical_name: bytes, attribute: int, start: int, end: int, now: int
    ) -> bytes:
        raise AccessFailure(OBJECT_UNDEFINED)

    def set(
        self,
        class_id: int,
        logical_name: bytes,
        attribute: int,
        data: bytes,
        now: int,
        changes: Changes,
    ) -> None:
        raise AccessFailure(OBJECT_UNDEFINED)

    def act(
        self,
        class_id: int,
        logical_name: bytes,
        method: int,
        data: bytes,
        now: int,
        changes: Changes,
    ) -> bytes:
        raise AccessFailure(OBJECT_UNDEFINED)

    def has_attribute(self, cluster: int, attribute: int) -> bool:
        return False

    def has_command(self, cluster: int, command: int, to_client: bool) -> bool:
        return False

    def knows_the_time(self, now: int) -> bool:
        return True

    def security_event(self, code: int, now: int) -> None:
        log.warning("security event %04x", code)

    def rest(self) -> None:
        """Holds nothing that could go."""

    def poll(self, now: int) -> None:
        """There is nothing to do."""


class ChfObjects(NoObjects):
    """The device log, which is in the same transaction as the function's store."""

    def __init__(self, device_log: DeviceLog) -> None:
        self._device_log = device_log

    def has(self, class_id: int, logical_name: bytes, member: int, method: bool) -> bool:
        return (class_id, logical_name, member, method) in {ADD, REMOVE, JOINING, JOIN_TIME}

    def set(
        self,
        class_id: int,
        logical_name: bytes,
        attribute: int,
        data: bytes,
        now: int,
        changes: Changes,
    ) -> None:
        """Over TCP any listed device may join at any time, so both values have no effect."""
        wanted = axdr.BOOLEAN if attribute == JOINING[2] else axdr.LONG_UNSIGNED
        if _decoded(data)[0] != wanted:
            raise AccessFailure(TYPE_UNMATCHED)

    def act(
        self,
        class_id: int,
        logical_name: bytes,
        method: int,
        data: bytes,
        now: int,
        changes: Changes,
    ) -> bytes:
        if method == ADD[2]:
            self._device_log.add(_listed(data).hex(), UNKNOWN_TYPE)
        else:
            self._device_log.remove(_octets(_decoded(data), EUI_LENGTH).hex())
        return axdr.encode(axdr.NULL_DATA)


def _listed(data: bytes) -> bytes:
    """CCS01: EUI-64, type of credentials, install code, and an enumeration for the device's type.

    The last one is 0 for an electricity meter in reference messages, so it is no GBCS device type.
    """
    tag, parts = _decoded(data)
    if tag != axdr.STRUCTURE or len(parts) != 4:
        raise AccessFailure(TYPE_UNMATCHED)
    eui = _octets(parts[0], EUI_LENGTH)
    _octets(parts[2], INSTALL_CODE_LENGTH)
    if parts[1] != (axdr.ENUM, INSTALL_CODE_CREDENTIALS) or parts[3][0] != axdr.ENUM:
        raise AccessFailure(TYPE_UNMATCHED)
    return eui


def _decoded(data: bytes) -> axdr.Data:
    try:
        return axdr.decode(data)
    except DecodeError:
        raise AccessFailure(TYPE_UNMATCHED) from None


def _octets(data: axdr.Data, length: int) -> bytes:
    tag, value = data
    if tag != axdr.OCTET_STRING or len(value) != length:
        raise AccessFailure(TYPE_UNMATCHED)
    return bytes(value)
