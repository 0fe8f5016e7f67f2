"""How long commands take in the VM, beside the primitives that they need."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from host.boards import crypto_bench
from host.boards.image import board_image
from host.boards.provision import provision_board
from host.boards.vm import HEAP_GATE, Vm
from host.cli.benchmarks import device
from host.cli.benchmarks.household import DAY, NOW, open_commands
from host.cli.benchmarks.report import Row, Table
from host.cli.errors import CommandError
from keys import parties
from keys.store import Keystore

METER = parties.ESME.eui
RATIO_LIMIT = 1.5
SHARE_LIMIT = 0.5  # so that a critical command stays within the ratio as well
PUBLIC_KEY = {"shared_secret": "ECDH", "sign": "sign", "verify": "verify"}
LINE = ("board.run", "board.warm")  # what the benchmark does without
TIME_LIMIT = 300  # seconds
PARTS = 3  # the table of where time goes

PROGRAM = "meter_program"
MODULES = [
    (Path(device.__file__).with_name("meter_program.py"), f"{PROGRAM}.py"),
    (Path(crypto_bench.__file__), "crypto_bench.py"),
]


class Setting(NamedTuple):
    """Where the meter's state lies, and the heap: with room for the benchmark, and such state.

    That the firmware does with less is what `memory` finds out.
    """

    flash: str
    heap: int


IN_MEMORY = Setting("memory", 4 * HEAP_GATE)
SETTINGS = (Setting("file", HEAP_GATE + HEAP_GATE // 4), IN_MEMORY)
# Command, service request, and runs at first contact and after it.
COMMANDS = (("ECS17b", "4.1.1", 8, 30), ("ECS42", "7.1", 8, 30))


class Timing(NamedTuple):
    """Tables, modules of a board after its start and after it has served, and one ECDH, ms."""

    tables: list[Table]
    at_start: list[str]
    serving: list[str]
    ecdh_ms: float


def measure(vm: Vm, keys: Keystore) -> Timing:
    """Primitives, commands and where their time goes, each setting in one VM process."""
    image = board_image(vm, MODULES)
    found = {
        setting: list(_run(vm, image, keys, _lines(keys, setting), setting.heap))
        for setting in SETTINGS
    }
    primitives = next(iter(found.values()))
    commands = [row for documents in found.values() for row in _command_rows(documents)]
    in_memory = found[IN_MEMORY]
    at_start, serving = (_modules(each["modules"]) for each in in_memory if "modules" in each)
    tables = [
        Table("Primitives in the VM, fastest run", list(_primitive_rows(primitives))),
        Table(
            "Commands, fastest run; the primitives are those that each needs, run again with the "
            "same octets in the same process; limited where no disk takes part",
            commands,
            "ratio",
        ),
        Table(
            "A warm read needs no public-key operation: what it takes beyond its primitives "
            "beside one verify (kept)",
            list(_warm_read_rows(commands, _fastest(in_memory, "verify_kept"))),
            "share",
        ),
        Table(
            "Where the time of a warm command goes, ms",
            [row for documents in found.values() for row in _part_rows(documents)],
        ),
    ]
    return Timing(tables, at_start, serving, _fastest(primitives, "ecdh"))


def _modules(names: Sequence[str]) -> list[str]:
    """With those of a board's line, and without the benchmark's own."""
    own = {name.removesuffix(".py") for _, name in MODULES} | {"smets.device.ram_flash"}
    return [*(name for name in names if name not in own), *LINE]


def _lines(keys: Keystore, setting: Setting) -> Iterator[str]:
    now = NOW
    yield "primitives"
    yield f"meter {setting.flash} {METER.hex()} state"
    yield f"poll {NOW - DAY}"
    yield f"poll {NOW}"
    yield "modules"
    with open_commands(keys, [METER]) as commands:
        for name, service_request, cold, warm in COMMANDS:
            for word, runs in (("cold", cold), ("warm", warm), ("parts", 9)):
                for _ in range(runs):
                    now += 1
                    message = commands.make(service_request, METER, now)
                    yield f"{word} {name} {message.hex()} {now}"
    yield "modules"


def _run(
    vm: Vm, image: Path, keys: Keystore, lines: Iterator[str], heap: int
) -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="hanlab-bench-") as temporary:
        folder = Path(temporary) / "board"
        provision_board(folder, keys, METER)
        done = subprocess.run(
            vm.command("-c", f"import {PROGRAM}", heap=heap),
            input="\n".join(lines) + "\n",
            env=vm.environment([image]),
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise CommandError(f"the firmware failed in a heap of {heap} octets: {said[0]}")
    for line in done.stdout.splitlines():
        yield json.loads(line)


def _primitive_rows(documents: Sequence[dict[str, Any]]) -> Iterator[Row]:
    for each in documents:
        if "primitive" in each:
            yield {"primitive": each["primitive"], "ms": each["ms"], "runs": each["runs"]}


def _command_rows(documents: Sequence[dict[str, Any]]) -> Iterator[Row]:
    measured = [each for each in documents if "contact" in each]
    groups = dict.fromkeys((each["command"], each["contact"], each["flash"]) for each in measured)
    for command, contact, flash in groups:
        runs = [
            each
            for each in measured
            if (each["command"], each["contact"], each["flash"]) == (command, contact, flash)
        ]
        if contact == "warm":
            runs = runs[1:]  # the one that fills the caches
        if not all(each["answer"] for each in runs):
            raise CommandError(f"the meter refused {command} in the benchmark")
        needs = runs[0]["needs"].split()
        public_key = [PUBLIC_KEY[name] for name in needs if name in PUBLIC_KEY]
        limited = flash == IN_MEMORY.flash and not _is_warm_read(contact, public_key)
        whole, primitives, acknowledging = (
            min(each[name] for each in runs) / 1000
            for name in ("us", "primitives_us", "acknowledge_us")
        )
        yield {
            "command": command,
            "contact": contact,
            "flash": flash,
            "ms": whole,
            "primitives ms": primitives,
            "ratio": whole / primitives,
            "limit": RATIO_LIMIT if limited else None,
            "beyond ms": whole - primitives,
            "ACK ms": acknowledging,
            "needs": ", ".join(
                [f"{name} (kept)" if contact == "warm" else name for name in public_key]
                + [f"{len(needs) - len(public_key)} symmetric"]
            ),
        }


def _is_warm_read(contact: str, public_key: Sequence[str]) -> bool:
    return contact == "warm" and set(public_key) == {"ECDH"}


def _warm_read_rows(commands: Sequence[Row], verify_ms: float) -> Iterator[Row]:
    for row in commands:
        if row["flash"] == IN_MEMORY.flash and row["contact"] == "warm" and row["limit"] is None:
            beyond = row["beyond ms"]
            assert isinstance(beyond, float)
            yield {
                "command": row["command"],
                "beyond ms": beyond,
                "verify (kept) ms": verify_ms,
                "share": beyond / verify_ms,
                "limit": SHARE_LIMIT,
            }


def _fastest(documents: Sequence[dict[str, Any]], primitive: str) -> float:
    return next(float(each["ms"]) for each in documents if each.get("primitive") == primitive)


def _part_rows(documents: Sequence[dict[str, Any]]) -> Iterator[Row]:
    measured = [each for each in documents if "parts_us" in each]
    names = sorted({name for each in measured for name in each["parts_us"]})
    for command, flash in dict.fromkeys((each["command"], each["flash"]) for each in measured):
        runs = [each for each in measured if (each["command"], each["flash"]) == (command, flash)]
        row: Row = {"command": command, "flash": flash}
        for name in names:
            row[name] = median(each["parts_us"].get(name, 0) for each in runs) / 1000
        yield row
