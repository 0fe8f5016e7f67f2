"""What the gas meter leaves with the hub at each wake (GBCS 10.4.2): registers, settings, reads.

The register at every half hour goes to the hub, so that its profile is the meter's: the last one
with each report, those between the last report and then when wakes were missed.
"""

from __future__ import annotations

from binascii import crc32
from typing import TYPE_CHECKING

from smets.device.modules import forget
from smets.meter import gsme_registers as g
from smets.meter import registers as r
from smets.meter.accrual import PERIOD
from smets.meter.clusters import METERING, PREPAYMENT
from smets.meter.gsme import DAILY_LOG, PROFILE_LOG

if TYPE_CHECKING:
    from collections.abc import Callable

    from smets.device.store import Store
    from smets.meter.gsme import Gsme

    Reports = list[tuple[int, list[bytes]]]

# In the store: the half hour up to which the hub has the register, the day up to which it has the
# daily reads.
REPORTED = "mirror.reported"
PUBLISHED = "mirror.published"

MOST_HALF_HOURS = 48  # that are told later
MOST_DAYS = 7
GENERAL = 1  # cause of a snapshot: the daily read
DAY = 86400

PRICE = 0x0700
# What follows the consumption in each report: supply status, first tariff and block register.
LIVE = (0x0014, 0x0100, 0x0700)
# What is told when it has changed.
SETTINGS = (
    (PRICE, (0x0302, 0x0303, 0x0304, 0x0305, 0x0306, 0x0616, 0x0617)),
    (PREPAYMENT, (0x0000, 0x0001, 0x0002, 0x0005, 0x0211, 0x0221, 0x0231)),
    (
        METERING,
        (0x0102, 0x0104, 0x0106, 0x0701, 0x0702, 0x0703, 0x0205, 0x0206, 0x0300, 0x0301, 0x0302)
        + (0x0307, 0x0607, 0x0608, 0x0A00, 0x0B10, 0x0B11, 0x0B12, 0x0B13, 0x0B14, 0x0B15),
    ),
)

CONSUMPTION = 0x0000
READING_SNAPSHOT_TIME = b"\x07\x00\xe2"
PARTIAL_START = b"\x05\x04\xe2"  # CurrentPartialProfileIntervalStartTimeDelivered
PARTIAL_VALUE = b"\x07\x04\x22"  # CurrentPartialProfileIntervalValueDelivered
LARGEST_PARTIAL = 0xFFFFFF


class GsmeMirror:
    """`now` gives the meter's clock, UTC in seconds since 2000."""

    def __init__(self, meter: Gsme, store: Store, now: Callable[[], int | None]) -> None:
        self._meter = meter
        self._store = store
        self._now = now
        self._told: dict[int, int] = {}  # CRC of the settings of a cluster that the hub has
        self._telling: dict[int, int] = {}
        self._reported = 0
        self._published = 0

    def reports(self) -> Reports:
        """Cluster and attributes of each report, the running consumption last."""
        now = self._now()
        if now is None:
            return []
        live = [self._record(METERING, CONSUMPTION, now)]
        start = self._meter.registers[r.ACCRUED_TO] // PERIOD * PERIOD
        since = self._meter.registers[g.PERIOD]
        total = self._meter.registers[g.CONSUMPTION]
        self._reported = start
        reports = self._missed(start, total - since)
        reports += self._settings(now)
        live.append(PARTIAL_START + start.to_bytes(4, "little"))
        live.append(PARTIAL_VALUE + min(since, LARGEST_PARTIAL).to_bytes(3, "little"))
        live += [self._record(METERING, number, now) for number in LIVE]
        return reports + [(METERING, live)]

    def _record(self, cluster: int, number: int, now: int) -> bytes:
        return number.to_bytes(2, "little") + self._meter.read(cluster, number, now)

    def _missed(self, start: int, total: int) -> Reports:
        """The register at the half hours between the last report and `start`, oldest first."""
        last = self._stored(REPORTED)
        if not last:
            return []
        since = max(last, start - MOST_HALF_HOURS * PERIOD)
        reports: Reports = []
        for row in reversed(list(self._meter.state.select(PROFILE_LOG, since + 1, start))):
            time = int.from_bytes(row[:4], "big")
            if time < start:
                read = b"\x00\x00\x25" + total.to_bytes(6, "little")
                read_at = READING_SNAPSHOT_TIME + time.to_bytes(4, "little")
                reports.append((METERING, [read, read_at]))
            total -= int.from_bytes(row[4:8], "big")
        return list(reversed(reports))

    def _settings(self, now: int) -> Reports:
        reports: Reports = []
        self._telling = {}
        for cluster, numbers in SETTINGS:
            records = [self._record(cluster, number, now) for number in numbers]
            check = crc32(b"".join(records))
            if self._told.get(cluster) != check:
                self._telling[cluster] = check
                reports.append((cluster, records))
        return reports

    def reported(self) -> None:
        """The hub has what `reports` gave."""
        self._told.update(self._telling)
        if self._reported and self._reported != self._stored(REPORTED):
            self._store.commit([(REPORTED, self._reported.to_bytes(4, "big"))])

    def snapshots(self) -> list[bytes]:
        """Payloads of Publish Snapshot: the daily reads that the hub has not had."""
        now = self._now()
        if now is None:
            return []
        since = max(self._stored(PUBLISHED), now - MOST_DAYS * DAY)
        rows = list(self._meter.state.select(DAILY_LOG, since + 1, now))
        if not rows:
            return []
        from smets.meter import publications

        payloads = []
        for row in rows:
            time = int.from_bytes(row[:4], "big")
            payloads.append(publications.snapshot(row, time // DAY, len(rows), GENERAL))
        self._published = int.from_bytes(rows[-1][:4], "big")
        forget("smets.meter.publications")
        return payloads

    def published(self) -> None:
        """The hub has what `snapshots` gave."""
        self._store.commit([(PUBLISHED, self._published.to_bytes(4, "big"))])

    def _stored(self, name: str) -> int:
        return int.from_bytes(self._store.get(name) or b"", "big")
