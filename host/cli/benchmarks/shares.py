"""Where the time of a piece of work goes, by package, from a profile."""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from host.cli.benchmarks.report import Row, Table
from host.cli.errors import ROOT

SHOWN = 14
OTHER = "Python and its library"
# Built-in functions that a profile names: a part of the name, and whose they are.
BUILT_IN = (
    ("ECPrivateKey", "cryptography: sign, ECDH"),
    ("ECPublicKey", "cryptography: verify"),
    ("cryptography", "cryptography: all else"),
    ("_rust", "cryptography: all else"),
    ("hashlib", "hashes"),
    ("lxml", "lxml"),
    ("sqlite3", "sqlite3"),
    ("select.epoll", "waiting"),
)

Function = tuple[str, int, str]


class Profiled(NamedTuple):
    """What a profile found: seconds by package, and calls by function."""

    seconds: dict[str, float]
    calls: dict[str, int]

    def table(self, title: str, requests: int) -> Table:
        """The largest shares; ms are of one request, and slower than without the profile."""
        total = sum(self.seconds.values())
        largest = sorted(self.seconds.items(), key=lambda item: -item[1])[:SHOWN]
        rows: list[Row] = [
            {"package": name, "share %": 100 * spent / total, "ms": 1000 * spent / requests}
            for name, spent in largest
        ]
        return Table(title, rows)

    def calls_of(self, *parts: str) -> int:
        """How often functions were called whose names contain all `parts`."""
        return sum(
            count for name, count in self.calls.items() if all(part in name for part in parts)
        )


def profiled(work: Callable[[], object]) -> Profiled:
    """Runs the work under a profile."""
    profile = cProfile.Profile()
    profile.runcall(work)
    stats: Any = pstats.Stats(profile)
    seconds: dict[str, float] = {}
    calls: dict[str, int] = {}
    for function, (_, count, own, _, callers) in stats.stats.items():
        calls[function[2]] = calls.get(function[2], 0) + count
        if function[0] != "~" or _built_in(function) is not None:
            _add(seconds, _package(function), own)
            continue
        for caller, (*_, spent, _) in callers.items():
            _add(seconds, _package(caller), spent)
    return Profiled(seconds, calls)


def _add(seconds: dict[str, float], package: str, spent: float) -> None:
    seconds[package] = seconds.get(package, 0.0) + spent


def _package(function: Function) -> str:
    """The package of a function by its file: two levels of ours, the name of another's."""
    path = Path(function[0])
    if function[0] == "~":
        return _built_in(function) or OTHER
    if path.is_relative_to(ROOT) and ".venv" not in path.parts:
        parts = [part for part in path.relative_to(ROOT).parts if part != "firmware"]
        return ".".join(parts[:2]) if len(parts) > 2 else parts[0]
    parts = list(path.parts)
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1].removesuffix(".py")
    return OTHER


def _built_in(function: Function) -> str | None:
    for part, name in BUILT_IN:
        if part in function[2]:
            return name
    return None
