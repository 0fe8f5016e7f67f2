"""The hub's own functions replay reference commands in this process."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from host.conformance.replayed_chf import ReplayedChf
from host.conformance.replayed_function import ReplayedFunction
from host.conformance.replayed_gpf import ReplayedGpf
from host.hub.database import Database
from smets.gbcs import roles

FUNCTIONS: dict[int, type[ReplayedFunction]] = {roles.CHF: ReplayedChf, roles.GPF: ReplayedGpf}


class HubDevice:
    """The `Device` of a replay: made anew from a database of its own for each command."""

    def __init__(self, device_type: int) -> None:
        self._function = FUNCTIONS[device_type]

    def __call__(self, lines: Sequence[str]) -> list[str]:
        with TemporaryDirectory() as folder:
            database = Database(Path(folder) / "hub.sqlite")
            try:
                with database.transaction():
                    replayed = self._function(database)
                    replayed.tell(lines)
                    return replayed.answers
            finally:
                database.close()
