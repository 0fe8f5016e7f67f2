"""Messages made from valid commands: each kind a way to be wrong, all but one well protected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from random import Random
from typing import NamedTuple

from host.cli.benchmarks.soak.mutation import mutated
from host.cli.benchmarks.soak.templates import (
    ELECTRICITY,
    GAS,
    NETWORK_OPERATOR,
    Meter,
    Smith,
    Template,
)
from keys import parties
from keys.store import Keystore
from smets.gbcs import use_cases_text
from smets.gbcs.grouping import GroupingHeader
from smets.gbcs.message import SIGNATURE_LENGTH, Message

METERS = (ELECTRICITY.eui, GAS.eui)
EUIS = (*(party.eui for party in parties.PARTIES), *METERS, bytes(8), b"\xff" * 8)
COUNTERS = (0, 1, 2**24, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1)
CODES = (*(case.message_code for case in use_cases_text.load().all()), 0, 0xFFFF, 0x7777)


class Expected(Enum):
    """Whether a meter answers."""

    ANSWER = "answered"
    REFUSAL = "refused"
    EITHER = "judged"


class Craft(NamedTuple):
    """A message, and what has to come of it."""

    octets: bytes
    expected: Expected


class Crafts:
    """Makes messages from templates, by chance and repeatably."""

    def __init__(
        self,
        keys: Keystore,
        templates: Sequence[Template],
        chance: Random,
        meter: Meter = ELECTRICITY,
    ) -> None:
        self._templates = templates
        self._chance = chance
        self._smith = Smith(keys, meter)
        self._smith.start_above(templates)
        self._octets = [each.octets for each in templates]
        self._payloads = [Message.decode(octets).payload for octets in self._octets]
        self.last_answered: bytes | None = None

    def make(self) -> tuple[str, Template, Craft]:
        """A kind of message, what it began as, and the message."""
        kind, make = self._chance.choice(_KINDS)
        template = self._chance.choice(self._templates)
        return kind, template, make(self, template)

    def _valid(self, template: Template) -> Craft:
        return Craft(self._smith.protect(self._smith.fresh(template)), Expected.ANSWER)

    def _changed_on_the_way(self, template: Template) -> Craft:
        """No MAC or signature fits any more."""
        octets = self._valid(template).octets
        mutant = mutated(octets, self._chance, self._octets)
        if mutant == octets:
            return Craft(mutant, Expected.ANSWER)
        # A splice may be the whole of another valid command.
        return Craft(mutant, Expected.EITHER if mutant in self._octets else Expected.REFUSAL)

    def _payload(self, template: Template) -> Craft:
        """A party that protects nonsense."""
        message = self._smith.fresh(template)
        message.payload = mutated(message.payload, self._chance, self._payloads)
        if self._chance.random() < 0.5:
            self._smith.renumber(message)
        return Craft(self._smith.protect(message), Expected.EITHER)

    def _other_payload(self, template: Template) -> Craft:
        """The payload of one use case under the message code of another."""
        message = self._smith.fresh(template)
        message.payload = self._chance.choice(self._payloads)
        self._smith.renumber(message)
        return Craft(self._smith.protect(message), Expected.EITHER)

    def _header(self, template: Template) -> Craft:
        """Wrong parties, codes, counters, fields that no command has."""
        message = self._smith.fresh(template)
        self._chance.choice(_HEADER_CHANGES)(message.header, self._chance)
        self._smith.renumber(message)
        return Craft(self._smith.protect(message), Expected.EITHER)

    def _shape(self, template: Template) -> Craft:
        """Without MAC or signature, or with one that nobody asked for."""
        message = self._smith.fresh(template)
        critical = bool(message.signature)
        which = self._chance.randrange(3)
        if which == 0:
            message.mac = None
        elif which == 1 and message.mac is None:
            message.signature = None
        else:
            message.signature = b"" if critical else bytes(SIGNATURE_LENGTH)
        return Craft(self._smith.protect(message), Expected.EITHER)

    def _forged(self, template: Template) -> Craft:
        """Signed by another party than it names."""
        message = self._smith.fresh(template)
        expected = Expected.REFUSAL if message.signature else Expected.ANSWER
        signer = NETWORK_OPERATOR
        if message.header.originator == signer:
            signer = parties.SUPPLIER.eui
        return Craft(self._smith.protect(message, signer), expected)

    def _replay(self, template: Template) -> Craft:
        """What was answered last, once more; its use case decides."""
        if self.last_answered is None:
            return self._valid(template)
        return Craft(self.last_answered, Expected.EITHER)


def _originator(header: GroupingHeader, chance: Random) -> None:
    header.originator = chance.choice((*EUIS, chance.randbytes(8)))


def _recipient(header: GroupingHeader, chance: Random) -> None:
    header.recipient = chance.choice(EUIS)


def _code(header: GroupingHeader, chance: Random) -> None:
    header.message_code = chance.choice(CODES)


def _counter(header: GroupingHeader, chance: Random) -> None:
    header.originator_counter = chance.choice(COUNTERS)


def _kind(header: GroupingHeader, chance: Random) -> None:
    header.cra_flag = chance.choice((2, 3))


def _date_time(header: GroupingHeader, chance: Random) -> None:
    header.date_time = chance.randbytes(12)


def _remote_party(header: GroupingHeader, chance: Random) -> None:
    header.supplementary_remote_party = chance.choice(EUIS)
    header.supplementary_remote_party_counter = chance.choice((None, *COUNTERS))


def _device_counter(header: GroupingHeader, chance: Random) -> None:
    _remote_party(header, chance)
    header.supplementary_remote_party_counter = chance.choice(COUNTERS)
    header.supplementary_originator_counter = chance.choice(COUNTERS)


def _certificate(header: GroupingHeader, chance: Random) -> None:
    certificate = header.supplementary_certificate or chance.randbytes(200)
    header.supplementary_certificate = mutated(certificate, chance, [certificate])
    if not header.supplementary_remote_party:
        header.supplementary_remote_party = chance.choice(EUIS)
        header.supplementary_remote_party_counter = chance.choice(COUNTERS)


_HEADER_CHANGES: tuple[Callable[[GroupingHeader, Random], None], ...] = (
    _originator,
    _recipient,
    _code,
    _counter,
    _kind,
    _date_time,
    _remote_party,
    _device_counter,
    _certificate,
)
_KINDS: tuple[tuple[str, Callable[[Crafts, Template], Craft]], ...] = (
    ("valid", Crafts._valid),
    ("changed on the way", Crafts._changed_on_the_way),
    ("changed on the way", Crafts._changed_on_the_way),
    ("changed on the way", Crafts._changed_on_the_way),
    ("payload", Crafts._payload),
    ("payload", Crafts._payload),
    ("payload", Crafts._payload),
    ("payload", Crafts._payload),
    ("other payload", Crafts._other_payload),
    ("header", Crafts._header),
    ("header", Crafts._header),
    ("shape", Crafts._shape),
    ("forged", Crafts._forged),
    ("replay", Crafts._replay),
)
