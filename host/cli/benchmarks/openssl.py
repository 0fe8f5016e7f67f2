"""Primitives outside and inside this process: `openssl speed`, and the host's suite."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

from host.boards import crypto_bench
from host.cli.benchmarks.report import Row, Table
from keys.suite import Suite

SECONDS = 1  # of each algorithm
TIME_LIMIT = 60
# How `openssl speed -mr` begins its lines, and what they count per second.
LINES = {"+F4:": ("sign", "verify"), "+F5:": ("ecdh",)}
WANTED = ("ecdh", "sign", "verify_kept", "gcm_240", "gmac_1200", "sha256_1200")


def tables() -> list[Table]:
    """Both, on one core."""
    rows: list[Row] = [
        {"primitive": name, "per second": round(1000 / milliseconds), "ms": milliseconds}
        for name, milliseconds, _ in crypto_bench.measure(Suite())
        if name in WANTED
    ]
    found = [Table("Primitives of the host's suite in this process, fastest run", rows)]
    speed = list(_speed())
    if speed:
        found.append(Table("openssl speed, P-256, one core", speed))
    return found


def _speed() -> Iterator[Row]:
    """None where there is no `openssl` program."""
    command = ["openssl", "speed", "-mr", "-seconds", str(SECONDS), "ecdsap256", "ecdhp256"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIME_LIMIT, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return
    for line in done.stdout.splitlines():
        for start, names in LINES.items():
            if line.startswith(start):
                figures = [float(each) for each in line.split(":")[3:]]
                for name, per_second in zip(names, figures, strict=False):
                    ms = 1000 / per_second
                    yield {"primitive": name, "per second": round(per_second), "ms": ms}
