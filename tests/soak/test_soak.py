"""A small soak of everything, and that the soak sees what it is there to see."""

from __future__ import annotations

from itertools import chain
from random import Random

from host.cli.benchmarks.soak import tally as tallies
from host.cli.benchmarks.soak.crafts import Craft, Expected
from host.cli.benchmarks.soak.device import Soak
from host.cli.benchmarks.soak.mutation import MUTATIONS, mutated
from host.cli.benchmarks.soak.parsers import credentials, documents, links, messages, parser
from host.cli.benchmarks.soak.parsers.parser import Parser
from host.cli.benchmarks.soak.tally import LenientError, Tally
from host.cli.benchmarks.soak.templates import GAS, Smith, templates
from smets.codec.errors import DecodeError
from smets.gbcs import protection
from smets.gbcs.message import Message

PARSERS = 14


def clean(tally: Tally) -> bool:
    findings = [*tally.crashes, *tally.lenient, *tally.hangs]
    assert findings == []
    return not tally.failures


def test_the_device_engine(keys, begin_with):
    tally = Soak(keys, begin_with, "test").run(3000)
    assert tally.total == 3000
    assert clean(tally)
    seen = {outcome for _, outcome in tally.outcomes}
    checks = ("decode", "recipient", "mac", "signature", "counter", "role", "use_case", "payload")
    assert seen >= {"answered", "not supported", *(f"refused: {check}" for check in checks)}


def test_the_device_engine_of_a_gas_meter(keys):
    tally = Soak(keys, templates(keys, GAS), "test", GAS).run(3000)
    assert tally.total == 3000
    assert clean(tally)
    seen = {outcome for _, outcome in tally.outcomes}
    checks = ("decode", "recipient", "mac", "signature", "counter", "role", "use_case", "payload")
    assert seen >= {"answered", "not supported", *(f"refused: {check}" for check in checks)}


def test_every_parser(keys, begin_with, tmp_path):
    every = list(
        chain(
            documents.parsers(keys),
            links.parsers(begin_with),
            credentials.parsers(keys, tmp_path),
            messages.parsers(keys, begin_with, tmp_path),
        )
    )
    assert len({each.name for each in every}) == len(every) >= PARSERS
    for each in every:
        tally = parser.run(each, "test", 300)
        assert tally.total == 300
        assert clean(tally)
        assert {outcome for _, outcome in tally.outcomes} == {"taken", "refused"}


# What it is there to see


def test_a_meter_that_checks_no_mac_is_found_out(keys, begin_with, monkeypatch):
    soak = Soak(keys, begin_with, "test")
    monkeypatch.setattr("smets.device.admission.protection", Unprotected())
    assert soak.run(400).failures["lenient"] > 10


class Unprotected:
    check_signature = staticmethod(protection.check_signature)

    @staticmethod
    def check_mac(*_: object) -> None:
        pass


def test_a_meter_that_forgets_counters_is_found_out(keys, begin_with, monkeypatch):
    monkeypatch.setattr("smets.device.counters.Counters.accepted", lambda *_: -1)
    tally = Soak(keys, begin_with, "test").run(1000)
    assert "its counter was used before" in {each.why for each in tally.lenient}


def test_a_meter_that_fails_is_found_out(keys, begin_with, monkeypatch):
    soak = Soak(keys, begin_with, "test")
    monkeypatch.setattr("smets.device.access.execute", lambda *_: 1 // 0)
    tally = soak.run(200)
    assert tally.failures["crash"] > 10
    assert tally.crashes[0].why.startswith("ZeroDivisionError")


def test_another_type_than_the_objects_is_found_out(keys, begin_with, monkeypatch):
    """An MPAN set to a number: as the meter's own check is taken away, the oracle has to see."""
    monkeypatch.setattr("smets.meter.data_type.is_of", lambda *_: True)
    soak = Soak(keys, begin_with, "test")
    soak.run(0)
    soak._renew()
    template = next(each for each in begin_with if each.name == "6.20.1")
    smith = Smith(keys)
    smith.start_above(begin_with)
    message = smith.fresh(template)
    message.payload = message.payload.replace(b"\x09\x0d1200012345678", b"\x06\x00\x00\x00\x07")
    octets = smith.protect(message)
    soak._send("test", template, Craft(octets, Expected.EITHER))
    assert [each.why for each in soak.tally.lenient] == ["attribute 2 was set to another type"]


def parser_of(take) -> Parser:
    return Parser("test", [b"ab", b"cd"], take, (DecodeError,))


def test_a_parser_that_takes_anything_is_found_out():
    def take(octets: bytes) -> None:
        if octets not in {b"ab", b"cd"}:
            raise LenientError("it is neither")

    tally = parser.run(parser_of(take), "test", 100)
    assert tally.failures["lenient"] > 50
    assert len(tally.lenient) == tallies.KEPT


def test_a_parser_that_refuses_what_is_valid_is_found_out():
    def take(octets: bytes) -> None:
        raise DecodeError("no")

    assert parser.run(parser_of(take), "test", 50).failures == {"lenient": 2}


def test_a_parser_that_fails_is_found_out():
    def take(octets: bytes) -> None:
        octets[5]

    tally = parser.run(parser_of(take), "test", 50)
    assert tally.failures["crash"] >= 2
    assert tally.crashes[0].why.startswith("IndexError")


def test_a_parser_that_hangs_is_ended(monkeypatch):
    monkeypatch.setattr(tallies, "HANG", 0.05)

    def take(octets: bytes) -> None:
        while octets == b"cd":
            pass

    tally = parser.run(parser_of(take), "test", 2)
    assert tally.failures == {"hang": 1}
    assert tally.outcomes == {("test", "taken"): 1, ("test", "hang"): 1}


def test_tallies_add_up():
    one, other = Tally(), Tally()
    for tally in (one, other):
        tally.outcomes["a", "refused"] += 2
        tally.leniency("a", "why", b"\x01")
    one.add(other)
    assert (one.total, one.failures["lenient"], len(one.lenient)) == (4, 2, 2)


# Mutation


def test_mutations_repeat_with_their_seed_and_differ_without():
    def made(seed: int) -> list[bytes]:
        chance = Random(seed)
        return [mutated(bytes(range(40)), chance, [bytes(20)]) for _ in range(200)]

    assert made(1) == made(1)
    assert made(1) != made(2)
    assert len(set(made(1))) > 150
    assert len(MUTATIONS) == 9


def test_a_fresh_command_has_a_counter_of_its_own_wherever_it_stands(keys, begin_with):
    smith = Smith(keys)
    smith.start_above(begin_with)
    for template in begin_with:
        old = Message.decode(template.octets).header.originator_counter
        message = Message.decode(smith.protect(smith.fresh(template)))
        assert message.header.originator_counter == smith.counter > old
        short = old.to_bytes((old.bit_length() + 7) // 8, "big")
        assert short not in message.payload
