"""The values a service request gives its command, by message code: DUIS fields to DLMS data."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dcc_stub.duis.elements import Fields
from dcc_stub.transform.dlms import Period, structure
from smets.codec.errors import DecodeError
from smets.dlms import data as axdr
from smets.dlms import date_time

if TYPE_CHECKING:
    from smets.dlms.data import Data

Values = tuple["Data", ...]

INSTALL_CODE = 1  # kind of the credentials in a device log entry
INSTALL_CODE_OCTETS = 16
DEVICE_LOG_TYPE = 0  # the only device type that public CCS01 messages show


def _clock(fields: Fields) -> Values:
    """ECS70: preset adjusting time, valid from the current time for the tolerance."""
    start = fields["CurrentDateTime"]
    end = start + fields["TolerancePeriod"]
    times = (date_time.NEVER, date_time.encode(start), date_time.encode(end))
    return (structure(*((axdr.OCTET_STRING, time) for time in times)),)


def _power_thresholds(fields: Fields) -> Values:
    names = ("LowMediumPowerThreshold", "MediumHighPowerThreshold")
    return ((axdr.ARRAY, tuple((axdr.DOUBLE_LONG_UNSIGNED, fields[name]) for name in names)),)


def _import_mpans(fields: Fields) -> Values:
    mpans = fields.get("ImportMPANs")
    if mpans is None:
        raise DecodeError("an electricity meter has MPANs, no MPRN")
    numbers = (mpans["ImportMPAN"], mpans.get("SecondaryImportMPAN", ""))
    return ((axdr.OCTET_STRING, b"".join(_digits(number) for number in numbers if number)),)


def _export_mpan(fields: Fields) -> Values:
    return ((axdr.OCTET_STRING, _digits(fields["ExportMPAN"])),)


def _digits(mpan: str) -> bytes:
    if not (mpan.isascii() and mpan.isdigit()):
        raise DecodeError("an MPAN has 13 digits")
    return mpan.encode()


def _add_to_device_log(fields: Fields) -> Values:
    details = fields.get("AddDeviceToCHFWhitelist")
    if details is None:
        raise DecodeError("a device is added with AddDeviceToCHFWhitelist")
    if len(details["InstallCode"]) != INSTALL_CODE_OCTETS:
        raise DecodeError("the device log takes an install code of 16 octets")
    entry = structure(
        (axdr.OCTET_STRING, fields["DeviceID"]),
        (axdr.ENUM, INSTALL_CODE),
        (axdr.OCTET_STRING, details["InstallCode"]),
        (axdr.ENUM, DEVICE_LOG_TYPE),
    )
    return entry, (axdr.LONG_UNSIGNED, details["JoinTimePeriod"])


def _remove_from_device_log(fields: Fields) -> Values:
    if "AddDeviceToCHFWhitelist" in fields:
        raise DecodeError("a device is removed without AddDeviceToCHFWhitelist")
    return ((axdr.OCTET_STRING, fields["DeviceID"]),)


_VALUES: tuple[tuple[int, Callable[[Fields], Values]], ...] = (
    (0x0001, _add_to_device_log),
    (0x0002, _remove_from_device_log),
    (0x0047, _power_thresholds),
    (0x004C, _import_mpans),
    (0x004D, _export_mpan),
    (0x0062, _clock),
)


def values(message_code: int, fields: Fields) -> Values:
    """The data of the command's members; DecodeError when the fields do not fit each other."""
    for code, function in _VALUES:
        if code == message_code:
            return function(fields)
    return ()


def period(fields: Fields) -> Period | None:
    """The period of a log, None when the request reads none; DecodeError when it is reversed."""
    asked = fields.get("ReadLogPeriod")
    if asked is None:
        return None
    start, end = asked["StartDateTime"], asked["EndDateTime"]
    if not 0 <= start <= end < 2**32:
        raise DecodeError("the log period has to start before it ends, and after 1999")
    return Period(start, end)
