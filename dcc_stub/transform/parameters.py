"""The values a service request gives its command, by message code: DUIS fields to DLMS data."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dcc_stub.duis.elements import Fields
from dcc_stub.transform import device_logs
from dcc_stub.transform.asked import Asked
from dcc_stub.transform.dlms import Period, structure
from dcc_stub.transform.errors import NotKnownError
from smets.codec.errors import DecodeError
from smets.dlms import data as axdr
from smets.dlms import date_time

if TYPE_CHECKING:
    from smets.dlms.data import Data

Values = tuple["Data", ...]

INSTALL_CODE = 1  # kind of the credentials in a device log entry
INSTALL_CODE_OCTETS = 16
DEVICE_LOG_TYPE = 0  # the only device type that public CCS01 messages show


def _clock(asked: Asked) -> Values:
    """ECS70: preset adjusting time, valid from the current time for the tolerance."""
    fields = asked.fields
    start = fields["CurrentDateTime"]
    end = start + fields["TolerancePeriod"]
    times = (date_time.NEVER, date_time.encode(start), date_time.encode(end))
    return (structure(*((axdr.OCTET_STRING, time) for time in times)),)


def _power_thresholds(asked: Asked) -> Values:
    fields = asked.fields
    names = ("LowMediumPowerThreshold", "MediumHighPowerThreshold")
    return ((axdr.ARRAY, tuple((axdr.DOUBLE_LONG_UNSIGNED, fields[name]) for name in names)),)


def _import_mpans(asked: Asked) -> Values:
    mpans = asked.fields.get("ImportMPANs")
    if mpans is None:
        raise DecodeError("an electricity meter has MPANs, no MPRN")
    numbers = (mpans["ImportMPAN"], mpans.get("SecondaryImportMPAN", ""))
    return ((axdr.OCTET_STRING, b"".join(digits(number) for number in numbers if number)),)


def _export_mpan(asked: Asked) -> Values:
    return ((axdr.OCTET_STRING, digits(asked.fields["ExportMPAN"])),)


def digits(mpxn: str) -> bytes:
    """An MPAN or MPRN as a meter keeps it; DecodeError when it is none."""
    if not (mpxn.isascii() and mpxn.isdigit()):
        raise DecodeError("an MPAN or MPRN consists of digits")
    return mpxn.encode()


def _add_to_device_log(asked: Asked) -> Values:
    fields = asked.fields
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


def _remove_from_device_log(asked: Asked) -> Values:
    fields = asked.fields
    if "AddDeviceToCHFWhitelist" in fields:
        raise DecodeError("a device is removed without AddDeviceToCHFWhitelist")
    return ((axdr.OCTET_STRING, fields["DeviceID"]),)


def _restored_device_log(asked: Asked) -> Values:
    """CCS03: the log of the old hub as its last alert told it."""
    if not asked.backup:
        raise NotKnownError("no alert has told the old hub's device log")
    return (device_logs.restore(device_logs.told(asked.backup)),)


_VALUES: tuple[tuple[int, Callable[[Asked], Values]], ...] = (
    (0x0001, _add_to_device_log),
    (0x0002, _remove_from_device_log),
    (0x0003, _restored_device_log),
    (0x0047, _power_thresholds),
    (0x004C, _import_mpans),
    (0x004D, _export_mpan),
    (0x0062, _clock),
)


def values(message_code: int, asked: Asked) -> Values:
    """The data of the command's members; DecodeError when the fields do not fit each other."""
    for code, function in _VALUES:
        if code == message_code:
            return function(asked)
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
