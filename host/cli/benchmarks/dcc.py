"""Reads through the DCC stub: how many a second, and what takes the time."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dcc_stub.load import Bench, Load, Meter, through_engine, through_service
from host.cli.benchmarks import openssl, shares
from host.cli.benchmarks.household import (
    DAY,
    HUB,
    NOW,
    SUPPLIER,
    keystore,
    make_meter,
    meter_euis,
    open_dcc,
)
from host.cli.benchmarks.report import Report, Row, Table
from host.cli.benchmarks.shares import Profiled
from keys.store import Keystore
from keys.suite import Suite

PROFILED_ROUNDS = 2
SIGN, VERIFY, AGREE = "sign", "verify_kept", "ecdh"


def measure(meters: int, seconds: float) -> Report:
    """Reads `meters` meters in turn for about `seconds`, through the engine and the service."""
    report = Report("dcc", {"meters": meters, "service request": "4.1.1"})
    with keystore(meters) as keys:
        devices = _meters(keys, meter_euis(meters))
        with _bench(keys, devices) as bench:
            engine = _timed(lambda rounds: through_engine(bench, rounds), seconds)
            profile = shares.profiled(lambda: through_engine(bench, PROFILED_ROUNDS))
        with _bench(keys, devices) as bench:
            service = _timed(lambda rounds: asyncio.run(through_service(bench, rounds)), seconds)
            service_profile = shares.profiled(lambda: asyncio.run(through_service(bench, 1)))
    primitives = openssl.tables()
    report.tables = [
        Table("4.1.1 through the DCC stub", [_row("engine", engine), _row("service", service)]),
        Table("Where the engine's run goes", _part_rows(engine)),
        profile.table("Shares by package, engine, profiled", PROFILED_ROUNDS * meters),
        service_profile.table(
            "Shares by package, service (user, DCC and meters in one process), profiled", meters
        ),
        *primitives,
        _primitive_table(profile, PROFILED_ROUNDS * meters, primitives[0], engine),
    ]
    report.notes.append(_dominant(engine, profile, service_profile))
    return report


def _meters(keys: Keystore, euis: list[bytes]) -> dict[bytes, Meter]:
    """Meters that have run for a day and have served one read."""
    return {eui: _meter(keys, eui) for eui in euis}


def _meter(keys: Keystore, eui: bytes) -> Meter:
    device = make_meter(keys, eui)
    device.poll(NOW - DAY)
    device.poll(NOW)

    def receive(message: bytes, now: int) -> bytes | None:
        answer = device.receive(message, now)
        for number, _ in device.pending():
            device.delivered(number)
        return answer

    return receive


@contextmanager
def _bench(keys: Keystore, meters: dict[bytes, Meter]) -> Iterator[Bench]:
    """A DCC on a disk, whose clock starts where the meters are."""
    with tempfile.TemporaryDirectory(prefix="hanlab-bench-") as folder:
        started = time.monotonic()
        with open_dcc(keys, list(meters), Path(folder) / "dcc.sqlite") as dcc:
            yield Bench(
                dcc,
                keys,
                Suite(),
                SUPPLIER,
                HUB,
                meters,
                lambda: NOW + int(time.monotonic() - started),
            )


def _timed(run: Callable[[int], Load], seconds: float) -> Load:
    """As many rounds as fill the time; the first one warms up and tells how long one takes."""
    first = run(1)
    return run(max(1, round(seconds / first.seconds)))


def _row(way: str, load: Load) -> Row:
    return {
        "through": way,
        "requests": load.requests,
        "seconds": load.seconds,
        "per second": load.per_second,
        "ms each": 1000 / load.per_second,
    }


def _part_rows(load: Load) -> list[Row]:
    return [
        {
            "part": name,
            "share %": 100 * spent / load.seconds,
            "ms each": 1000 * spent / load.requests,
        }
        for name, spent in sorted(load.parts.items(), key=lambda item: -item[1])
    ]


def _primitive_table(profile: Profiled, requests: int, primitives: Table, engine: Load) -> Table:
    """The public-key operations of one request, counted, at this process's speed."""
    milliseconds = {row["primitive"]: row["ms"] for row in primitives.rows}
    counted = (
        (SIGN, profile.calls_of("'sign'", "ECPrivateKey")),
        (VERIFY, profile.calls_of("'verify'", "ECPublicKey")),
        (AGREE, profile.calls_of("'exchange'", "ECPrivateKey")),
    )
    rows: list[Row] = []
    total = 0.0
    for name, calls in counted:
        one = milliseconds[name]
        assert isinstance(one, float)
        each = calls / requests
        total += each * one
        rows.append({"operation": name, "each request": each, "ms": each * one})
    share = 100 * total * engine.per_second / 1000
    rows.append(
        {"operation": f"all: {share:.0f} % of a request", "each request": None, "ms": total}
    )
    return Table("Public-key operations of one request through the engine", rows)


def _dominant(engine: Load, profile: Profiled, service_profile: Profiled) -> str:
    part = max(engine.parts, key=engine.parts.__getitem__)
    return (
        f"What dominates: in the engine {part}, {engine.parts[part] / engine.seconds:.0%}; by "
        f"package {_largest(profile)}; in the service {_largest(service_profile)}."
    )


def _largest(profile: Profiled) -> str:
    total = sum(profile.seconds.values())
    packages = sorted(profile.seconds, key=lambda name: -profile.seconds[name])[:3]
    return ", ".join(f"{name} {profile.seconds[name] / total:.0%}" for name in packages)
