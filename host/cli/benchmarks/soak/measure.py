"""The report of `hanlab bench soak`, from as many processes as there are cores."""

from __future__ import annotations

import faulthandler
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from itertools import chain
from multiprocessing import get_context
from pathlib import Path

from host.cli.benchmarks.household import keystore
from host.cli.benchmarks.report import Report, Row, Table
from host.cli.benchmarks.soak.device import Soak
from host.cli.benchmarks.soak.parsers import credentials, documents, links, messages
from host.cli.benchmarks.soak.parsers.parser import Parser, run
from host.cli.benchmarks.soak.tally import Tally, watch
from host.cli.benchmarks.soak.templates import ELECTRICITY, GAS, Template, templates
from keys.store import Keystore

PIECE = 20_000  # mutants of one random sequence
STUCK = 300  # seconds after which a worker that says nothing is ended
IN_MEMORY = Path("/dev/shm")  # noqa: S108  # files here cost no disk, where the system has it
DEVICE = "device"
GAS_DEVICE = "gas meter"

Say = Callable[[str], None]

# What workers begin with; they are forked, so that they have it.
_made: dict[str, object] = {}


def measure(messages_wanted: int, documents_wanted: int, seed: int, say: Say) -> Report:
    """Mutants into the device engine, and into each parser of the host."""
    started = time.monotonic()
    with keystore(seed=b"soak") as keys:
        begin_with = templates(keys)
        devices = _all(keys, begin_with, [DEVICE], messages_wanted, seed, say)
        devices |= _all(keys, templates(keys, GAS), [GAS_DEVICE], messages_wanted, seed, say)
        names = list(_parsers(keys, begin_with))
        parsers = _all(keys, begin_with, names, documents_wanted, seed, say)
    total = Tally()
    for tally, _ in chain(devices.values(), parsers.values()):
        total.add(tally)
    report = Report("soak", {"seed": seed, "processes": _processes()})
    report.facts["seconds"] = time.monotonic() - started
    report.tables = [
        Table("Mutants", [_row(name, *each) for name, each in {**devices, **parsers}.items()]),
        Table("What became of messages to the device", list(_outcomes(devices[DEVICE][0]))),
        Table("What none may do", _failures(total), "count"),
    ]
    for kind, findings in (
        ("crash", total.crashes),
        ("lenient", total.lenient),
        ("hang", total.hangs),
    ):
        report.notes += [f"{kind}: {each.where}: {each.why}: {each.octets}" for each in findings]
    return report


def _processes() -> int:
    return len(os.sched_getaffinity(0))


def _all(
    keys: Keystore,
    begin_with: list[Template],
    names: list[str],
    count: int,
    seed: int,
    say: Say,
) -> dict[str, tuple[Tally, float]]:
    """Tallies by name, with the seconds that workers have spent on each."""
    _made.update(keys=keys, templates=begin_with)
    found = {name: (Tally(), 0.0) for name in names}
    work = [
        (name, f"{seed}-{start}", min(PIECE, count - start))
        for name in names
        for start in range(0, count, PIECE)
    ]
    context = get_context("fork")
    with ProcessPoolExecutor(_processes(), mp_context=context, initializer=_begin) as pool:
        for done, (name, tally, spent) in enumerate(pool.map(_work, work), 1):
            total, seconds = found[name]
            total.add(tally)
            found[name] = total, seconds + spent
            if done * PIECE % 100_000 == 0 or done == len(work):
                say(f"{done} of {len(work)} pieces, {name}")
    return found


def _begin() -> None:
    logging.disable()  # refusals of mutants are no news
    watch()


def _work(piece: tuple[str, str, int]) -> tuple[str, Tally, float]:
    name, seed, count = piece
    keys, begin_with = _made["keys"], _made["templates"]
    assert isinstance(keys, Keystore)
    assert isinstance(begin_with, list)
    faulthandler.dump_traceback_later(STUCK, exit=True)
    start = time.monotonic()
    try:
        if name in {DEVICE, GAS_DEVICE}:
            meter = GAS if name == GAS_DEVICE else ELECTRICITY
            tally = Soak(keys, begin_with, seed, meter).run(count)
        else:
            with _place() as place:
                tally = run(_find(keys, begin_with, place, name), seed, count)
    finally:
        faulthandler.cancel_dump_traceback_later()
    return name, tally, time.monotonic() - start


@contextmanager
def _place() -> Iterator[Path]:
    folder = IN_MEMORY if os.access(IN_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="hanlab-bench-", dir=folder) as place:
        yield Path(place)


def _parsers(keys: Keystore, begin_with: list[Template]) -> Iterator[str]:
    with _place() as place:
        for parser in _each(keys, begin_with, place):
            yield parser.name


def _find(keys: Keystore, begin_with: list[Template], place: Path, name: str) -> Parser:
    return next(each for each in _each(keys, begin_with, place) if each.name == name)


def _each(keys: Keystore, begin_with: list[Template], place: Path) -> Iterator[Parser]:
    return chain(
        documents.parsers(keys),
        links.parsers(begin_with),
        credentials.parsers(keys, place),
        messages.parsers(keys, begin_with, place),
    )


def _row(name: str, tally: Tally, seconds: float) -> Row:
    refused = sum(
        count for (_, outcome), count in tally.outcomes.items() if outcome.startswith("refused")
    )
    return {
        "into": name,
        "mutants": tally.total,
        "refused": refused,
        "taken": tally.total - refused,
        "per second and core": round(tally.total / seconds),
        "slowest ms": 1000 * tally.slowest,
        **{kind: tally.failures[kind] for kind in ("crash", "lenient", "hang")},
    }


def _outcomes(tally: Tally) -> Iterator[Row]:
    for (kind, outcome), count in sorted(tally.outcomes.items()):
        yield {"mutated": kind, "outcome": outcome, "count": count}


def _failures(total: Tally) -> list[Row]:
    named = (
        ("crash", "crashes"),
        ("hang", "takes more than a second"),
        ("lenient", "is accepted and means nothing, or something else than it says"),
    )
    return [{"what": words, "count": total.failures[kind], "limit": 0} for kind, words in named]
