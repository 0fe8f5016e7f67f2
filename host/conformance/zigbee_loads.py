"""What a device is told beforehand so that a GBZ command meets what its response reports."""

from __future__ import annotations

from collections.abc import Iterator

from host.conformance.loads import Load
from host.conformance.payloads import use_case_of
from smets.codec.reader import Reader
from smets.device.zigbee_access import DEFAULT_RESPONSE, READ_ATTRIBUTES_RESPONSE
from smets.device.zigbee_objects import HARDWARE_FAILURE, NOT_FOUND, SUCCESS
from smets.dlms import date_time
from smets.gbcs.gbz import Component, Gbz
from smets.gbcs.message import Message
from smets.zigbee import clusters_text, zcl_data
from smets.zigbee.clusters import EVENTS, METERING, PREPAYMENT, TIME

CLUSTER_COMMAND = 0x01  # frame control
NOT_CARRIED_OUT = 0xFF  # the command of a default response

SUPPLY_STATUS = 0x0014
TIME_STATUS = 0x0001
SYNCHRONISED = b"\x18\x02"
NOT_SYNCHRONISED = b"\x18\x00"
READING_SNAPSHOT_TIME = 0x0007
# bits of the clock status of a response's date-time
UNRELIABLE = 0x02
GSME_CLOCK = 0x04  # a GPF tells when the meter read what it has mirrored

# logs as the gas meter's table numbers them, by the snapshot's cause or the sample's identifier
SNAPSHOT_LOGS = {1: 1, 2: 2}
SAMPLE_LOGS = {0: 0, 1: 5, 2: 3}
DAYS, DAY = 1, 86400  # a day is too long for the field of the interval

# the answers that say that a command failed, by cluster and command: (to what, payload)
FAILED = {(EVENTS, 0x02): (0x01, b"\x00"), (METERING, 0x0D): (0x07, b"\xff\xff")}

CHANGES = 4  # the log whose rows have cause and identifier behind them
ROW_SIZES = {METERING: 40, PREPAYMENT: 28}  # of snapshots, in other logs

Rows = dict[tuple[int, int], bytearray]


def values(command: Message, response: Message, plaintexts: list[bytes]) -> Iterator[Load]:
    """Attributes, rows and faults of the clusters that a GBZ command names."""
    if use_case_of(command).clock_status_response:
        status = response.header.date_time[-1]
        time_status = NOT_SYNCHRONISED if status & UNRELIABLE else SYNCHRONISED
        yield Load("attribute", (TIME, TIME_STATUS, time_status))
    opened = iter(plaintexts)
    rows: Rows = {}
    for component in Gbz.decode(response.payload).components:
        payload = component.payload if component.frame_counter is None else next(opened)
        control, _, code = component.zcl_header
        if control & CLUSTER_COMMAND:
            yield from _published(component, payload, rows)
        elif code == READ_ATTRIBUTES_RESPONSE:
            yield from _attributes(component.cluster, payload)
        elif code == DEFAULT_RESPONSE:
            yield from _status(component, payload, rows)
    for (cluster, number), octets in rows.items():
        yield Load("log", (cluster, number, bytes(octets)))
    moment = response.header.date_time
    if moment and moment[-1] & GSME_CLOCK and moment[-1] != date_time.UNDEFINED:
        # behind what was read then
        read_at = b"\xe2" + date_time.decode(moment).to_bytes(4, "little")
        yield Load("attribute", (METERING, READING_SNAPSHOT_TIME, read_at))


def _status(component: Component, payload: bytes, rows: Rows) -> Iterator[Load]:
    command, status = payload
    if command != NOT_CARRIED_OUT and status not in {SUCCESS, NOT_FOUND}:
        yield _fault(component, command, status)
        for (cluster, number), octets in rows.items():
            if cluster == component.cluster:  # what could not be read is there
                size = ROW_SIZES[cluster] + (8 if number == CHANGES else 0)
                octets.extend(octets[-size:])


def _fault(component: Component, command: int, status: int) -> Load:
    sequence = component.zcl_header[1]
    return Load("command_fault", (component.cluster, command, sequence, status))


def _attributes(cluster: int, payload: bytes) -> Iterator[Load]:
    reader = Reader(payload)
    while reader.remaining():
        attribute, status = reader.little(2), reader.octet()
        if status:
            yield Load("attribute_fault", (cluster, attribute, status))
            continue
        start = reader.position
        zcl_data.read(reader, reader.octet())
        yield Load("attribute", (cluster, attribute, reader.since(start)))


def _published(component: Component, payload: bytes, rows: Rows) -> Iterator[Load]:
    """What a command tells of rows goes into `rows`."""
    cluster, code = component.cluster, component.zcl_header[2]
    if FAILED.get((cluster, code), (0, b""))[1] == payload:
        yield _fault(component, FAILED[cluster, code][0], HARDWARE_FAILURE)
        return
    command = clusters_text.load().command(cluster, True, code)
    if command is None:
        return
    name = command.name
    if name == "SupplyStatusResponse":
        yield Load("attribute", (cluster, SUPPLY_STATUS, b"\x30" + payload[-1:]))
    elif name == "GetSampledDataResponse":
        sample_id, start, _, interval, _, samples = command.decode(payload)
        if sample_id in SAMPLE_LOGS:
            log = rows.setdefault((METERING, SAMPLE_LOGS[sample_id]), bytearray())
            interval = DAY if sample_id == DAYS else interval
            for at, (amount,) in enumerate(samples):
                log += (start + at * interval).to_bytes(4, "big") + amount.to_bytes(4, "big")
    elif name in {"PublishSnapshot", "PublishPrepaySnapshot"}:
        identifier, time, _, _, _, cause, _, snapshot = command.decode(payload)
        number = SNAPSHOT_LOGS.get(cause, CHANGES)
        log = rows.setdefault((cluster, number), bytearray())
        log += time.to_bytes(4, "big") + _columns(cluster, snapshot)
        if number == CHANGES:
            log += cause.to_bytes(4, "big") + identifier.to_bytes(4, "big")


def _columns(cluster: int, snapshot: bytes) -> bytes:
    """The row behind its time, as the gas meter keeps it."""
    reader = Reader(snapshot)
    if cluster == PREPAYMENT:
        counts, size = [6], 4
    else:
        counts, size = [1, 4, 4], 6  # consumption; tiers and blocks behind their numbers
    out = bytearray()
    for place, count in enumerate(counts):
        if place:
            reader.octet()
        for _ in range(count):
            out += reader.little(size).to_bytes(4, "big")
    return bytes(out)
