"""How much heap the firmware takes, and how little it can do with."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dcc_stub.user.opening import Opener
from host.boards.provision import provision_board
from host.boards.vm import HEAP_GATE, Vm
from host.cli.benchmarks.device.board_line import BoardFailedError, BoardLine
from host.cli.benchmarks.household import DAY, NOW, SUPPLIER, YESTERDAY, open_commands
from host.cli.benchmarks.report import Row, Table
from keys import parties
from keys.store import Keystore
from keys.suite import Suite
from smets.codec.errors import SmetsError

METER = parties.ESME.eui
STEP = 1024  # octets; the smallest heap is found to this
LEAST = 32 * 1024
MOST = 2 * HEAP_GATE
# What has to be served: a read, a switch, a day of half hours, new credentials, a read by them.
SERVED = (
    ("ECS17b", "4.1.1", ()),
    ("ECS42", "7.1", ()),
    ("ECS22b, a day", "4.8.1", YESTERDAY),
    ("CS02b", "6.15.1", ()),
    ("CS02a", "6.24.1", ()),
    ("ECS17b again", "4.1.1", ()),
)
# Prints the heap that importing modules takes.
IMPORTS = """
import gc
gc.collect()
before = gc.mem_alloc()
for name in {names!r}:
    __import__(name)
gc.collect()
print(gc.mem_alloc() - before)
"""


class Work(NamedTuple):
    """A command that the board has to serve."""

    name: str
    message: bytes


def work(keys: Keystore) -> list[Work]:
    """What the board is asked for, in order."""
    with open_commands(keys, [METER]) as commands:
        return [Work(name, commands.make(srv, METER, NOW, pairs)) for name, srv, pairs in SERVED]


def serve(
    vm: Vm, image: Path, keys: Keystore, asked: Sequence[Work], heap: int
) -> list[dict[str, Any]]:
    """Serves everything in one start; the board's status after its start and after each command.

    BoardFailedError when anything is not served.
    """
    opener = Opener(keys, Suite(), SUPPLIER)
    with tempfile.TemporaryDirectory(prefix="hanlab-bench-") as temporary:
        folder = Path(temporary) / "board"
        provision_board(folder, keys, METER)
        with BoardLine(vm, image, folder, heap) as board:
            found = [board.status()]
            board.tell_time(NOW - DAY)
            board.tell_time(NOW)
            for each in asked:
                try:
                    answer = board.ask(each.message)
                except BoardFailedError as error:
                    raise BoardFailedError(f"{each.name}: {error}") from error
                _check(each, opener, answer)
                found.append(board.status())
            if found[-1]["failed"] is not None:
                raise BoardFailedError(f"message {found[-1]['failed']} failed in the board")
    return found


def _check(asked: Work, opener: Opener, answer: bytes) -> None:
    try:
        opened = opener.open(answer)
    except SmetsError as error:
        raise BoardFailedError(f"{asked.name}: {error}") from error
    if not opened.succeeded:
        raise BoardFailedError(f"{asked.name} failed in the device")


def smallest_heap(vm: Vm, image: Path, keys: Keystore, asked: Sequence[Work]) -> int:
    """The least heap, in octets of a 32-bit machine, that serves everything; by halving."""
    low, high = LEAST // STEP, MOST // STEP
    serve(vm, image, keys, asked, MOST)
    while high - low > 1:
        middle = (low + high) // 2
        if _serves(vm, image, keys, asked, middle * STEP):
            high = middle
        else:
            low = middle
    return high * STEP


def _serves(vm: Vm, image: Path, keys: Keystore, asked: Sequence[Work], heap: int) -> bool:
    try:
        serve(vm, image, keys, asked, heap)
    except BoardFailedError:
        return False
    return True


def code_heap(vm: Vm, image: Path, modules: Sequence[str]) -> int:
    """Octets of heap that the code of these modules takes."""
    done = subprocess.run(
        vm.command("-c", IMPORTS.format(names=list(modules)), heap=MOST),
        env=vm.environment([image]),
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


def tables(
    vm: Vm, image: Path, keys: Keystore, at_start: Sequence[str], serving: Sequence[str]
) -> list[Table]:
    """Heap while serving and octets on the board's file system.

    The modules are those that a meter has after its start, and after it has served.
    """
    asked = work(keys)
    gate = vm.heap_bytes(HEAP_GATE)
    smallest = smallest_heap(vm, image, keys, asked)
    statuses = serve(vm, image, keys, asked, max(smallest, HEAP_GATE))
    rows: list[Row] = [
        _row("code of the started board", code_heap(vm, image, at_start)),
        _row("code after reads and switches", code_heap(vm, image, serving)),
        _row("live after start", statuses[0]["heap_live"]),
        _row("live after serving", statuses[-1]["heap_live"]),
        _row("peak while serving, garbage included", statuses[-1]["heap_peak"], gate),
        _row("smallest heap that serves", vm.heap_bytes(smallest), gate),
    ]
    served = ", ".join(each.name for each in asked)
    return [
        Table(f"Heap, octets, in a heap of {gate}; served: {served}", rows, "octets"),
        Table("The board's files, octets", file_rows(image)),
    ]


def _row(name: str, octets: int, limit: int | None = None) -> Row:
    return {"what": name, "octets": octets, "limit": limit}


def file_rows(image: Path) -> list[Row]:
    """Octets of compiled modules and packed tables by package."""
    files = [path for path in sorted(image.rglob("*")) if path.is_file()]
    found: dict[str, dict[str, int]] = {}
    for path in files:
        parts = path.relative_to(image).parts
        package = "/".join(parts[:2] if parts[0] == "smets" else parts[:1])
        kind = {".mpy": "mpy", ".bin": "tables"}.get(path.suffix, "other")
        row = found.setdefault(package if len(parts) > 1 else ".", {})
        row[kind] = row.get(kind, 0) + path.stat().st_size
    rows: list[Row] = [
        {"package": package, **{kind: row.get(kind, 0) for kind in ("mpy", "tables", "other")}}
        for package, row in found.items()
    ]
    total: Row = {"package": "all"}
    for kind in ("mpy", "tables", "other"):
        total[kind] = sum(row.get(kind, 0) for row in found.values())
    return [*rows, total]
