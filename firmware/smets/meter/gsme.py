"""The gas meter: its clusters, walked by the device engine, over registers and logs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.device.modules import forget
from smets.device.zigbee_objects import (
    INVALID_VALUE,
    UNSUPPORTED_ATTRIBUTE,
    UNSUPPORTED_COMMAND,
    ZclFailure,
)
from smets.meter import clusters, gsme_registers, objects
from smets.meter.clusters import EVENTS, METERING, OF_LOG, PREPAYMENT
from smets.meter.meter import Meter, device
from smets.meter.state import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from smets.codec.table import Table
    from smets.device.device import Device
    from smets.device.flash import Flash
    from smets.device.log import Log
    from smets.device.objects import Changes
    from smets.device.zigbee_objects import Answers, Fields, Place
    from smets.gbcs.suite import Suite
    from smets.meter.accrual import Accrual
    from smets.meter.gas_load import GasLoad

EVENT_LOG = clusters.key(EVENTS, OF_LOG, 3)
SECURITY_LOG = clusters.key(EVENTS, OF_LOG, 4)
PROFILE_LOG = clusters.key(METERING, OF_LOG, 0)
DAILY_LOG = clusters.key(METERING, OF_LOG, 1)
BILLING_LOG = clusters.key(METERING, OF_LOG, 2)
NETWORK_LOG = clusters.key(METERING, OF_LOG, 3)
# of tariff, mode or supplier; cause and identifier of the snapshot come last
CHANGES_LOG = clusters.key(METERING, OF_LOG, 4)
PREPAY_DAILY_LOG = clusters.key(PREPAYMENT, OF_LOG, 1)
PREPAY_BILLING_LOG = clusters.key(PREPAYMENT, OF_LOG, 2)
PREPAY_CHANGES_LOG = clusters.key(PREPAYMENT, OF_LOG, 4)
# numbered as in `gsme_accrual`
MEASUREMENT_LOGS = (
    PROFILE_LOG,
    DAILY_LOG,
    BILLING_LOG,
    NETWORK_LOG,
    PREPAY_DAILY_LOG,
    PREPAY_BILLING_LOG,
)

SUPPLY_STATUS = clusters.attribute(METERING, 0x0014)
SUPPLY_OFF = b"\x00"
SUPPLY_ARMED = b"\x01"
SUPPLY_ON = b"\x02"

TIME_STATUS = clusters.attribute(clusters.TIME, 0x0001)
SYNCHRONISED = b"\x02"
NOT_SYNCHRONISED = b"\x00"
# clock status of a date-time in a response's header
_RELIABLE = 0
_UNRELIABLE = 2

# accumulated debt, debt of each of the three types, emergency credit, credit
BALANCES = tuple(
    [
        clusters.attribute(PREPAYMENT, number)
        for number in (0x0005, 0x0211, 0x0221, 0x0231, 0x0002, 0x0001)
    ]
)
_LONGEST_STRING = 32


class Gsme(Meter):
    """The `ZigbeeObjects` of a gas meter."""

    event_log = EVENT_LOG
    security_log = SECURITY_LOG
    words = gsme_registers.WORDS
    time_status = TIME_STATUS
    reliable = SYNCHRONISED
    measurement_logs = MEASUREMENT_LOGS
    measuring_modules = (
        "smets.meter.gsme_accrual",
        "smets.meter.gas_load",
        "smets.meter.seasons",
    )

    def _make_accrual(self, logs: list[Log]) -> Accrual:
        from smets.meter.gsme_accrual import GsmeAccrual

        return GsmeAccrual(
            self.registers,
            logs,
            self.load_model,
            self.supplied,
            self.sampling,
            self._balances,
            self.commit,
        )

    # What the device engine asks for

    def has_attribute(self, cluster: int, attribute: int) -> bool:
        """Whether there is such an attribute; faults do not matter."""
        return self.state.find(clusters.attribute(cluster, attribute)) is not None

    def has_command(self, place: Place) -> bool:
        """Whether the meter carries out that command."""
        return self.state.find(_command_key(place)) is not None

    def data_time(self, message_code: int, now: int) -> tuple[int, int]:
        """What is read is as it is now."""
        return now, _RELIABLE if self.knows_the_time(now) else _UNRELIABLE

    def set_clock(self, start: int, end: int, now: int, changes: Changes) -> bool:
        """The clock follows the hub's; it is reliable if it lies between the two times."""
        self.begin_change(now, changes)
        reliable = start <= now <= end
        self.state.stage(TIME_STATUS, SYNCHRONISED if reliable else NOT_SYNCHRONISED)
        return reliable

    def read(self, cluster: int, attribute: int, now: int) -> bytes:
        """Data type and value of an attribute."""
        key = clusters.attribute(cluster, attribute)
        entry = self.state.find(key)
        if entry is None:
            raise ZclFailure(UNSUPPORTED_ATTRIBUTE)
        if entry.kind == objects.REGISTERS:
            self._catch_up(now, True)
            size = (entry.type[0] & 7) + 1  # of an unsigned type
            return entry.type + self.registers[entry.body[0]].to_bytes(size, "little")
        self._start(now)
        return entry.type + self.state.value(key)

    def call(self, place: Place, fields: Fields, now: int, changes: Changes) -> Answers:
        """Carries out a command; no answer is a default response."""
        entry = self.state.find(_command_key(place))
        if entry is None:
            raise ZclFailure(UNSUPPORTED_COMMAND)
        self.begin_change(now, changes)
        if entry.kind == clusters.SET:
            self._set(entry.body, fields)
            return []
        name = entry.body[1 : 1 + entry.body[0]]
        try:
            from smets.meter import gsme_methods

            for known, function in gsme_methods.FUNCTIONS:
                if known == name:
                    return function(self, fields, now)
        finally:
            forget("smets.meter.gsme_methods", "smets.meter.publications")
        raise ZclFailure(UNSUPPORTED_COMMAND)

    def failed_call(self, place: Place) -> Answers:
        """What says that the command failed; nothing: a default response does."""
        entry = self.state.find(_command_key(place))
        if entry is None or entry.kind != objects.METHOD:
            return []
        answer = entry.body[1 + entry.body[0] :]
        return [(answer[0], answer[1:])] if answer else []

    def _set(self, assignments: bytes, fields: Fields) -> None:
        for at in range(0, len(assignments), 6):
            key, value = assignments[at + 1 : at + 6], fields[assignments[at]]
            entry = self.state.find(key)
            assert entry is not None  # the table's own
            if isinstance(value, int):
                try:
                    octets = value.to_bytes(len(entry.body), "little")
                except OverflowError:
                    raise ZclFailure(INVALID_VALUE) from None
            elif len(value) > _LONGEST_STRING:
                raise ZclFailure(INVALID_VALUE)
            else:
                octets = bytes((len(value),)) + value
            self.state.stage(key, octets)

    # The valve

    def supplied(self) -> bool:
        """Whether the valve is open."""
        return self.state.value(SUPPLY_STATUS) == SUPPLY_ON

    def enable_supply(self, now: int) -> bool:
        """The consumer opens the valve, which has to be armed; whether it is open now."""
        changes: Changes = []
        self.begin_change(now, changes)
        if self.state.value(SUPPLY_STATUS) == SUPPLY_ARMED:
            self.state.stage(SUPPLY_STATUS, SUPPLY_ON)
        self.commit(changes)
        return self.supplied()

    # What methods and the accrual use

    def sampling(self) -> tuple[int, int, int]:
        """Beginning, interval in s and number of the network data log's samples."""
        stored = self.state.value(NETWORK_LOG)
        return (
            int.from_bytes(stored[:4], "big"),
            int.from_bytes(stored[4:6], "big"),
            int.from_bytes(stored[6:], "big"),
        )

    def _balances(self) -> bytes:
        """Values of BALANCES, each of 4 octets, big-endian as rows have them."""
        return b"".join([bytes(reversed(self.state.value(key))) for key in BALANCES])

    # Loading, for provisioning, replays and tests

    def load_attribute(
        self, cluster: int, attribute: int, octets: bytes, now: int | None = None
    ) -> None:
        """Makes an attribute what `octets` (data type and value) say, whoever may set it.

        Registers count on from there, from the moment `now` if the meter is running. ZclFailure
        when there is no such attribute or its values have another shape.
        """
        self.state.change([])
        if now is not None:
            self._catch_up(now, True)
        try:
            from smets.meter import gsme_loading

            gsme_loading.load_attribute(self, clusters.attribute(cluster, attribute), octets)
        finally:
            forget("smets.meter.gsme_loading")
        self.settings_changed()

    def load_rows(self, cluster: int, log: int, rows: bytes, now: int) -> None:
        """Puts rows, one behind the other as they are stored, in place of those of a log.

        What lies before `now` is not measured any more.
        """
        self.state.change([])
        try:
            from smets.meter import gsme_loading

            gsme_loading.load_rows(self, clusters.key(cluster, OF_LOG, log), rows, now)
        finally:
            forget("smets.meter.gsme_loading")


def _command_key(place: Place) -> bytes:
    cluster, command, to_client = place
    of = clusters.OF_COMMAND_TO_CLIENT if to_client else clusters.OF_COMMAND_TO_SERVER
    return clusters.key(cluster, of, command)


def create(
    identifier: bytes,
    suite: Suite,
    flash: Flash,
    tables: Callable[[str], Table],
    seed: bytes = b"",
) -> Device:
    """A gas meter on a flash.

    `tables` opens "gbcs/use_cases" and "meter/gsme_objects" (a board: the `.bin` of that name
    below `smets`; a host: `gsme_objects_text.tables`). `seed` of the load is the identifier unless
    given.
    """
    from smets.gbcs.roles import GSME

    def make_load() -> GasLoad:
        from smets.meter.gas_load import GasLoad

        return GasLoad(seed or identifier)

    state = State(flash, tables("meter/gsme_objects"))
    return device(Gsme(identifier, state, make_load), GSME, suite, tables)
