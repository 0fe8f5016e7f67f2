"""Rows of logs as the ZCL commands that publish them; what is published is the payload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.dlms.data import OCTET_STRING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smets.meter.rows import Layout

# commands to the client
PUBLISH_SNAPSHOT = 0x06  # Metering
PUBLISH_PREPAY_SNAPSHOT = 0x01  # Prepayment
GET_SAMPLED_DATA_RESPONSE = 0x07  # Metering
PUBLISH_EVENT_LOG = 0x01  # Events

# snapshot payload types
BLOCK_TIERS = 6  # Block Tier Information Set Delivered (No Billing)
DEBT_AND_CREDIT = 0

NO_SAMPLE = b"\xff\xff\xff"
_TIERS = 4
_BLOCKS = 4
_SAMPLES_HEAD = 11
_SNAPSHOT_ROW = 40  # octets of a row that a snapshot tells
_PREPAY_ROW = 28
_IN_ONE_COMMAND = 15  # events: their number has four bits


def snapshot(row: bytes, number: int, found: int, cause: int) -> bytes:
    """A row {time, consumption, 4 tiers, 4 blocks} of 4 octets each, big-endian, as a snapshot.

    `number` is the snapshot's identifier, `found` how many there are.
    """
    words = [row[at : at + 4] for at in range(4, _SNAPSHOT_ROW, 4)]
    sums = [_little(word) + b"\x00\x00" for word in words]  # 48 bits
    out = bytearray(_snapshot_head(row, number, found, cause, BLOCK_TIERS))
    out.extend(sums[0])
    out.append(_TIERS)
    out.extend(b"".join(sums[1 : 1 + _TIERS]))
    # tiers in use in the upper four bits, block thresholds or one more in the lower
    out.append(0x10 | _BLOCKS)
    out.extend(b"".join(sums[1 + _TIERS :]))
    return bytes(out)


def prepay_snapshot(row: bytes, number: int, found: int, cause: int) -> bytes:
    """A row {time, accumulated debt, 3 debts, emergency credit, credit} as a snapshot."""
    out = _snapshot_head(row, number, found, cause, DEBT_AND_CREDIT)
    return out + b"".join([_little(row[at : at + 4]) for at in range(4, _PREPAY_ROW, 4)])


def _snapshot_head(row: bytes, number: int, found: int, cause: int, payload_type: int) -> bytes:
    head = number.to_bytes(4, "little") + _little(row[:4]) + bytes((found, 0, 1))
    return head + cause.to_bytes(4, "little") + bytes((payload_type,))


def samples(sample_id: int, sample_type: int, interval: int, rows: Iterable[bytes]) -> bytes:
    """Rows {time, amount} that are `interval` seconds apart, oldest first; a gap is no sample.

    The time of a sample is that at which it ends. `rows` are gone through twice, and not empty.
    """
    first = last = -1
    for row in rows:
        last = int.from_bytes(row[:4], "big")
        first = last if first < 0 else first
    count = (last - first) // interval + 1
    out = bytearray(_SAMPLES_HEAD + len(NO_SAMPLE) * count)  # in one piece
    out[:2] = sample_id.to_bytes(2, "little")
    out[2:6] = first.to_bytes(4, "little")
    out[6] = sample_type
    out[7:9] = min(interval, 0xFFFF).to_bytes(2, "little")  # a day does not fit into the field
    out[9:11] = count.to_bytes(2, "little")
    at = _SAMPLES_HEAD
    for row in rows:
        place = (int.from_bytes(row[:4], "big") - first) // interval * len(NO_SAMPLE)
        while at < _SAMPLES_HEAD + place:
            out[at : at + 3] = NO_SAMPLE
            at += 3
        out[at : at + 3] = bytes((row[7], row[6], row[5]))
        at += 3
    return out  # type: ignore[return-value]


def event_logs(
    layout: Layout, log_id: int, rows: list[bytes], found: int, whole: bool
) -> list[bytes]:
    """Rows {time, code, octets where the log has them} as the payloads of as few commands.

    `found` is how many rows match; `whole`: with their octets.
    """
    has_octets = whole and layout.description[-1] == OCTET_STRING
    commands = (len(rows) + _IN_ONE_COMMAND - 1) // _IN_ONE_COMMAND
    payloads = []
    for index in range(commands):
        part = rows[index * _IN_ONE_COMMAND : (index + 1) * _IN_ONE_COMMAND]
        out = bytearray(found.to_bytes(2, "little") + bytes((index, commands, len(part) << 4)))
        for row in part:
            out.append(log_id)
            out.extend(_little(row[4:6]) + _little(row[:4]))
            out.extend(row[6 : 7 + row[6]] if has_octets else b"\x00")
        payloads.append(bytes(out))
    return payloads


def _little(octets: bytes) -> bytes:
    return bytes(reversed(octets))
