"""One parser under mutants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple

from host.cli.benchmarks.soak.mutation import mutated
from host.cli.benchmarks.soak.tally import LenientError, Tally


class Parser(NamedTuple):
    """`take` raises one of `errors` to refuse, LenientError when it took what it should not."""

    name: str
    seeds: Sequence[bytes]
    take: Callable[[bytes], None]
    errors: tuple[type[Exception], ...]


def run(parser: Parser, seed: str, count: int) -> Tally:
    """So many mutants into one parser; each seed comes unchanged first, and has to be taken."""
    chance = Random(f"{parser.name} {seed}")  # noqa: S311  # repeatable on purpose
    tally = Tally()
    for number in range(count):
        octets = parser.seeds[number % len(parser.seeds)]
        valid = number < len(parser.seeds)
        if not valid:
            octets = mutated(octets, chance, parser.seeds)
        tally.timed(parser.name, octets, lambda: _one(parser, octets, valid, tally))  # noqa: B023
    return tally


def _one(parser: Parser, octets: bytes, valid: bool, tally: Tally) -> None:
    outcome = "taken"
    try:
        parser.take(octets)
    except parser.errors as error:
        outcome = "refused"
        if valid:
            tally.leniency(parser.name, f"what is valid was refused: {error}", octets)
    except LenientError as error:
        outcome = "lenient"
        tally.leniency(parser.name, str(error), octets)
    except Exception as error:
        outcome = "crash"
        tally.crash(parser.name, error, octets)
    tally.outcomes[parser.name, outcome] += 1
