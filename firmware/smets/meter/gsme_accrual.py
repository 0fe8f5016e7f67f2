"""The gas meter's accrual: consumption, profile, daily reads, billing snapshots, network data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.dlms import date_time
from smets.meter import gsme_registers as g
from smets.meter import registers as r
from smets.meter.accrual import PERIOD, Accrual

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable

    from smets.device.log import Log
    from smets.meter.accrual import Rows
    from smets.meter.gas_load import GasLoad

# the logs, in the order in which the accrual is given them
PROFILE_LOG = 0
DAILY_LOG = 1
BILLING_LOG = 2
NETWORK_LOG = 3
PREPAY_DAILY_LOG = 4
PREPAY_BILLING_LOG = 5


class GsmeAccrual(Accrual):
    """`sampling()` gives beginning, interval and number of the network data log's samples,
    `balances()` a row of the prepayment logs but for its time.
    """

    def __init__(
        self,
        registers: array[int],
        logs: list[Log],
        load: GasLoad,
        supplied: Callable[[], bool],
        sampling: Callable[[], tuple[int, int, int]],
        balances: Callable[[], bytes],
        commit: Callable[[], None],
    ) -> None:
        super().__init__(registers, logs, supplied, commit)
        self._load = load
        self._sampling = sampling
        self._balances = balances
        self._settings: tuple[int, int, int] | None = None
        self._counted = 0  # up to where anything flowed

    def forget(self) -> None:
        self._settings = None

    def _count(self, end: int) -> None:
        start = self.registers[r.ACCRUED_TO]
        number, second = divmod(start, PERIOD)
        burnt = self._load.half_hour(number)
        base = start - second
        # a sample that ends on the way finds the register as it is then
        for moment in self._sample_ends(start, end - 1) + [end]:
            until = moment - base
            share = burnt * until // PERIOD - burnt * second // PERIOD
            # nothing sets a tariff yet: the first time-of-use register counts all
            for register in (g.CONSUMPTION, g.PERIOD, g.TOU):
                r.add(self.registers, register, share)
            second = until
            if moment != end:
                self._take_sample(moment)
        self._counted = end

    def _measure(self, start: int, end: int) -> None:
        if self._counted == end:
            start = end - 1  # the earlier ones are taken
        for moment in self._sample_ends(start, end):
            self._take_sample(moment)

    def _sample_ends(self, start: int, end: int) -> list[int]:
        """The moments after `start` and up to `end` at which samples end."""
        if self._settings is None:
            self._settings = self._sampling()
        first, interval, count = self._settings
        record = self.registers
        if not count:
            return []
        if record[g.SAMPLING] != first:
            record[g.SAMPLING] = first
            record[g.SAMPLED] = record[g.CONSUMPTION]
        least = max(1, (start - first) // interval + 1)
        most = min(count, (end - first) // interval)
        return [first + place * interval for place in range(least, most + 1)]

    def _take_sample(self, moment: int) -> None:
        record = self.registers
        used = record[g.CONSUMPTION] - record[g.SAMPLED] & 0xFFFFFFFF
        record[g.SAMPLED] = record[g.CONSUMPTION]
        self._append(NETWORK_LOG, moment, moment.to_bytes(4, "big") + used.to_bytes(4, "big"))

    # Rows

    def _period_rows(self, end: int) -> Rows:
        row = end.to_bytes(4, "big") + r.octets(self.registers, g.PERIOD, 1)
        self.registers[g.PERIOD] = 0
        return [(PROFILE_LOG, row)]

    def _day_rows(self, midnight: int) -> Rows:
        time = midnight.to_bytes(4, "big")
        row = time + r.octets(self.registers, g.CONSUMPTION, 1 + g.TOU_COUNT + g.BLOCK_COUNT)
        balances = time + self._balances()
        rows = [(DAILY_LOG, row), (PREPAY_DAILY_LOG, balances)]
        if date_time.civil(midnight)[2] == 1:  # the billing calendar is monthly
            rows += [(BILLING_LOG, row), (PREPAY_BILLING_LOG, balances)]
        return rows
