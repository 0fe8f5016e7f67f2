"""The clusters of the GPF: a gas meter's mirror, and logs that follow from it (GBCS 10.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from host.hub.consumption import DAY, HALF_HOUR
from host.hub.device_log import DeviceLog, Status
from host.hub.event_log import EventLog
from host.hub.function_objects import FunctionObjects
from host.hub.mirror_store import READ_AT, MirrorStore
from smets.device.zigbee_objects import (
    NOT_FOUND,
    UNSUPPORTED_ATTRIBUTE,
    UNSUPPORTED_COMMAND,
    ZclFailure,
)
from smets.gbcs.roles import GSME
from smets.meter import publications
from smets.zigbee import clusters_text, zcl_data
from smets.zigbee.clusters import (
    BASIC,
    CALENDAR,
    DEVICE_MANAGEMENT,
    EVENTS,
    MESSAGING,
    METERING,
    PREPAYMENT,
    PRICE,
    TIME,
)

if TYPE_CHECKING:
    from smets.device.objects import Changes
    from smets.device.zigbee_objects import Answers, Fields, Place

# status of the date-time of what is told, as bits of a DLMS clock status (GBCS 7.2.7)
GPF_CLOCK, UNRELIABLE, GSME_CLOCK = 0x00, 0x02, 0x04
TIME_STATUS, SYNCHRONISED = 0x0001, 0x02
LATEST = 0xFFFFFFFE  # of a UTC time

# snapshot causes, and the most snapshots that each has
GENERAL = 0x00000001
CAPACITIES = {GENERAL: 31}
USUAL_CAPACITY = 12

# sample identifiers, and the intervals between their samples
INTERVALS = {0: HALF_HOUR, 1: DAY}
MOST_SAMPLES = 400  # in a response

EVENT_LOG, SECURITY_LOG = 3, 4
ALL_LOGS = 0
WHOLE_EVENTS = 1  # event control
MOST_EVENTS = 60  # in a response
CLEAR_EVENT_LOG = EVENTS, 0x01, False
CLEAR_EVENT_LOG_RESPONSE = 0x02

# attributes of Device Management that GCS09 sets
TENANCY_CHANGE, TENANCY_CONTROL = 0x0200, 0x0201

# cluster, command to the server, command to the client that answers it
PUBLISHED = (
    (PRICE, 0x04, 0x02),  # conversion factor
    (PRICE, 0x05, 0x03),  # calorific value
    (PRICE, 0x06, 0x04),  # tariff information
    (PRICE, 0x07, 0x05),  # price matrix
    (PRICE, 0x08, 0x06),  # block thresholds
    (PRICE, 0x0B, 0x09),  # billing period
    (MESSAGING, 0x00, 0x00),
    (CALENDAR, 0x00, 0x00),
    (CALENDAR, 0x01, 0x01),  # day profiles
    (CALENDAR, 0x02, 0x02),  # week profiles
    (CALENDAR, 0x03, 0x03),  # seasons
    (CALENDAR, 0x04, 0x04),  # special days
    (DEVICE_MANAGEMENT, 0x01, 0x01),  # supplier, with contact details
)

_TABLE = clusters_text.load()


class GpfObjects(FunctionObjects):
    """The `ZigbeeObjects` of `smets.device`, in the transaction of the function's store.

    A meter is mirrored while it is in the device log; what it never reported is not there.
    """

    def __init__(
        self,
        eui: str,
        device_log: DeviceLog,
        mirror: MirrorStore,
        event_log: EventLog,
        security_log: EventLog,
    ) -> None:
        super().__init__(security_log)
        self.mirror = mirror
        self.event_log = event_log
        self._eui = eui
        self._device_log = device_log
        self._commands: dict[Place, Callable[[Fields, int], Answers]] = {
            (METERING, 0x06, False): self._get_snapshot,
            (METERING, 0x08, False): self._get_sampled_data,
            (PREPAYMENT, 0x07, False): self._get_prepay_snapshot,
            (EVENTS, 0x00, False): self._get_event_log,
            CLEAR_EVENT_LOG: self._clear_event_log,
            (DEVICE_MANAGEMENT, 0x00, True): self._change_tenancy,
        }
        for cluster, asked, answer in PUBLISHED:
            publications_of = partial(self._get_published, cluster, answer)
            self._commands[cluster, asked, False] = publications_of

    @property
    def meter(self) -> str:
        """EUI-64 of the meter that is mirrored; "" when there is none."""
        meters = [entry for entry in self._device_log.entries() if entry.type == GSME]
        here = [entry for entry in meters if entry.status == Status.JOINED]
        return next((entry.eui for entry in here + meters), "")

    # What a device asks of its objects

    def has_attribute(self, cluster: int, attribute: int) -> bool:
        return _TABLE.attribute(cluster, False, attribute) is not None

    def has_command(self, place: Place) -> bool:
        return place in self._commands

    def read(self, cluster: int, attribute: int, now: int) -> bytes:
        """Data type and value as the meter reported it; of the GPF itself where it is asked."""
        owner = self._eui if cluster in {BASIC, DEVICE_MANAGEMENT} else self.meter
        found = self.mirror.attribute(owner, cluster, attribute)
        known = _TABLE.attribute(cluster, False, attribute)
        if found is None or known is None:
            raise ZclFailure(UNSUPPORTED_ATTRIBUTE)
        value = bytes.fromhex(found[0]) if isinstance(found[0], str) else found[0]
        out = bytearray((known.data_type,))
        try:
            zcl_data.write(out, known.data_type, value)
        except (AttributeError, OverflowError, TypeError, ValueError):
            raise ZclFailure(UNSUPPORTED_ATTRIBUTE) from None  # reported as of another type
        return bytes(out)

    def call(self, place: Place, fields: Fields, now: int, changes: Changes) -> Answers:
        function = self._commands.get(place)
        if function is None:
            raise ZclFailure(UNSUPPORTED_COMMAND)
        return function(fields, now)

    def failed_call(self, place: Place) -> Answers:
        if place == CLEAR_EVENT_LOG:
            return [(CLEAR_EVENT_LOG_RESPONSE, b"\x00")]
        return []

    def data_time(self, message_code: int, now: int) -> tuple[int, int]:
        """When the meter read what it reported, by its clock; else when it came, by the hub's."""
        read_at = self._number(METERING, READ_AT)
        if read_at is not None:
            status = self._number(TIME, TIME_STATUS)
            doubtful = status is not None and not status & SYNCHRONISED
            return read_at, GSME_CLOCK | (UNRELIABLE if doubtful else 0)
        came_at = self.mirror.reported_at(self.meter)
        reliable = self.knows_the_time(now)
        return (now if came_at is None else came_at), GPF_CLOCK if reliable else UNRELIABLE

    def _number(self, cluster: int, attribute: int) -> int | None:
        """What the meter reported, if it is a number that the attribute can be."""
        found = self.mirror.attribute(self.meter, cluster, attribute)
        is_one = found is not None and isinstance(found[0], int) and 0 <= found[0] <= LATEST
        return found[0] if found and is_one else None

    # Commands

    def _get_snapshot(self, fields: Fields, now: int) -> Answers:
        return [(publications.PUBLISH_SNAPSHOT, self._snapshot(METERING, fields))]

    def _get_prepay_snapshot(self, fields: Fields, now: int) -> Answers:
        return [(publications.PUBLISH_PREPAY_SNAPSHOT, self._snapshot(PREPAYMENT, fields))]

    def _snapshot(self, cluster: int, fields: Fields) -> bytes:
        """The snapshot of that number among those of a cause and time."""
        start, end, offset, cause = _numbers(fields)
        found = self.mirror.snapshots(self.meter, cause, start, end, cluster)
        found = found[-CAPACITIES.get(cause, USUAL_CAPACITY) :]
        if offset >= len(found):
            raise ZclFailure(NOT_FOUND)
        time, payload_type, payload = found[offset]
        command = _TABLE.command(cluster, True, SNAPSHOT_COMMANDS[cluster])
        assert command is not None
        return command.encode([offset, time, len(found), 0, 1, cause, payload_type, payload])

    def _get_sampled_data(self, fields: Fields, now: int) -> Answers:
        """Half hours, or days, from the earliest one asked for."""
        sample_id, earliest, sample_type, count = _numbers(fields)
        interval = INTERVALS.get(sample_id)
        if interval is None:
            raise ZclFailure(NOT_FOUND)
        consumption = self.mirror.consumption
        found = consumption.rows(self.meter, interval, earliest, min(count, MOST_SAMPLES))
        if not found:
            raise ZclFailure(NOT_FOUND)
        rows = [at.to_bytes(4, "big") + amount.to_bytes(4, "big") for at, amount in found]
        payload = publications.samples(sample_id, sample_type, interval, rows)
        return [(publications.GET_SAMPLED_DATA_RESPONSE, payload)]

    def _get_published(self, cluster: int, answer: int, fields: Fields, now: int) -> Answers:
        """What the supplier last published to the meter, whatever time is asked for."""
        payloads = self.mirror.published.payloads(self.meter, cluster, answer)
        if not payloads:
            raise ZclFailure(NOT_FOUND)
        return [(answer, payload) for payload in payloads]

    def _get_event_log(self, fields: Fields, now: int) -> Answers:
        control_and_log, event, start, end, most, offset = _numbers(fields)
        asked, control = control_and_log & 0x0F, control_and_log >> 4
        entries = [
            (log_id, *entry)
            for log_id, log in ((EVENT_LOG, self.event_log), (SECURITY_LOG, self.security_log))
            if asked in {ALL_LOGS, log_id}
            for entry in log.entries((start, end))
            if event in {0, entry[1]}
        ]
        some = entries[offset : offset + min(most or MOST_EVENTS, MOST_EVENTS)]
        if not some:
            raise ZclFailure(NOT_FOUND)
        return list(_event_logs(some, len(entries), control == WHOLE_EVENTS))

    def _clear_event_log(self, fields: Fields, now: int) -> Answers:
        """The security log cannot be cleared. A bit for each log that was."""
        if _numbers(fields)[0] & 0x0F != EVENT_LOG:
            return [(CLEAR_EVENT_LOG_RESPONSE, b"\x00")]
        self.event_log.clear()
        return [(CLEAR_EVENT_LOG_RESPONSE, bytes((1 << EVENT_LOG,)))]

    def _change_tenancy(self, fields: Fields, now: int) -> Answers:
        """GCS09: from when on the home is another consumer's."""
        _, _, _, at, control = _numbers(fields)
        values = {TENANCY_CHANGE: at, TENANCY_CONTROL: control}
        self.mirror.put_attributes(self._eui, DEVICE_MANAGEMENT, values, now)
        return []


SNAPSHOT_COMMANDS = {
    METERING: publications.PUBLISH_SNAPSHOT,
    PREPAYMENT: publications.PUBLISH_PREPAY_SNAPSHOT,
}


def _numbers(fields: Fields) -> list[int]:
    return [each for each in fields if isinstance(each, int)]


def _event_logs(
    entries: list[tuple[int, int, int, bytes]], found: int, whole: bool
) -> Iterator[tuple[int, bytes]]:
    """Entries (log, time, code, information) as few Publish Event Log commands."""
    command = _TABLE.command(EVENTS, True, publications.PUBLISH_EVENT_LOG)
    assert command is not None
    at_once = 15  # their number has four bits
    parts = [entries[at : at + at_once] for at in range(0, len(entries), at_once)]
    for index, part in enumerate(parts):
        listed: list[Any] = [
            (log_id, code, at, information if whole else b"")
            for log_id, at, code, information in part
        ]
        head = [found, index, len(parts), len(part) << 4]
        yield publications.PUBLISH_EVENT_LOG, command.encode([*head, listed])
