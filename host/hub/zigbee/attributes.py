"""The attributes that the hub serves: Basic, Time and Key Establishment of the CHF's endpoint."""

from collections.abc import Callable
from typing import Any

from smets.codec.errors import DecodeError
from smets.zigbee import clusters_text, zcl, zcl_attributes
from smets.zigbee.clusters import BASIC, KEEP_ALIVE, KEY_ESTABLISHMENT, TIME

ZCL_VERSION = 3
MAINS, SE_PHYSICAL_ENVIRONMENT = 0x01, 0x01  # PhysicalEnvironment: GBCS 10.2.2
MASTER_AND_SYNCHRONISED = 0x03
TIME_VALID_FOR = 86400  # seconds
BOTH_SUITES = 0x0003
KEEP_ALIVE_BASE, KEEP_ALIVE_JITTER = 10, 300  # minutes, seconds

_TABLE = clusters_text.load()


class Attributes:
    """Values by cluster and attribute; `now` is the lab's clock, UTC seconds since 2000."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._values: dict[tuple[int, int], Callable[[], Any]] = {
            (BASIC, 0x0000): lambda: ZCL_VERSION,
            (BASIC, 0x0004): lambda: b"hanlab",
            (BASIC, 0x0005): lambda: b"communications hub",
            (BASIC, 0x0007): lambda: MAINS,
            (BASIC, 0x0011): lambda: SE_PHYSICAL_ENVIRONMENT,
            (TIME, 0x0000): now,
            (TIME, 0x0001): lambda: MASTER_AND_SYNCHRONISED,
            (TIME, 0x0009): lambda: now() + TIME_VALID_FOR,
            (KEEP_ALIVE, 0x0000): lambda: KEEP_ALIVE_BASE,
            (KEEP_ALIVE, 0x0001): lambda: KEEP_ALIVE_JITTER,
            (KEY_ESTABLISHMENT, 0x0000): lambda: BOTH_SUITES,
        }

    def answer(self, cluster: int, frame: zcl.Frame) -> zcl.Frame | None:
        """The response to a command of all clusters; None when none is due."""
        if frame.command != zcl.READ_ATTRIBUTES:
            return frame.default_response(zcl.UNSUPPORTED_GENERAL_COMMAND)
        try:
            wanted = zcl_attributes.read_identifiers(frame.payload)
        except DecodeError:
            return frame.default_response(zcl.MALFORMED_COMMAND)
        payload = zcl_attributes.statuses([self._read(cluster, number) for number in wanted])
        return frame.response(zcl.READ_ATTRIBUTES_RESPONSE, payload, False)

    def _read(self, cluster: int, number: int) -> tuple[int, int, int, Any]:
        value = self._values.get((cluster, number))
        attribute = _TABLE.attribute(cluster, False, number)
        if value is None or attribute is None:
            return number, zcl.UNSUPPORTED_ATTRIBUTE, 0, None
        return number, zcl.SUCCESS, attribute.data_type, value()


def time_report(transaction: int, now: int) -> bytes:
    """A report of the time to a device: a frame of the Time cluster's server."""
    attribute = _TABLE.attribute(TIME, False, 0)
    assert attribute is not None
    payload = zcl_attributes.values([(0, attribute.data_type, now)])
    control = zcl.TO_CLIENT | zcl.NO_DEFAULT_RESPONSE
    return zcl.Frame(control, transaction, zcl.REPORT_ATTRIBUTES, payload).encode()


METERING_DEVICE_TYPE = 0x0306
GAS = 1


def read_metering_device_type(transaction: int) -> bytes:
    """A frame that asks the Metering server what it meters."""
    payload = zcl_attributes.identifiers(METERING_DEVICE_TYPE)
    return zcl.Frame(0, transaction, zcl.READ_ATTRIBUTES, payload).encode()
