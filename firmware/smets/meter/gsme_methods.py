"""Commands of the gas meter with an effect or data. Each is given the meter, the fields and the
time; what it changes it stages, it returns the ZCL commands that answer, and a status other than
success is a ZclFailure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.device.zigbee_objects import INVALID_VALUE, NOT_FOUND, ZclFailure
from smets.meter import gsme, publications
from smets.meter.accrual import LAST_MOMENT, PERIOD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from smets.device.zigbee_objects import Answers, Fields
    from smets.meter.gsme import Gsme

# commands to the client
SUPPLY_STATUS_RESPONSE = 0x0C
START_SAMPLING_RESPONSE = 0x0D
CLEAR_EVENT_LOG_RESPONSE = 0x02

# snapshot causes
GENERAL = 0x00000001
END_OF_BILLING_PERIOD = 0x00000002
CHANGE = 0x00006008  # of meter mode, of supplier, of tariff information
_SNAPSHOT_LOGS = (
    (GENERAL, gsme.DAILY_LOG),
    (END_OF_BILLING_PERIOD, gsme.BILLING_LOG),
    (CHANGE, gsme.CHANGES_LOG),
)
_PREPAY_SNAPSHOT_LOGS = (
    (GENERAL, gsme.PREPAY_DAILY_LOG),
    (END_OF_BILLING_PERIOD, gsme.PREPAY_BILLING_LOG),
    (CHANGE, gsme.PREPAY_CHANGES_LOG),
)

# sample identifiers
PROFILE = 0
NETWORK_DATA = 2
MOST_SAMPLES = 400  # in a response

COMMAND_ACTIONED = 0x8154  # event: immediate command received and successfully actioned
_GENERAL_EVENT_LOG = 3
_EVENT_LOGS = ((_GENERAL_EVENT_LOG, gsme.EVENT_LOG), (4, gsme.SECURITY_LOG))
_WHOLE_EVENTS = 1  # event control
_MOST_EVENTS = 900  # octets of events in a response

# proposed supply status, status it leads to, message code that the event names (GCS32, GCS39)
_SUPPLY = ((0, gsme.SUPPLY_OFF, b"\x00\x81"), (1, gsme.SUPPLY_ARMED, b"\x00\x85"))


def change_supply(meter: Gsme, fields: Fields, now: int) -> Answers:
    """Closes or arms the valve. To arm one that is open changes nothing."""
    provider, issuer, _, implementation, proposed, _ = _numbers(fields)
    for number, status, message_code in _SUPPLY:
        if number == proposed:
            if status != gsme.SUPPLY_ARMED or not meter.supplied():
                meter.state.stage(gsme.SUPPLY_STATUS, status)
            meter.stage_event(now, COMMAND_ACTIONED, message_code)
            answer = b"".join([_u32(each) for each in (provider, issuer, implementation)])
            after = meter.state.value(gsme.SUPPLY_STATUS)
            return [(SUPPLY_STATUS_RESPONSE, answer + after)]
    raise ZclFailure(INVALID_VALUE)


def get_snapshot(meter: Gsme, fields: Fields, now: int) -> Answers:
    """A snapshot of the daily read log or the billing data log."""
    payload = publications.snapshot(*_snapshot(meter, fields, _SNAPSHOT_LOGS))
    return [(publications.PUBLISH_SNAPSHOT, payload)]


def get_prepay_snapshot(meter: Gsme, fields: Fields, now: int) -> Answers:
    """A snapshot of the balances in the same logs."""
    payload = publications.prepay_snapshot(*_snapshot(meter, fields, _PREPAY_SNAPSHOT_LOGS))
    return [(publications.PUBLISH_PREPAY_SNAPSHOT, payload)]


def _snapshot(
    meter: Gsme, fields: Fields, logs: tuple[tuple[int, bytes], ...]
) -> tuple[bytes, int, int, int]:
    """Row, identifier of its snapshot, how many are found, and the cause."""
    start, end, offset, cause = _numbers(fields)
    for known, key in logs:
        if known == cause:
            rows = list(meter.state.select(key, start, end))
            found = len(rows)
            if key == gsme.PREPAY_DAILY_LOG:
                found = meter.state.log(key)[0].capacity  # as RTDS has it
            if offset < len(rows):
                row, number = rows[offset], offset
                if cause == CHANGE:
                    cause = int.from_bytes(row[-8:-4], "big")
                    number = int.from_bytes(row[-4:], "big")
                return row, number, found, cause
    raise ZclFailure(NOT_FOUND)


def start_sampling(meter: Gsme, fields: Fields, now: int) -> Answers:
    """Starts the network data log anew."""
    _, _, _, interval, count = _numbers(fields)
    if not interval or PERIOD % interval:
        raise ZclFailure(INVALID_VALUE)
    meter.state.stage_clear(gsme.NETWORK_LOG)
    settings = now.to_bytes(4, "big") + interval.to_bytes(2, "big") + count.to_bytes(2, "big")
    meter.state.stage(gsme.NETWORK_LOG, settings)
    return [(START_SAMPLING_RESPONSE, NETWORK_DATA.to_bytes(2, "little"))]


def get_sampled_data(meter: Gsme, fields: Fields, now: int) -> Answers:
    """Samples from the earliest one asked for: half hours, or network data."""
    sample_id, earliest, sample_type, count = _numbers(fields)
    key, interval = gsme.PROFILE_LOG, PERIOD
    if sample_id == NETWORK_DATA:
        key, interval = gsme.NETWORK_LOG, meter.sampling()[1]
    first = -1
    for row in meter.state.select(key, earliest, LAST_MOMENT):
        first = int.from_bytes(row[:4], "big")
        break
    count = min(count, MOST_SAMPLES)
    if first < 0 or not count:
        raise ZclFailure(NOT_FOUND)
    rows = _Rows(meter, key, first, first + (count - 1) * interval)
    payload = publications.samples(sample_id, sample_type, interval, rows)
    return [(publications.GET_SAMPLED_DATA_RESPONSE, payload)]


class _Rows:
    """Rows of a log, read as often as they are gone through: together they take too much room."""

    def __init__(self, meter: Gsme, key: bytes, start: int, end: int) -> None:
        self._meter = meter
        self._period = key, start, end

    def __iter__(self) -> Iterator[bytes]:
        return self._meter.state.select(*self._period)


def get_event_log(meter: Gsme, fields: Fields, now: int) -> Answers:
    """Entries of the event or the security log, as many as fit."""
    control_and_log, event, start, end, most, offset = _numbers(fields)
    log_id = control_and_log & 0x0F
    for known, key in _EVENT_LOGS:
        if known == log_id:
            rows = [
                row
                for row in meter.state.select(key, start, end)
                if not event or int.from_bytes(row[4:6], "big") == event
            ]
            layout = meter.state.log(key)[0]
            fitting = _MOST_EVENTS // (layout.row_size + 2)
            some = rows[offset : offset + min(most or fitting, fitting)]
            whole = control_and_log >> 4 == _WHOLE_EVENTS
            payloads = publications.event_logs(layout, log_id, some, len(rows), whole)
            if payloads:
                return [(publications.PUBLISH_EVENT_LOG, payload) for payload in payloads]
    raise ZclFailure(NOT_FOUND)


def clear_event_log(meter: Gsme, fields: Fields, now: int) -> Answers:
    """Clears the event log; the security log cannot be cleared. A bit for each log that was."""
    log_id = _numbers(fields)[0] & 0x0F
    if log_id != _GENERAL_EVENT_LOG:
        return [(CLEAR_EVENT_LOG_RESPONSE, b"\x00")]
    meter.state.stage_clear(gsme.EVENT_LOG)
    return [(CLEAR_EVENT_LOG_RESPONSE, bytes((1 << log_id,)))]


def _numbers(fields: Fields) -> list[int]:
    return [each for each in fields if isinstance(each, int)]


def _u32(number: int) -> bytes:
    return number.to_bytes(4, "little")


FUNCTIONS: tuple[tuple[bytes, Callable[[Gsme, Fields, int], Answers]], ...] = (
    (b"change_supply", change_supply),
    (b"get_snapshot", get_snapshot),
    (b"get_prepay_snapshot", get_prepay_snapshot),
    (b"start_sampling", start_sampling),
    (b"get_sampled_data", get_sampled_data),
    (b"get_event_log", get_event_log),
    (b"clear_event_log", clear_event_log),
)
