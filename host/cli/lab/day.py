"""The demonstration: one meter installed, commissioned, read for a day, and settled."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

from dcc_stub.user.exchange import Exchange
from host.boards.vm import HEAP_GATE, Vm
from host.cli.lab.clock import utc
from host.cli.lab.lab import Lab, LabError
from host.settlement import runs
from host.settlement.components import Direction
from host.settlement.mpan import mpan_core
from host.settlement.periods import day_bounds
from host.settlement.reads import HalfHourRead
from host.settlement.registration import Registration
from host.settlement.runs import FinishedRun
from host.settlement.store import SettlementStore
from keys import parties
from smets.dlms import data as axdr
from smets.meter.load import Load

SETTLEMENT_FILE = "settlement.duckdb"
METER = parties.ESME
HALF_HOUR = 1800
DAY_AT_MOST = 50 * HALF_HOUR
FIRST_REGISTRATION = date(2000, 1, 2)
MPAN = mpan_core("12", 1)
SUPPLIER = "HANL"
LLF_CLASS = "100"
INSTALL_CODE = "83FED3407A939723A5C639B26916D505"


@dataclass(frozen=True)
class Step:
    """A step that is done: its name, what came of it, and how long it took."""

    name: str
    detail: str
    seconds: float


@dataclass
class Outcome:
    """What the day brought."""

    vm: str = ""
    heap_bytes: int = HEAP_GATE
    steps: list[Step] = field(default_factory=list)
    read_wh: list[int] = field(default_factory=list)
    meter_wh: list[int] = field(default_factory=list)
    half_hours: Exchange | None = None
    registers: Exchange | None = None
    settled: FinishedRun | None = None
    seconds: float = 0.0

    def document(self) -> dict[str, Any]:
        """The outcome as one JSON document."""
        assert self.settled is not None
        result = self.settled.result.to_json()
        wanted = ("date", "run", "periods", "supplier_wh", "group_take_wh")
        return {
            "meter": {"eui": METER.eui.hex(), "vm": self.vm, "heap_bytes": self.heap_bytes},
            "steps": [asdict(step) for step in self.steps],
            "read_wh": self.read_wh,
            "meter_wh": self.meter_wh,
            "settled": {name: result[name] for name in wanted},
            "seconds": round(self.seconds, 3),
        }


class Day:
    """Runs the demonstration in a lab; `show` gets each step as it is done."""

    def __init__(self, lab: Lab, vm: Vm, day: date, seed: int, show: Callable[[Step], None]):
        self._lab = lab
        self._vm = vm
        self._day = day
        self._seed = seed
        self._show = show
        self.outcome = Outcome(vm=f"{vm.name} {vm.version}")

    async def run(self) -> Outcome:
        """Every step in order."""
        started = time.monotonic()
        await self._start()
        await self._install()
        await self._live()
        await self._read()
        self._settle()
        self.outcome.seconds = time.monotonic() - started
        return self.outcome

    @contextmanager
    def _step(self, name: str) -> Iterator[list[str]]:
        started = time.monotonic()
        detail: list[str] = []
        yield detail
        step = Step(name, " ".join(detail), round(time.monotonic() - started, 3))
        self.outcome.steps.append(step)
        self._show(step)

    async def _start(self) -> None:
        lab = self._lab
        with self._step("keys") as said:
            devices = (METER, parties.CHF, parties.GPF)
            made = lab.make_keys(self._day - timedelta(days=30), devices)
            said.append(f"{made} sets of test keys: root, issuing, broker, suppliers, devices")
        with self._step("DCC stub") as said:
            await lab.start_dcc()
            said.append(f"http://127.0.0.1:{lab.dcc.port}/api/v1/serviceS, serviceT, serviceD")
        with self._step("hub") as said:
            await lab.start_hub()
            said.append(f"communications hub {parties.CHF.eui.hex()} on the WAN")
        with self._step("board") as said:
            lab.start_board(self._vm, METER, self._seed.to_bytes(8, "big"))
            said.append(f"firmware in MicroPython {self._vm.version} {self._vm.name}")

    async def _install(self) -> None:
        lab = self._lab
        with self._step("12.2") as said:
            await lab.send("12.2", METER.eui)
            said.append("device pre-notification of the meter")
        with self._step("8.11") as said:
            asked = {
                "DeviceID": METER.eui.hex("-").upper(),
                "RequestType": "Add",
                "AddDeviceToCHFWhitelist.JoinTimePeriod": "90",
                "AddDeviceToCHFWhitelist.InstallCode": INSTALL_CODE,
                "AddDeviceToCHFWhitelist.ImportMPxN": MPAN,
            }
            await lab.send("8.11", parties.CHF.eui, asked)
            said.append("CCS01: the meter is in the hub's device log")
        with self._step("join") as said:
            await lab.joined(METER)
            await lab.move_to(lab.clock())
            status = await lab.hub.status(METER.eui.hex())
            said.append(f"the meter is on the HAN, {status['heap_free']} octets of heap free")
        with self._step("6.21") as said:
            await lab.send("6.21", METER.eui)
            said.append("CS02b: from the broker's credentials to the supplier's")
        with self._step("8.1.1") as said:
            await lab.send("8.1.1", METER.eui)
            said.append("ECS70, signed: clock set, the meter is commissioned")

    async def _live(self) -> None:
        lab = self._lab
        start, end = day_bounds(self._day)
        with self._step("day") as said:
            for moment in range(lab.clock() + HALF_HOUR, end + HALF_HOUR + 1, HALF_HOUR):
                await lab.move_to(moment)
            await lab.send("4.16", METER.eui)  # answered behind the last half hour
            said.append(f"{(end - start) // HALF_HOUR} half hours pass for all parts")

    async def _read(self) -> None:
        lab = self._lab
        start, end = day_bounds(self._day)
        with self._step("4.1.1") as said:
            self.outcome.registers = await lab.send("4.1.1", METER.eui)
            said.append("ECS17b, encrypted: import registers")
        with self._step("4.8.1") as said:
            asked = {"StartDateTime": _text(start), "EndDateTime": _text(end)}
            self.outcome.half_hours = await lab.send("4.8.1", METER.eui, asked)
            rows = half_hours(self.outcome.half_hours)
            self._hand_over(rows, end)
            self.outcome.read_wh = [wh for ends, wh in rows if ends > start]
            said.append(f"ECS22b, encrypted: {len(rows)} rows, handed over for settlement")

    def _hand_over(self, rows: list[tuple[int, int]], end: int) -> None:
        with SettlementStore(self._lab.folder / SETTLEMENT_FILE) as store:
            store.registrations.register(
                Registration(MPAN, SUPPLIER, LLF_CLASS, effective_from=FIRST_REGISTRATION)
            )
            reads = [
                HalfHourRead.from_log_row(MPAN, METER.eui, Direction.IMPORT, ends, wh)
                for ends, wh in rows
                if ends > end - DAY_AT_MOST
            ]
            handed_over = store.hand_over(reads, self._lab.clock())
            if handed_over.rejected:
                raise LabError(f"settlement rejects {handed_over.rejected} reads: {reads[0]}")

    def _settle(self) -> None:
        with self._step("settle") as said:
            with SettlementStore(self._lab.folder / SETTLEMENT_FILE) as store:
                self.outcome.settled = runs.run(store, self._day, seed=self._seed)
            start, end = day_bounds(self._day)
            load = Load(self._seed.to_bytes(8, "big"))
            self.outcome.meter_wh = [
                load.half_hour(moment // HALF_HOUR)[0] for moment in range(start, end, HALF_HOUR)
            ]
            if self.outcome.meter_wh != self.outcome.read_wh:
                raise LabError("what was read is not what the meter measured")
            said.append("SF run: the supplier's volume corrected to the group take")


def half_hours(exchange: Exchange) -> list[tuple[int, int]]:
    """(end in seconds since 2000, Wh) of each row of a half-hour profile response."""
    assert exchange.opened is not None
    (rows,) = [axdr.decode(plaintext)[1] for plaintext in exchange.opened.plaintexts]
    (log,) = rows
    return [(ends[1], wh[1]) for _, (ends, wh, *_rest) in axdr.expand(log[1])]


def _text(moment: int) -> str:
    return utc(moment).strftime("%Y-%m-%dT%H:%M:%SZ")
