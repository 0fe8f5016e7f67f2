"""Lives of a meter, and what must be true after each: nothing lost, nothing counted twice."""

from smets.meter import esme_accrual as accrual
from smets.meter import registers as r
from smets.meter.esme import MEASUREMENT_LOGS
from tests.smets.meter import support
from tests.smets.meter.power import CutFlash, PowerCut

START = 5478 * 86400 + 30000  # some time on 2014-12-31
SCRIPT = bytes((0, 0, 10, 0, 106, 255))
IMPORT = bytes((0, 0, 94, 44, 34, 10))
LAST = 0xFFFFFFFF

# time that passes at a step, in seconds
STEPS = (1, 37, 600, 1799, 1800, 3601, 7200, 20000, 43200, 90000, 200000)
ECONOMY_7 = bytes.fromhex(
    "0101 0202 1101 0103 0203 090400000000 090600000a0064ff 120001"
    "0203 0904001e0000 090600000a0064ff 120002 0203 0904071e0000 090600000a0064ff 120001".replace(
        " ", ""
    )
)
BLOCKS = bytes.fromhex(
    "0101 0202 1101 0102 0203 090400000000 090600000a0064ff 120065"
    "0203 09040c0f0000 090600000a0064ff 120066".replace(" ", "")
)
TARIFF = bytes((0, 0, 13, 0, 0, 255))


def rows(meter, number):
    return list(meter.state.log(MEASUREMENT_LOGS[number])[1].select(0, LAST))


def word(row, number):
    """Column `number` of a row of u32; the time is column 0."""
    return int.from_bytes(row[4 * number : 4 * number + 4], "big")


def violations(meter):
    """What is not as it must be, as a list of sentences; the logs must reach back to the start."""
    found = []
    record = meter.registers
    imports = rows(meter, accrual.IMPORT_LOG)
    quantities = (
        (imports, 1),
        (rows(meter, accrual.REACTIVE_LOG), 1),
        (rows(meter, accrual.EXPORT_LOG), 1),
        (rows(meter, accrual.EXPORT_LOG), 2),
    )
    for i in range(r.QUANTITIES):
        log, column = quantities[i]
        counted = sum([word(row, column) for row in log]) + record[r.PERIOD + i]
        if counted != record[r.IMPORT + i]:
            found.append(f"half hours hold {counted}, register {i} has {record[r.IMPORT + i]}")
    tou = sum([record[r.TOU + i] for i in range(r.TOU_COUNT)])
    if tou != record[r.IMPORT]:
        found.append(f"time-of-use registers hold {tou} of {record[r.IMPORT]}")
    for number in range(len(MEASUREMENT_LOGS)):
        times = [word(row, 0) for row in rows(meter, number)]
        if times != sorted(set(times)):
            found.append(f"log {number} has rows twice or out of order")
    return found + _daily_violations(meter, imports)


def _daily_violations(meter, imports):
    found = []
    consumption = rows(meter, accrual.CONSUMPTION_LOG)
    for row in consumption:
        midnight = word(row, 0)
        day = [word(one, 1) for one in imports if midnight - 86400 < word(one, 0) <= midnight]
        if sum(day) != word(row, 1):
            found.append(f"day to {midnight}: {sum(day)} in half hours, row {word(row, 1)}")
    daily = rows(meter, accrual.DAILY_LOG)
    for i in range(1, len(daily)):
        before, after = daily[i - 1], daily[i]
        used = [word(row, 1) for row in consumption if word(row, 0) == word(after, 0)]
        if [word(after, 1) - word(before, 1)] != used:
            found.append(f"daily reads and consumption differ at {word(after, 0)}")
    for row in daily:
        if sum([word(row, 2 + i) for i in range(r.TOU_COUNT)]) != word(row, 1):
            found.append(f"daily read at {word(row, 0)}: time-of-use registers differ")
    return found


class Random:
    """A plain generator, the same on every interpreter."""

    def __init__(self, seed):
        self.state = seed * 7919 + 1

    def choose(self, count):
        self.state = (self.state * 1103 + 12345) % 32749
        return (self.state >> 2) % count


class Life:
    """A meter that lives through steps; `choose(n)` decides what happens."""

    def __init__(self, choose, solar=0):
        self.choose = choose
        self.solar = solar
        self.flash = CutFlash(choose)
        self.now = START
        self.cuts = 0
        self.seen = 0
        self.meter = self.make(self.flash)
        self.meter.poll(self.now)

    def make(self, flash):
        return support.meter(flash, solar=self.solar)

    def step(self):
        kind = self.choose(8)
        if kind == 0:
            self.restart(self.flash)
        elif kind == 1:
            self.now -= min(3000, self.now - START)
        elif kind == 2:
            self.flash.cut_at = self.flash.writes + self.choose(40)
        try:
            if kind == 3:
                self.switch()
            elif kind == 4:
                self.change()
            elif kind == 5:
                self.read()
            else:
                self.now += STEPS[self.choose(len(STEPS))]
                self.meter.poll(self.now)
        except PowerCut:
            self.cuts += 1
            self.restart(self.flash.after_cut())

    def read(self):
        """A register is never seen to go back."""
        data = self.meter.get(1, IMPORT, 2, self.now)
        seen = int.from_bytes(data[3:7], "big")
        if seen < self.seen:
            raise AssertionError(f"register read as {self.seen}, then as {seen}")
        self.seen = seen

    def change(self):
        self.meter.load(20, TARIFF, 5, (ECONOMY_7, BLOCKS)[self.choose(2)], self.now)

    def switch(self):
        changes = []
        data = b"\x12" + (0x33, 0x34, 0x36)[self.choose(3)].to_bytes(2, "big")
        self.meter.act(9, SCRIPT, 1, data, self.now, changes)
        self.meter.state.store.commit(changes)

    def restart(self, flash):
        self.flash = flash
        self.meter = self.make(flash)

    def live(self, steps):
        for _ in range(steps):
            self.step()
        self.settle()

    def settle(self):
        """Lets the last step be whole: what a cut left half done is made good at the start."""
        self.flash.cut_at = None
        self.restart(self.flash)
        self.wake()

    def wake(self):
        self.meter.get(8, bytes((0, 0, 1, 0, 0, 255)), 2, self.now)
