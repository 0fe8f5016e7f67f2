"""The settlement runs of a day and when they are due, in working days after it.

The legacy timetable, in force for all settlement dates until the market-wide half-hourly one
takes over; only the runs marked here are calculated so far.
"""

from typing import NamedTuple

from host.settlement.errors import InputError, NotSupportedError


class RunCode(NamedTuple):
    """One run; `working_days` is None for DF, which only an upheld dispute brings about."""

    code: str
    name: str
    working_days: int | None
    supported: bool


RUNS = (
    RunCode("II", "Interim Information", 5, False),
    RunCode("SF", "Initial Settlement", 16, True),
    RunCode("R1", "First Reconciliation", 39, False),
    RunCode("R2", "Second Reconciliation", 84, False),
    RunCode("R3", "Third Reconciliation", 154, False),
    RunCode("RF", "Final Reconciliation", 292, False),
    RunCode("DF", "Final Dispute", None, False),
)


def supported_run(code: str) -> RunCode:
    """Return the run of a code: InputError when unknown, NotSupportedError when not here yet."""
    for run in RUNS:
        if run.code == code:
            if not run.supported:
                raise NotSupportedError(
                    f"run {code} ({run.name}) is in the calendar and not supported yet: "
                    f"use {_codes(supported=True)}"
                )
            return run
    raise InputError(f"there is no run {code!r}: the calendar has {_codes(supported=False)}")


def _codes(*, supported: bool) -> str:
    return ", ".join(run.code for run in RUNS if run.supported or not supported)
