"""The objects of the CHF: its device logs, its event and security logs, what it is (CHTS)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from host.hub.device_log import DeviceLog, Status
from host.hub.event_log import EventLog
from host.hub.function_objects import FunctionObjects
from smets.codec.errors import DecodeError
from smets.device.objects import OBJECT_UNDEFINED, OTHER_REASON, TYPE_UNMATCHED, AccessFailure
from smets.dlms import data as axdr
from smets.dlms import date_time
from smets.gbcs.alerts import CHF_DEVICE_LOG_CHANGED

if TYPE_CHECKING:
    from smets.device.objects import Changes

DEVICE_LOG = 104, bytes.fromhex("00001e0300ff")  # 0-0:30.3.0.255
HISTORIC_LOG = 104, bytes.fromhex("00001e0301ff")  # 0-0:30.3.1.255
EVENT_LOG = 7, bytes.fromhex("0000636200ff")  # 0-0:99.98.0.255
SECURITY_LOG = 7, bytes.fromhex("0000636201ff")  # 0-0:99.98.1.255
IDENTIFIER = 1, bytes.fromhex("0000600101ff")  # 0-0:96.1.1.255
MODEL_TYPE = 1, bytes.fromhex("0000600104ff")  # 0-0:96.1.4.255
MANUFACTURER = 1, bytes.fromhex("0000600106ff")  # 0-0:96.1.6.255
FIRMWARE_VERSION = 1, bytes.fromhex("0000000201ff")  # 0-0:0.2.1.255

EUI_LENGTH = 8
INSTALL_CODE_CREDENTIALS = 1
KEY_LENGTH = 16  # of an install code, and of a hashed link key

# status of an active device (class 104), from the first bit of its octet
AUTHORISED, REPORTING, TAKEN_OVER, SMART_ENERGY = 0x80, 0x40, 0x10, 0x08
APPLICATION_VERSION = STACK_VERSION = 1
SATURDAY = 6
NO_SIGNAL = (-128, -128, -128)
NO_QUALITY = (0, 0, 0)


@dataclass(frozen=True)
class Identity:
    """What the hub says of itself."""

    eui: bytes
    model_type: bytes = b"hanlabCH"
    manufacturer: bytes = b"HLB"
    firmware_version: bytes = bytes.fromhex("00000001")


class ChfObjects(FunctionObjects):
    """All in the same transaction as the function's store."""

    def __init__(
        self,
        identity: Identity,
        device_log: DeviceLog,
        event_log: EventLog,
        security_log: EventLog,
    ) -> None:
        super().__init__(security_log)
        self.device_log = device_log
        self.event_log = event_log
        # The command that is carried out now: which device it has listed, for how long it may join
        self._registered = ""
        self._join_timeout = 0
        # by class, logical name, number
        self._gets: dict[tuple[int, bytes, int], Callable[[], axdr.Data]] = {
            (*DEVICE_LOG, 4): self._active_devices,
            (*IDENTIFIER, 2): lambda: (axdr.OCTET_STRING, identity.eui),
            (*MODEL_TYPE, 2): lambda: (axdr.OCTET_STRING, identity.model_type),
            (*MANUFACTURER, 2): lambda: (axdr.OCTET_STRING, identity.manufacturer),
            (*FIRMWARE_VERSION, 2): lambda: (axdr.OCTET_STRING, identity.firmware_version),
        }
        self._logs = {(*EVENT_LOG, 2): event_log, (*SECURITY_LOG, 2): security_log}
        self._sets: dict[tuple[int, bytes, int], Callable[[axdr.Data, int], None]] = {
            (*DEVICE_LOG, 2): self._enable_joining,
            (*DEVICE_LOG, 3): self._set_join_timeout,
        }
        self._methods: dict[tuple[int, bytes, int], Callable[[axdr.Data, int], axdr.Data]] = {
            (*DEVICE_LOG, 1): self._register,
            (*DEVICE_LOG, 2): self._unregister,
            (*DEVICE_LOG, 4): self._back_up,
            (*DEVICE_LOG, 5): self._restore,
            (*HISTORIC_LOG, 4): self._back_up_historic,
        }

    # What a device asks of its objects

    def has(self, class_id: int, logical_name: bytes, member: int, method: bool) -> bool:
        key = (class_id, logical_name, member)
        if method:
            return key in self._methods
        return key in self._gets or key in self._sets or key in self._logs

    def get(self, class_id: int, logical_name: bytes, attribute: int, now: int) -> bytes:
        key = (class_id, logical_name, attribute)
        if key in self._logs:
            return self._logs[key].encode()
        if key not in self._gets:
            raise AccessFailure(OBJECT_UNDEFINED)
        return axdr.encode(self._gets[key]())

    def get_range(
        self, class_id: int, logical_name: bytes, attribute: int, start: int, end: int, now: int
    ) -> bytes:
        key = (class_id, logical_name, attribute)
        if key not in self._logs:
            raise AccessFailure(OBJECT_UNDEFINED)
        return self._logs[key].encode((start, end))

    def set(
        self,
        class_id: int,
        logical_name: bytes,
        attribute: int,
        data: bytes,
        now: int,
        changes: Changes,
    ) -> None:
        key = (class_id, logical_name, attribute)
        if key not in self._sets:
            raise AccessFailure(OBJECT_UNDEFINED)
        self._sets[key](_decoded(data), now)

    def act(
        self,
        class_id: int,
        logical_name: bytes,
        method: int,
        data: bytes,
        now: int,
        changes: Changes,
    ) -> bytes:
        key = (class_id, logical_name, method)
        if key not in self._methods:
            raise AccessFailure(OBJECT_UNDEFINED)
        return axdr.encode(self._methods[key](_decoded(data), now))

    def rest(self) -> None:
        """The next command lists another device."""
        self._registered, self._join_timeout = "", 0

    def backup(self, now: int) -> axdr.Data:
        """The log as CS14 and CCS07 carry it: time, extended PAN ID, devices with their hashes."""
        return self._backup(now, self.device_log.backup())

    # CCS01

    def _register(self, data: axdr.Data, now: int) -> axdr.Data:
        """EUI-64, type of credentials, install code, and an enumeration for the device's type.

        The last one is 0 for an electricity meter in reference messages, so it is no GBCS device
        type.
        """
        self.rest()
        eui, credentials, code, device_type = _structure(data, 4)
        octets = _octets(eui, EUI_LENGTH)
        install_code = _octets(code, KEY_LENGTH)
        if credentials != (axdr.ENUM, INSTALL_CODE_CREDENTIALS) or device_type[0] != axdr.ENUM:
            raise AccessFailure(TYPE_UNMATCHED)
        if not self.device_log.expect(octets.hex(), install_code):
            raise AccessFailure(OTHER_REASON)
        self._registered = octets.hex()
        self._note(now, octets)
        return axdr.NULL_DATA

    def _set_join_timeout(self, data: axdr.Data, now: int) -> None:
        self._join_timeout = _value(data, axdr.LONG_UNSIGNED)

    def _enable_joining(self, data: axdr.Data, now: int) -> None:
        """Opens the network for the device that the same command has listed."""
        enabled = _value(data, axdr.BOOLEAN)
        if self._registered:
            seconds = self._join_timeout if enabled else 0
            self.device_log.open_window(self._registered, now, seconds)
        self.rest()

    # CCS02, CCS03

    def _unregister(self, data: axdr.Data, now: int) -> axdr.Data:
        octets = _octets(data, EUI_LENGTH)
        self.device_log.remove(octets.hex())
        self._note(now, octets)
        return axdr.NULL_DATA

    def _restore(self, data: axdr.Data, now: int) -> axdr.Data:
        """Extended PAN ID of the hub before this one, and its devices with their hashes."""
        identifier, devices = _structure(data, 2)
        extended_pan_id = _octets(identifier, EUI_LENGTH)
        if devices[0] != axdr.ARRAY:
            raise AccessFailure(TYPE_UNMATCHED)
        hashes = {}
        for device in devices[1]:
            eui, hashed = _structure(device, 2)
            hashes[_octets(eui, EUI_LENGTH).hex()] = _octets(hashed, KEY_LENGTH)
        if not self.device_log.restore(extended_pan_id, hashes):
            raise AccessFailure(OTHER_REASON)
        for taken_over in hashes:
            self._note(now, bytes.fromhex(taken_over))
        return axdr.NULL_DATA

    def _note(self, now: int, eui: bytes) -> None:
        self.event_log.append(now, CHF_DEVICE_LOG_CHANGED, eui)

    # CCS04 and CCS05, CCS06, CCS07

    def _active_devices(self) -> axdr.Data:
        entries = self.device_log.entries()
        return axdr.ARRAY, tuple(self._active_device(each.eui, each.status) for each in entries)

    def _active_device(self, eui: str, status: Status) -> axdr.Data:
        here = REPORTING | SMART_ENERGY if status == Status.JOINED else 0
        taken_over = TAKEN_OVER if self.device_log.keys.is_restored(eui) else 0
        bits = bytes((AUTHORISED | here | taken_over,))
        found = self.device_log.communications.find(eui)
        heard_at = _with_weekday(found.at) if found else date_time.NEVER
        counts = (found.hops, found.failures, found.successes) if found else (0, 0, 0)
        unsigned = (*counts, APPLICATION_VERSION, STACK_VERSION)
        return axdr.STRUCTURE, (
            (axdr.OCTET_STRING, bytes.fromhex(eui)),
            (axdr.BIT_STRING, (8, bits)),
            *((axdr.INTEGER, value) for value in (found.rssi if found else NO_SIGNAL)),
            *((axdr.UNSIGNED, value) for value in (found.lqi if found else NO_QUALITY)),
            (axdr.OCTET_STRING, heard_at),
            *((axdr.UNSIGNED, value) for value in unsigned),
        )

    def _back_up(self, data: axdr.Data, now: int) -> axdr.Data:
        _value(data, axdr.NULL)
        return self.backup(now)

    def _back_up_historic(self, data: axdr.Data, now: int) -> axdr.Data:
        _value(data, axdr.NULL)
        return self._backup(now, dict(self.device_log.keys.historic()))

    def _backup(self, now: int, hashes: dict[str, bytes]) -> axdr.Data:
        devices = (
            ((axdr.OCTET_STRING, bytes.fromhex(eui)), (axdr.OCTET_STRING, hashed))
            for eui, hashed in hashes.items()
        )
        return axdr.STRUCTURE, (
            (axdr.OCTET_STRING, date_time.encode(now)),
            (axdr.OCTET_STRING, self.device_log.keys.extended_pan_id),
            (axdr.ARRAY, tuple((axdr.STRUCTURE, device) for device in devices)),
        )


def _with_weekday(at: int) -> bytes:
    """A date-time that tells the day of the week, 1 for Monday, as these do."""
    octets = bytearray(date_time.encode(at))
    octets[4] = (at // 86400 + SATURDAY - 1) % 7 + 1  # 2000-01-01 was one
    return bytes(octets)


def _decoded(data: bytes) -> axdr.Data:
    try:
        return axdr.decode(data)
    except DecodeError:
        raise AccessFailure(TYPE_UNMATCHED) from None


def _structure(data: axdr.Data, size: int) -> tuple[axdr.Data, ...]:
    parts = _value(data, axdr.STRUCTURE)
    if len(parts) != size:
        raise AccessFailure(TYPE_UNMATCHED)
    return tuple(parts)


def _octets(data: axdr.Data, length: int) -> bytes:
    value = _value(data, axdr.OCTET_STRING)
    if len(value) != length:
        raise AccessFailure(TYPE_UNMATCHED)
    return bytes(value)


def _value(data: axdr.Data, wanted: int) -> Any:
    tag, value = data
    if tag != wanted:
        raise AccessFailure(TYPE_UNMATCHED)
    return value
