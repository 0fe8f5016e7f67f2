"""GBCS messages as users of the DCC and `hanlab rtds` take them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from dcc_stub.user.opening import Opener
from host.cli.benchmarks.household import NOW, make_meter
from host.cli.benchmarks.soak.parsers.parser import Parser
from host.cli.benchmarks.soak.tally import LenientError
from host.cli.benchmarks.soak.templates import METER, SUPPLIER, Template
from host.conformance import corpus
from host.conformance.checks import Checker
from host.conformance.examine import examine
from host.conformance.report import Report
from keys.errors import KeysError
from keys.store import Keystore
from keys.suite import Suite
from smets.codec.errors import DecodeError, SmetsError


def parsers(keys: Keystore, templates: Sequence[Template], place: Path) -> Iterator[Parser]:
    """A user's reading of responses, and reference files, which lie in `place`."""
    answers = _answers(keys, templates)
    yield Parser(
        "device responses", answers, _Answers(keys, answers).take, (SmetsError, KeysError)
    )
    hexes = [each.hex(" ", 16).encode() for each in answers]
    hexes += [each.octets.hex().upper().encode() for each in templates]
    yield Parser("RTDS hex", hexes, _References(keys, place).take, (DecodeError,))


def _answers(keys: Keystore, templates: Sequence[Template]) -> list[bytes]:
    """A meter's responses to the supplier."""
    device = make_meter(keys, METER)
    device.poll(NOW)
    answers = [device.receive(each.octets, NOW) for each in templates]
    recipient = b"\x08" + METER + b"\x08" + SUPPLIER
    return [each for each in answers if each is not None and recipient in each[:60]]


class _Answers:
    """Only the meter's own octets open."""

    def __init__(self, keys: Keystore, answers: Sequence[bytes]) -> None:
        self._known = set(answers)
        self._opener = Opener(keys, Suite(), SUPPLIER)

    def take(self, octets: bytes) -> None:
        self._opener.open(octets)
        if octets not in self._known:
            raise LenientError("a response opens that the meter did not make")


class _References:
    """Hex of any layout; the messages in it come out as they went in, and hold or not."""

    def __init__(self, keys: Keystore, place: Path) -> None:
        self._folder = place / "references"
        self._file = self._folder / "USE_CASE" / "ANY_COMMAND_GBCS.HEX"
        self._file.parent.mkdir(parents=True)
        self._checker = Checker(keys)

    def take(self, octets: bytes) -> None:
        self._file.write_bytes(octets)
        references = corpus.read(self._folder)
        (reference,) = references
        if reference.octets is None:
            raise DecodeError("no hex")
        if not re.fullmatch(rb"(\s*[0-9A-Fa-f]{2})*\s*", b"".join(octets.split())):
            raise LenientError("what is no hex was read as hex")
        report = Report()
        decoded = examine(references, self._checker, report)
        if not decoded:
            raise DecodeError("no message")
        if report.messages.reencoded != len(decoded):
            raise LenientError("a message comes out with other octets")
