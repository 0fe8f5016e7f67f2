"""Lives of a gas meter, and what must be true after each: nothing lost, nothing counted twice."""

from smets.meter import gsme
from smets.meter import gsme_registers as g
from tests.smets.meter import gas_support
from tests.smets.meter.conservation import LAST, Life, word

PERIOD = 1800


def rows(meter, key):
    return list(meter.state.select(key, 0, LAST))


def violations(meter):
    """What is not as it must be, as a list of sentences; the logs must reach back to the start."""
    found = []
    record = meter.registers
    profile = rows(meter, gsme.PROFILE_LOG)
    counted = sum([word(row, 1) for row in profile]) + record[g.PERIOD]
    if counted != record[g.CONSUMPTION]:
        found.append(f"half hours hold {counted}, the register {record[g.CONSUMPTION]}")
    tou = sum([record[g.TOU + i] for i in range(g.TOU_COUNT)])
    if tou != record[g.CONSUMPTION]:
        found.append(f"time-of-use registers hold {tou} of {record[g.CONSUMPTION]}")
    for key in gsme.MEASUREMENT_LOGS:
        times = [word(row, 0) for row in rows(meter, key)]
        if times != sorted(set(times)):
            found.append(f"log {key.hex()} has rows twice or out of order")
    for row in rows(meter, gsme.DAILY_LOG) + rows(meter, gsme.BILLING_LOG):
        before = sum([word(one, 1) for one in profile if word(one, 0) <= word(row, 0)])
        if before != word(row, 1):
            found.append(f"read at {word(row, 0)}: {word(row, 1)}, half hours {before}")
        if word(row, 1) != sum([word(row, 2 + i) for i in range(g.TOU_COUNT)]):
            found.append(f"read at {word(row, 0)}: time-of-use registers differ")
    return found + _sample_violations(meter, profile)


def _sample_violations(meter, profile):
    """Samples of whole half hours are together what the profile has for these."""
    found = []
    start, interval, _ = meter.sampling()
    samples = rows(meter, gsme.NETWORK_LOG)
    first = start - start % PERIOD + PERIOD
    for row in profile:
        end = word(row, 0)
        inside = [word(one, 1) for one in samples if end - PERIOD < word(one, 0) <= end]
        whole = first <= end - PERIOD and start % interval == 0 if interval else False
        if whole and len(inside) == PERIOD // interval and sum(inside) != word(row, 1):
            found.append(f"half hour to {end}: samples {inside}, profile {word(row, 1)}")
    return found


class GasLife(Life):
    """A gas meter that lives through steps."""

    def make(self, flash):
        return gas_support.meter(flash)

    def switch(self):
        kind = self.choose(3)
        if kind == 2:
            self.meter.enable_supply(self.now)
        else:
            fields = [0, self.now, 0, 0, kind, 1]
            gas_support.call(self.meter, 0x0702, 0x0B, fields, self.now)

    def change(self):
        """Samples that divide half hours begin on one."""
        moment = self.now - self.now % 360 + 360
        self.now = moment
        gas_support.call(self.meter, 0x0702, 0x07, [0, 0, 0, 360, 41], self.now)

    def read(self):
        """The register is never seen to go back."""
        seen = gas_support.number(self.meter.read(0x0702, 0x0000, self.now))
        if seen < self.seen:
            raise AssertionError(f"register read as {self.seen}, then as {seen}")
        self.seen = seen

    def wake(self):
        self.meter.read(0x0702, 0x0014, self.now)
