"""The GPF of a replay: what the meter behind it has reported."""

from __future__ import annotations

from host.conformance.replayed_function import ReplayedFunction, octets
from host.hub import functions
from host.hub.consumption import DAY, HALF_HOUR
from host.hub.database import Database
from host.hub.gpf import SYNCHRONISED, TIME_STATUS
from host.hub.gpf_alerts import Gpf
from smets.codec.reader import Reader
from smets.gbcs.roles import GSME
from smets.zigbee import zcl_data
from smets.zigbee.clusters import TIME

METER = "00db1234567890a1"
INTERVALS = {0: HALF_HOUR, 5: DAY}  # between the rows of logs, by number
ROW = 8  # octets: the end of an interval, and what was counted in it


class ReplayedGpf(ReplayedFunction):
    """It mirrors one meter."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.device_log.add(METER, GSME)
        self.mirror = self.device_log.mirror
        self.clock_is_reliable = False  # reference certificates are of other years

    def make(self) -> Gpf:
        function = functions.make_gpf(self.database, self.device_log, self.eui)
        function.objects.clock_is_reliable = self.clock_is_reliable
        return function

    def word_attribute(self, cluster: str, attribute: str, data: str) -> None:
        reader = Reader(octets(data))
        value = zcl_data.read(reader, reader.octet())
        self.mirror.put_attributes(METER, int(cluster), {int(attribute): value}, self.now)
        if (int(cluster), int(attribute)) == (TIME, TIME_STATUS):
            self.clock_is_reliable = bool(value & SYNCHRONISED)

    def word_log(self, cluster: str, number: str, rows: str) -> None:
        interval = INTERVALS.get(int(number), 0)
        if not interval:
            return
        stored = octets(rows)
        total = 0
        for start in range(0, len(stored), ROW):
            at = int.from_bytes(stored[start : start + 4], "big")
            if not start:
                self.mirror.consumption.put(METER, at - interval, total)
            total += int.from_bytes(stored[start + 4 : start + ROW], "big")
            self.mirror.consumption.put(METER, at, total)
