"""The demonstration: an electricity and a gas meter joined, read for a day, and settled."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dcc_stub.user.exchange import Exchange
from host.boards.vm import RADIO_HEAP_GATE, Vm
from host.cli.lab import gas
from host.cli.lab.clock import utc
from host.cli.lab.errors import LabError
from host.cli.lab.lab import ANSWER_WITHIN, Lab
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
from smets.meter.gas_load import GasLoad
from smets.meter.load import Load

SETTLEMENT_FILE = "settlement.duckdb"
METER, GAS_METER = parties.ESME, parties.GSME
METERS = (METER, GAS_METER)
GAS_WAKES = 2  # seconds; in a home it is half an hour
# seconds; the new certificates are 31 blocks, each polled for, and a VM verifies every one of them
CREDENTIALS_WITHIN = 60.0
HALF_HOUR = 1800
DAY_AT_MOST = 50 * HALF_HOUR
FIRST_REGISTRATION = date(2000, 1, 2)
MPAN = mpan_core("12", 1)
SUPPLIER = "HANL"
LLF_CLASS = "100"
MPRN = "1000000001"


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
    heap_bytes: int = RADIO_HEAP_GATE
    joins: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    read_wh: list[int] = field(default_factory=list)
    meter_wh: list[int] = field(default_factory=list)
    gas_read_dm3: list[int] = field(default_factory=list)
    gas_meter_dm3: list[int] = field(default_factory=list)
    capture: Path | None = None
    half_hours: Exchange | None = None
    registers: Exchange | None = None
    gas: Exchange | None = None
    settled: FinishedRun | None = None
    seconds: float = 0.0

    def document(self) -> dict[str, Any]:
        """The outcome as one JSON document."""
        assert self.settled is not None
        result = self.settled.result.to_json()
        wanted = ("date", "run", "periods", "supplier_wh", "group_take_wh")
        return {
            "meter": self._meter(METER),
            "gas_meter": self._meter(GAS_METER),
            "bellows": version("bellows"),
            "steps": [asdict(step) for step in self.steps],
            "read_wh": self.read_wh,
            "meter_wh": self.meter_wh,
            "gas_read_dm3": self.gas_read_dm3,
            "gas_meter_dm3": self.gas_meter_dm3,
            "settled": {name: result[name] for name in wanted},
            "capture": str(self.capture) if self.capture else None,
            "seconds": round(self.seconds, 3),
        }

    def _meter(self, device: parties.Device) -> dict[str, Any]:
        return {
            "eui": device.eui.hex(),
            "vm": self.vm,
            "heap_bytes": self.heap_bytes,
            "joined": {stage: round(seconds, 3) for stage, seconds in self.joins[device.type]},
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
            devices = (*METERS, parties.CHF, parties.GPF)
            made = lab.make_keys(self._day - timedelta(days=30), devices)
            said.append(f"{made} sets of test keys: root, issuing, broker, suppliers, devices")
        with self._step("DCC stub") as said:
            await lab.start_dcc()
            said.append(f"http://127.0.0.1:{lab.dcc.port}/api/v1/serviceS, serviceT, serviceD")
        with self._step("radio") as said:
            self.outcome.capture = await lab.start_radio(METERS, self._seed)
            said.append("simulated EZSP sticks in a process of their own, on one virtual air")
        with self._step("hub") as said:
            await lab.start_hub()
            said.append(f"CHF {parties.CHF.eui.hex()} on the WAN, its HAN on {_bellows()}")
        with self._step("boards") as said:
            for device in METERS:
                seed = self._seed.to_bytes(8, "big")
                lab.start_board(self._vm, device, seed, GAS_WAKES)
            said.append(f"firmware in MicroPython {self._vm.version} {self._vm.name}, twice")

    async def _install(self) -> None:
        lab = self._lab
        with self._step("12.2") as said:
            for device in (parties.CHF, *METERS):
                await lab.send("12.2", device.eui)
            said.append(
                "device pre-notification of both meters, and of the hub with its gas proxy"
            )
        with self._step("8.11") as said:
            for device, name, point in ((METER, "Import", MPAN), (GAS_METER, "Import", MPRN)):
                await lab.send("8.11", parties.CHF.eui, self._listing(device, name, point))
            said.append("CCS01: both meters and their install codes are in the hub's device log")
        with self._step("join") as said:
            await asyncio.gather(*(lab.joined(device) for device in METERS))
            for device in METERS:
                stages = self.outcome.joins[device.type] = lab.stages(device)
                said.append(f"{device.type.upper()} in {sum(took for _, took in stages):.1f} s,")
            said.append("network key by install code, link key by CBKE, tunnel")
        with self._step("6.21") as said:
            await self._both("6.21", CREDENTIALS_WITHIN)
            said.append("CS02b: from the broker's credentials to the supplier's")
        with self._step("8.7.2") as said:
            ends = parties.GPF.eui, GAS_METER.eui
            await asyncio.gather(
                *(
                    lab.send("8.7.2", one, {"OtherDeviceID": other.hex("-").upper()})
                    for one, other in (ends, ends[::-1])
                )
            )
            said.append("CS03B: the gas meter and the gas proxy function list each other")
        with self._step("8.1.1") as said:
            await self._both("8.1.1")
            said.append("ECS70 and GCS28, signed: clocks set, the meters are commissioned")

    def _listing(self, device: parties.Device, name: str, point: str) -> dict[str, str]:
        return {
            "DeviceID": device.eui.hex("-").upper(),
            "RequestType": "Add",
            "AddDeviceToCHFWhitelist.JoinTimePeriod": "600",
            "AddDeviceToCHFWhitelist.InstallCode": self._lab.install_code(device),
            f"AddDeviceToCHFWhitelist.{name}MPxN": point,
        }

    async def _both(self, variant: str, within: float = ANSWER_WITHIN) -> None:
        sent = (self._lab.send(variant, device.eui, within=within) for device in METERS)
        await asyncio.gather(*sent)

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
        with self._step("4.8.1 gas") as said:
            self.outcome.gas = await lab.send("4.8.1", GAS_METER.eui, asked)
            samples = gas.half_hours(self.outcome.gas)
            with SettlementStore(lab.folder / SETTLEMENT_FILE) as store:
                gas.hand_over(store, MPRN, GAS_METER.eui, self.outcome.gas, lab.clock())
            self.outcome.gas_read_dm3 = [dm3 for ends, dm3 in samples if start < ends <= end]
            said.append(f"GCS17, encrypted: {len(samples)} samples, fetched at the next wake")

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
            gas_load = GasLoad(self._seed.to_bytes(8, "big"))
            self.outcome.gas_meter_dm3 = [
                gas_load.half_hour(moment // HALF_HOUR) for moment in range(start, end, HALF_HOUR)
            ]
            if self.outcome.gas_meter_dm3 != self.outcome.gas_read_dm3:
                raise LabError("what was read of the gas is not what the meter measured")
            if self.outcome.meter_wh != self.outcome.read_wh:
                raise LabError("what was read is not what the meter measured")
            said.append("SF run: the supplier's volume corrected to the group take")


def half_hours(exchange: Exchange) -> list[tuple[int, int]]:
    """(end in seconds since 2000, Wh) of each row of a half-hour profile response."""
    assert exchange.opened is not None
    (rows,) = [axdr.decode(plaintext)[1] for plaintext in exchange.opened.plaintexts]
    (log,) = rows
    return [(ends[1], wh[1]) for _, (ends, wh, *_rest) in axdr.expand(log[1])]


def _bellows() -> str:
    return f"bellows {version('bellows')}"


def _text(moment: int) -> str:
    return utc(moment).strftime("%Y-%m-%dT%H:%M:%SZ")
