"""What became of mutants: counts, and the first of each kind that should not be."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from time import process_time
from typing import NamedTuple

KEPT = 5  # of what should not be
HANG = 1.0  # seconds of this process's time


class LenientError(Exception):
    """Something was accepted that should not have been; the text says why it should not."""


class HangError(BaseException):
    """A mutant took longer than any may; no `except Exception` stops this on its way."""


class Finding(NamedTuple):
    """A mutant that did what none should: where, why, and its octets in hex."""

    where: str
    why: str
    octets: str


@dataclass
class Tally:
    """`outcomes` counts by (what was mutated, what became of it)."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    crashes: list[Finding] = field(default_factory=list)
    lenient: list[Finding] = field(default_factory=list)
    hangs: list[Finding] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)  # by crash, lenient or hang
    slowest: float = 0.0  # seconds

    @property
    def total(self) -> int:
        """How many mutants."""
        return self.outcomes.total()

    def add(self, other: Tally) -> None:
        """Takes in what another process found."""
        self.outcomes += other.outcomes
        self.failures += other.failures
        for name in ("crashes", "lenient", "hangs"):
            kept = getattr(self, name)
            kept += getattr(other, name)[: KEPT - len(kept)]
        self.slowest = max(self.slowest, other.slowest)

    def crash(self, where: str, error: BaseException, octets: bytes) -> None:
        """An exception that nobody foresaw."""
        frame = error.__traceback__
        while frame is not None and frame.tb_next is not None:
            frame = frame.tb_next
        place = f" at {frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame else ""
        finding = Finding(where, f"{type(error).__name__}: {error}{place}", octets.hex())
        self._note("crash", self.crashes, finding)

    def leniency(self, where: str, why: str, octets: bytes) -> None:
        """A mutant was accepted that means nothing, or something else than it says."""
        self._note("lenient", self.lenient, Finding(where, why, octets.hex()))

    def timed(self, where: str, octets: bytes, work: Callable[[], None]) -> None:
        """Does the work on a mutant, and ends and notes it when it takes longer than HANG."""
        signal.setitimer(signal.ITIMER_VIRTUAL, HANG)
        start = process_time()
        try:
            work()
        except HangError:
            self.outcomes[where, "hang"] += 1
            self._note("hang", self.hangs, Finding(where, f"more than {HANG} s", octets.hex()))
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        self.slowest = max(self.slowest, process_time() - start)

    def _note(self, kind: str, findings: list[Finding], finding: Finding) -> None:
        self.failures[kind] += 1
        if len(findings) < KEPT:
            findings.append(finding)


def watch() -> None:
    """Lets `timed` end what hangs; for the main thread of a worker process."""
    signal.signal(signal.SIGVTALRM, _hang)


def _hang(_: int, __: object) -> None:
    raise HangError
