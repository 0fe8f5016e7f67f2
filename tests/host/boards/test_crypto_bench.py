"""The benchmark of the primitives counts what it should and runs where they run."""

import json
import subprocess

import pytest

from host.boards import crypto_bench
from host.boards.image import board_image
from keys.suite import Suite as HostSuite
from smets.crypto.suite import Suite as DeviceSuite
from tests.outside import missing
from tests.vm.machines import GATE, vms

ROWS = [
    "ecdh",
    "ecdh_kept",
    "sign",
    "verify",
    "verify_kept",
    "gcm_240",
    "gmac_1200",
    "sha256_1200",
]


@pytest.mark.parametrize("suite", [HostSuite(), DeviceSuite()], ids=["host", "device"])
def test_each_primitive_is_timed_and_strangers_only_once(suite):
    rows = list(crypto_bench.measure(suite, least_ms=0))
    assert [name for name, _, _ in rows] == ROWS
    assert all(milliseconds > 0 and runs == 3 for _, milliseconds, runs in rows)


def test_a_row_ends_when_no_stranger_is_left():
    strangers = [1, 2, 3, 4]
    _, runs = crypto_bench._fastest(strangers.pop, least_ms=1e9, most_runs=4)
    assert runs == 4
    assert not strangers


@pytest.mark.slow
def test_a_vm_prints_a_document_a_line():
    vm = vms().get(GATE)
    if vm is None:
        missing(f"no {GATE} MicroPython VM here; get it with `./hanlab doctor --fetch`")
    done = subprocess.run(
        vm.command(crypto_bench.__file__),
        env=vm.environment([board_image(vm)]),
        capture_output=True,
        check=True,
        text=True,
    )
    documents = [json.loads(line) for line in done.stdout.splitlines()]
    heap = [document["bytes"] for document in documents[:2]]
    assert [document["name"] for document in documents] == ["heap_imported", "heap_in_use", *ROWS]
    assert 0 < heap[0] < heap[1] < 32 * 1024
    assert all(document["ms"] > 0 for document in documents[2:])
