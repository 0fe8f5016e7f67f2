"""Mutated messages into a meter in this process."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from host.boards.provision import provision_store
from host.cli.benchmarks.household import DAY, NOW
from host.cli.benchmarks.soak.crafts import COUNTERS, Craft, Crafts, Expected
from host.cli.benchmarks.soak.oracle import Oracle
from host.cli.benchmarks.soak.tally import LenientError, Tally
from host.cli.benchmarks.soak.templates import ELECTRICITY, Meter, Template
from keys.store import Keystore
from keys.suite import Suite
from smets.codec.errors import DecodeError
from smets.device.device import Device
from smets.device.ram_flash import RamFlash
from smets.gbcs.message import Message
from smets.gbcs.roles import GSME
from smets.meter import esme, gsme, gsme_objects_text, objects_text

ROUND = 1000  # messages to one meter, unless it accepted what may change who it listens to
NOT_SUPPORTED = 0x0120
FIRST_CREDENTIALS_CODE = 0x0100
OF_A_REFUSAL = {"refusals"}


class Soak:
    """Sends mutants of valid commands to meters, and judges what comes of each."""

    def __init__(
        self,
        keys: Keystore,
        templates: Sequence[Template],
        seed: str,
        meter: Meter = ELECTRICITY,
    ) -> None:
        chance = Random(seed)  # noqa: S311  # repeatable on purpose
        self._meter = meter
        self._crafts = Crafts(keys, templates, chance, meter)
        self._oracle = Oracle(keys, meter)
        self._image = _meter_with_a_day(keys, meter)
        self._committed: list[list[str]] = []
        self.tally = Tally()

    def run(self, count: int) -> Tally:
        """So many messages."""
        for number in range(count):
            if number % ROUND == 0:
                self._renew()
            kind, template, craft = self._crafts.make()
            self.tally.timed(kind, craft.octets, lambda: self._send(kind, template, craft))  # noqa: B023
        return self.tally

    def _renew(self) -> None:
        """A meter that has lived for a day and accepted nothing yet."""
        flash = RamFlash()
        flash.files = {name: bytearray(octets) for name, octets in self._image.items()}
        self._device = _make(self._meter, flash)
        self._device.poll(NOW)
        commit = self._device.store.commit

        def noting(changes: list[tuple[str, bytes | None]]) -> None:
            self._committed.append([name for name, _ in changes])
            commit(changes)

        self._device.store.commit = noting  # type: ignore[method-assign]
        self._oracle.forget()
        self._crafts.last_answered = None

    def _send(self, kind: str, template: Template, craft: Craft) -> None:
        self._committed.clear()
        try:
            answer = self._device.receive(craft.octets, NOW)
        except Exception as error:
            self.tally.crash(kind, error, craft.octets)
            self.tally.outcomes[kind, "crash"] += 1
            self._renew()
            return
        self.tally.outcomes[kind, self._outcome(answer)] += 1
        try:
            self._judge(template, craft, answer)
        except (LenientError, DecodeError) as error:
            self.tally.leniency(kind, str(error), craft.octets)
        if answer is not None:
            self._tidy(craft.octets)

    def _outcome(self, answer: bytes | None) -> str:
        if answer is None:
            return f"refused: {self._device.refusals()[-1].check}"
        if Message.decode(answer).header.message_code == NOT_SUPPORTED:
            return "not supported"
        return "answered"

    def _judge(self, template: Template, craft: Craft, answer: bytes | None) -> None:
        if answer is None:
            if craft.expected is Expected.ANSWER:
                raise LenientError("a valid command was refused")
            changed = {name for commit in self._committed for name in commit}
            if changed - OF_A_REFUSAL:
                raise LenientError(f"a refused message changed {sorted(changed)}")
            return
        if craft.expected is Expected.REFUSAL:
            raise LenientError("what its originator did not protect was answered")
        if len(self._committed) != 1:
            raise LenientError(f"{len(self._committed)} commits for one command")
        self._oracle.judge(craft.octets, template, answer)

    def _tidy(self, octets: bytes) -> None:
        """What was answered is acknowledged; changed credentials end the meter's part."""
        for number, _ in self._device.pending():
            self._device.delivered(number)
        self._crafts.last_answered = octets
        header = Message.decode(octets).header
        if header.message_code >= FIRST_CREDENTIALS_CODE or header.originator_counter in COUNTERS:
            self._renew()


def _make(meter: Meter, flash: RamFlash) -> Device:
    if meter.device_type == GSME:
        return gsme.create(meter.eui, Suite(), flash, gsme_objects_text.tables)
    return esme.create(meter.eui, Suite(), flash, objects_text.tables)


def _meter_with_a_day(keys: Keystore, meter: Meter) -> dict[str, bytes]:
    """The flash of such a meter."""
    flash = RamFlash()
    device = _make(meter, flash)
    provision_store(device.store, keys, meter.eui, meter.device_type)
    device.poll(NOW - DAY)
    device.poll(NOW)
    return {name: bytes(octets) for name, octets in flash.files.items()}
