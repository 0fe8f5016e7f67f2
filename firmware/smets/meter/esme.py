"""The electricity meter: its objects, walked by the device engine, over registers and logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.device.modules import forget
from smets.device.objects import OTHER_REASON, TYPE_UNMATCHED, AccessFailure
from smets.dlms import data as axdr
from smets.meter import live, objects, template
from smets.meter import registers as r
from smets.meter.meter import Meter, device
from smets.meter.state import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from smets.codec.table import Table
    from smets.device.device import Device
    from smets.device.flash import Flash
    from smets.device.log import Log
    from smets.device.objects import Changes
    from smets.gbcs.suite import Suite
    from smets.meter.accrual import Accrual
    from smets.meter.load import Load

EVENT_LOG = objects.key(7, b"\x00\x00\x63\x62\x00\xff", 2)
VOLTAGE_CAPTURE_PERIOD = objects.key(7, b"\x01\x00\x20\x18\x00\xff", 4)
UNDER_VOLTAGE_THRESHOLD = objects.key(1, b"\x01\x00\x20\x1f\x00\x04", 2)
OVER_VOLTAGE_THRESHOLD = objects.key(1, b"\x01\x00\x20\x23\x00\x04", 2)
# numbered as in `esme_accrual`
MEASUREMENT_LOGS = (
    objects.key(7, b"\x00\x00\x63\x01\x00\xff", 2),
    objects.key(7, b"\x00\x00\x63\x01\x01\xff", 2),
    objects.key(7, b"\x00\x00\x63\x01\x02\xff", 2),
    objects.key(7, b"\x01\x00\x20\x18\x00\xff", 2),
    objects.key(7, b"\x00\x00\x63\x01\x03\xff", 2),
    objects.key(7, b"\x00\x00\x62\x01\x09\xff", 2),
    objects.key(7, b"\x00\x00\x62\x01\x0a\xff", 2),
)


class Esme(Meter):
    """The `CosemObjects` of a single-phase electricity meter with one element."""

    event_log = EVENT_LOG
    security_log = objects.key(7, b"\x00\x00\x63\x62\x01\xff", 2)
    words = r.WORDS
    time_status = live.TIME_STATUS
    reliable = live.RELIABLE
    measurement_logs = MEASUREMENT_LOGS
    measuring_modules = (
        "smets.meter.esme_accrual",
        "smets.meter.tariff",
        "smets.meter.load",
        "smets.meter.seasons",
    )

    def _make_accrual(self, logs: list[Log]) -> Accrual:
        from smets.meter.esme_accrual import EsmeAccrual
        from smets.meter.tariff import Tariff

        return EsmeAccrual(
            self.registers,
            logs,
            self.load_model,
            Tariff(self.state.value),
            self.supplied,
            self._voltage_settings,
            self.commit,
        )

    # What the device engine asks for

    def has(self, class_id: int, logical_name: bytes, member: int, method: bool) -> bool:
        """Whether there is such an attribute or method."""
        member |= objects.METHOD_BIT if method else 0
        return self.state.find(objects.key(class_id, logical_name, member)) is not None

    def get(self, class_id: int, logical_name: bytes, attribute: int, now: int) -> bytes:
        """The encoded value of an attribute."""
        key = objects.key(class_id, logical_name, attribute)
        entry = self.state.entry(key, objects.GET)
        self._start(now)
        stored = self.state.value(key)
        if entry.kind == objects.REGISTERS:
            self._catch_up(now, True)
            shape = entry.templates()[stored[0] if stored else 0]
            return template.fill(shape, self.registers)
        if entry.kind == objects.LIVE and not stored:
            for name, function in live.FUNCTIONS:
                if name == entry.body:
                    return function(self, now)
        return stored

    def get_range(
        self,
        class_id: int,
        logical_name: bytes,
        attribute: int,
        start: int,
        end: int,
        now: int,
    ) -> bytes:
        """The rows of a log with start <= time <= end as an encoded compact array."""
        key = objects.key(class_id, logical_name, attribute)
        self.state.entry(key, objects.RANGE)
        self._catch_up(now, False)
        layout, log = self.state.log(key)
        try:
            return layout.encode(log, start, end)
        except MemoryError:
            raise AccessFailure(OTHER_REASON) from None  # more rows than fit in a response

    def set(
        self,
        class_id: int,
        logical_name: bytes,
        attribute: int,
        data: bytes,
        now: int,
        changes: Changes,
    ) -> None:
        """Stages an attribute's new value into `changes`."""
        key = objects.key(class_id, logical_name, attribute)
        entry = self.state.entry(key, objects.SET)
        _check_type(entry, data)
        self.begin_change(now, changes)
        self.state.stage(key, data)

    def act(
        self,
        class_id: int,
        logical_name: bytes,
        method: int,
        data: bytes,
        now: int,
        changes: Changes,
    ) -> bytes:
        """Stages what a method changes into `changes`; returns what it returns, encoded."""
        key = objects.key(class_id, logical_name, method | objects.METHOD_BIT)
        entry = self.state.entry(key, objects.ACTION)
        _check_type(entry, data)
        self.begin_change(now, changes)
        try:
            from smets.meter import methods

            for name, function in methods.FUNCTIONS:
                if name == entry.body:
                    function(self, data, now)
        finally:
            forget("smets.meter.methods")
        return axdr.encode(axdr.NULL_DATA)

    # Loading, for provisioning, replays and tests

    def load(
        self,
        class_id: int,
        logical_name: bytes,
        attribute: int,
        data: bytes,
        now: int | None = None,
    ) -> None:
        """Makes an attribute what `data` (encoded) says, whoever may set it.

        Registers count on from there, from the moment `now` if the meter is running; rows take the
        place of those of a log; a live attribute stands still until null-data is loaded.
        AccessFailure when there is no such attribute or its values have another shape.
        """
        self.state.change([])
        if now is not None:
            self._catch_up(now, True)
        try:
            from smets.meter import loading

            loading.load(self, objects.key(class_id, logical_name, attribute), data)
        finally:
            forget("smets.meter.loading")
        self.settings_changed()

    def load_rows(self, class_id: int, logical_name: bytes, data: bytes) -> None:
        """Puts the rows of an encoded compact array in place of those of a log."""
        self.load(class_id, logical_name, 2, data)

    # What methods and live attributes use

    def supplied(self) -> bool:
        """Whether the load switch is closed."""
        return self.state.value(live.SUPPLY_STATE) == live.CONNECTED

    def _voltage_settings(self) -> tuple[int, int, int]:
        """Capture period in s, and the averages in V below and above which counters count."""
        keys = (VOLTAGE_CAPTURE_PERIOD, UNDER_VOLTAGE_THRESHOLD, OVER_VOLTAGE_THRESHOLD)
        period, low, high = [axdr.decode(self.state.value(key))[1] for key in keys]
        return max(60, period), low, high


def _check_type(entry: objects.Entry, data: bytes) -> None:
    try:
        from smets.meter.data_type import is_of

        if not is_of(entry.type, data):
            raise AccessFailure(TYPE_UNMATCHED)
    finally:
        forget("smets.meter.data_type")


def create(
    identifier: bytes,
    suite: Suite,
    flash: Flash,
    tables: Callable[[str], Table],
    seed: bytes = b"",
    solar: int = 0,
) -> Device:
    """An electricity meter on a flash.

    `tables` opens "gbcs/use_cases" and "meter/objects" (a board: the `.bin` of that name below
    `smets`; a host: `objects_text.tables`). `seed` of the load is the identifier unless given;
    `solar` is the peak of the home's panels in W.
    """
    from smets.gbcs.roles import ESME

    def make_load() -> Load:
        from smets.meter.load import Load

        return Load(seed or identifier, solar)

    state = State(flash, tables("meter/objects"))
    return device(Esme(identifier, state, make_load), ESME, suite, tables)
