"""How long key establishment takes a meter, and how much heap."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from host.boards.image import board_image
from host.boards.vm import HEAP_GATE, Vm
from host.cli.benchmarks import device
from host.cli.benchmarks.device import memory
from host.cli.benchmarks.device.cbke_program import STEPS, SUITE
from host.cli.benchmarks.household import HUB
from host.cli.benchmarks.report import Row, Table
from host.cli.errors import CommandError
from keys import parties
from keys.store import Keystore
from keys.zigbee_suite import ZigbeeSuite
from smets.device.zigbee_keys import KEY_ESTABLISHMENT
from smets.zigbee.cbke import Initiator, Responder

if TYPE_CHECKING:
    from smets.zigbee.cbke import Command

METER = parties.ESME.eui
RUNS = 12
PROGRAM = "cbke_program"
MODULE = Path(device.__file__).with_name(f"{PROGRAM}.py"), f"{PROGRAM}.py"
TIME_LIMIT = 120  # seconds
# P-256 ECDH on an ESP32 at its 160 MHz, scaled from MicroPython's published perf_bench scores,
# +-40 %: the yardstick for what no board was at hand to measure.
ESP32_ECDH_SECONDS = 0.37


class Exchange(NamedTuple):
    """What the program is given, and the link key that it has to find."""

    lines: tuple[bytes, ...]
    link_key: bytes


def rehearse(keys: Keystore) -> Exchange:
    """The whole agreement on the host, so that the VM's side hears the right answers."""
    secret = os.urandom(64)
    suite, own = ZigbeeSuite(), keys.cbke_identity(METER, SUITE)
    initiator = Initiator(suite, own, HUB, lambda count: secret[:count])
    responder = Responder(suite, keys.cbke_identity(HUB, SUITE), METER, os.urandom)
    answers: list[bytes] = []
    command: Command | None = initiator.start(0)
    while command is not None:
        answer = responder.receive(*command, 0)
        if answer is None:
            break
        answers.append(answer[1])
        command = initiator.receive(*answer, 0)
    if initiator.link_key is None or len(answers) != len(STEPS):
        raise CommandError("key establishment failed on the host: are the lab's keys in order?")
    return Exchange((own.encode(), HUB, secret, *answers), initiator.link_key)


def tables(vm: Vm, keys: Keystore, ecdh_ms: float) -> list[Table]:
    """Times beside an estimate for the ESP32, and the heap; `ecdh_ms` is this VM's P-256 ECDH."""
    image = board_image(vm, [MODULE])
    exchange = rehearse(keys)
    runs = _run(vm, image, exchange, 4 * HEAP_GATE, RUNS)
    fastest = {step: min(run[step] for run in runs) / 1000 for step in STEPS}
    fastest["all of it"] = min(sum(run[step] for step in STEPS) for run in runs) / 1000
    times: list[Row] = [
        {"step": step, "ms": ms, "ESP32 s, estimate": ms / ecdh_ms * ESP32_ECDH_SECONDS}
        for step, ms in fastest.items()
    ]
    code = memory.code_heap(vm, image, ("smets.crypto.zigbee_suite", *KEY_ESTABLISHMENT))
    smallest = _smallest_heap(vm, image, exchange)
    idle = _smallest_heap(vm, image, None)
    heap: list[Row] = [
        {"what": "code, given back after the join", "octets": code},
        {"what": "smallest heap that agrees", "octets": vm.heap_bytes(smallest)},
        {"what": "that, without what an idle VM needs", "octets": vm.heap_bytes(smallest - idle)},
    ]
    return [
        Table(
            f"Key establishment (CBKE suite {SUITE}), the meter's side, fastest run; an ESP32 at "
            f"160 MHz is put at {ESP32_ECDH_SECONDS} s for a P-256 ECDH, +-40 %",
            times,
        ),
        Table("Heap of key establishment, octets", heap),
    ]


def _run(
    vm: Vm, image: Path, exchange: Exchange, heap: int, count: int
) -> Sequence[dict[str, Any]]:
    lines = [*(octets.hex() for octets in exchange.lines), str(count)]
    done = _program(vm, image, lines, heap)
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise CommandError(f"key establishment failed in a heap of {heap} octets: {said[0]}")
    documents = [json.loads(line) for line in done.stdout.splitlines()]
    if any(bytes.fromhex(each["link_key"]) != exchange.link_key for each in documents):
        raise CommandError("the VM found another link key than the host")
    return [each["us"] for each in documents]


def _smallest_heap(vm: Vm, image: Path, exchange: Exchange | None) -> int:
    """The least heap, in octets of a 32-bit machine, for one run; None: for none."""
    lines = ["00"] * 6 + ["0"]
    if exchange is not None:
        lines = [*(octets.hex() for octets in exchange.lines), "1"]
    step = memory.STEP
    low, high = 0, memory.MOST // step
    while high - low > 1:
        middle = (low + high) // 2
        if _program(vm, image, lines, middle * step).returncode:
            low = middle
        else:
            high = middle
    return high * step


def _program(
    vm: Vm, image: Path, lines: Sequence[str], heap: int
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        vm.command("-c", f"import {PROGRAM}", heap=heap),
        input="\n".join(lines) + "\n",
        env=vm.environment([image]),
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )
