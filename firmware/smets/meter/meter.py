"""What both meters are: a record of registers that accrues, values, logs, and the way of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.device.modules import forget
from smets.gbcs.alerts import SUPPLY_OUTAGE_RESTORED_LONG
from smets.meter.registers import ACCRUED_TO, stored
from smets.meter.state import ROWS, State

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable
    from typing import Any

    from smets.codec.table import Table
    from smets.device.device import Device
    from smets.device.log import Log
    from smets.device.objects import Changes
    from smets.gbcs.suite import Suite
    from smets.meter.accrual import Accrual
    from smets.meter.rows import Layout

RECORD = "meter.registers"

RESTART = 1800  # s without a sign of life up to which a start is a restart, not an outage
DEEPEST = 397 * 86400  # s, as far as the deepest log goes back; what lies before was an outage


class Meter:
    """A subclass says which logs it keeps, and makes what measures when it is asked for.

    `make_load` makes the model of what the home uses.
    """

    words: int  # of its record
    time_status: bytes  # key of what says whether the clock is reliable
    reliable: bytes  # what it says then
    event_log: bytes  # keys of logs
    security_log: bytes
    measurement_logs: tuple[bytes, ...]  # numbered as its accrual numbers them
    measuring_modules: tuple[str, ...]  # go while nothing is measured

    def __init__(self, identifier: bytes, state: State, make_load: Callable[[], Any]) -> None:
        self.identifier = identifier
        self.state = state
        self.registers: array[int] = stored(state.store.get(RECORD), self.words)
        self._make_load = make_load
        self._load: Any = None
        self._measuring: Accrual | None = None
        self._started = False
        self._rows_written = False

    def _make_accrual(self, logs: list[Log]) -> Accrual:
        raise NotImplementedError

    @property
    def load_model(self) -> Any:
        """What the home uses; made when it is asked for."""
        if self._load is None:
            self._load = self._make_load()
        return self._load

    @property
    def _accrual(self) -> Accrual:
        """What measures; made when it is needed, from the registers and the logs' rows."""
        if self._measuring is None:
            logs = [self.state.log(key)[1] for key in self.measurement_logs]
            self._measuring = self._make_accrual(logs)
            if self._started:
                self._measuring.recover()
        return self._measuring

    # What the device engine asks for

    def knows_the_time(self, now: int) -> bool:
        """Whether the clock is reliable."""
        return self.state.value(self.time_status) == self.reliable

    def security_event(self, code: int, now: int) -> None:
        """Makes an entry of the security log. The command that led to it changed nothing."""
        self.state.change([])
        row = now.to_bytes(4, "big") + code.to_bytes(2, "big")
        self.state.log(self.security_log)[1].append(row)

    def rest(self) -> None:
        """Lets go of what measures, until it is needed again: a board needs the room."""
        self._measuring = self._load = None
        self.state.forget_logs()
        forget("smets.meter.accrual", *self.measuring_modules)

    def poll(self, now: int) -> None:
        """Accrues up to `now`, at most a day's half hours at a time."""
        self.state.change([])
        self._start(now)
        if not self._rows_written:
            self.state.write_rows()
            self._rows_written = True
        self._accrual.accrue(now)

    # Loading and changing

    def rows_loaded(self, key: bytes, time: int) -> None:
        """Rows of a log reach up to `time`: what they hold is not measured again."""
        if key in self.measurement_logs and time > self.registers[ACCRUED_TO]:
            self.registers[ACCRUED_TO] = time
            self.commit()

    def stage_event(self, now: int, code: int, information: bytes) -> None:
        """Adds an entry of the event log to the changes of the command being executed."""
        self._rows_written = False
        self.state.stage_row(self.event_log, self._event(now, code, information))

    # Time

    def _start(self, now: int) -> None:
        """Begins to measure, or finds out what became of the time since the last sign of life."""
        longest = DEEPEST
        if not self._started:
            self._started = True
            if not self.registers[ACCRUED_TO]:
                self.registers[ACCRUED_TO] = now
                self.commit()
                return
            self.state.write_rows()
            self._accrual.recover()
            longest = RESTART
        if now - self.registers[ACCRUED_TO] > longest:
            self._outage(now)

    def _catch_up(self, now: int, part: bool) -> None:
        """Accrues everything up to the last half hour's end, with `part` up to `now`."""
        self._start(now)
        if not self._rows_written:
            self.state.write_rows()
        while not self._accrual.accrue(now, part):
            pass

    def begin_change(self, now: int, changes: Changes) -> None:
        """What a command changes is staged into `changes` from now on."""
        self._catch_up(now, True)
        self.state.change(changes)
        self.settings_changed()

    def settings_changed(self) -> None:
        """To be called when a value on which measuring depends may have changed."""
        if self._measuring is not None:
            self._measuring.forget()

    def _outage(self, now: int) -> None:
        """There was no supply since the last sign of life."""
        event = self._event(now, SUPPLY_OUTAGE_RESTORED_LONG, b"")
        rows = self.state.carry(b"", self.event_log, event)
        for number, row in self._accrual.skip(now):
            rows = self.state.carry(rows, self.measurement_logs[number], row)
        self.commit([(ROWS, rows)])
        self.state.write_rows()

    def _event(self, now: int, code: int, information: bytes) -> bytes:
        layout: Layout = self.state.log(self.event_log)[0]
        head = now.to_bytes(4, "big") + code.to_bytes(2, "big")
        return head + layout.string(information)

    def commit(self, changes: Changes | None = None) -> None:
        """Stores the registers together with `changes`."""
        self.state.store.commit([(RECORD, bytes(self.registers))] + (changes or []))


def device(meter: Meter, role: int, suite: Suite, tables: Callable[[str], Table]) -> Device:
    """The meter as a GBCS device; `tables` opens "gbcs/use_cases"."""
    from smets.device.device import Device
    from smets.gbcs.use_cases import UseCases

    cases = UseCases(tables("gbcs/use_cases"))
    return Device(meter.identifier, role, suite, meter.state.store, cases, meter)
