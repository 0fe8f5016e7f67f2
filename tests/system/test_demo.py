"""`hanlab demo` as a user runs it: everything started, both meters read, one settled.

A seed's day is run once and its document shared; only what repeats a day runs it again.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from host.boards.vm import Vm

STEPS = [
    "keys",
    "DCC stub",
    "radio",
    "hub",
    "boards",
    "12.2",
    "8.11",
    "join",
    "6.21",
    "8.7.2",
    "8.1.1",
    "day",
    "4.1.1",
    "4.8.1",
    "4.8.1 gas",
    "settle",
]

SEED = "7"
SUMMER_DAY = "2026-06-10"
JOINED = ["associated", "network key", "interview", "CBKE", "tunnel"]
DOCUMENT = {
    "meter",
    "gas_meter",
    "bellows",
    "steps",
    "read_wh",
    "meter_wh",
    "gas_read_dm3",
    "gas_meter_dm3",
    "settled",
    "capture",
    "seconds",
}


def demo(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "host.cli", "demo", "--vm", "i386", *arguments],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@dataclass(frozen=True)
class Run:
    """What a demonstration printed, and the folder that it was run in."""

    folder: Path
    document: dict[str, Any]


@pytest.fixture(scope="module")
def run(gate_vm: Vm, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Run]:
    """The run of a seed's day, made when it is first asked for."""

    @cache
    def once(seed: str, day: str) -> Run:
        folder = tmp_path_factory.mktemp("demo")
        done = demo(folder, "--json", "--seed", seed, "--day", day)
        assert (done.returncode, done.stderr) == (0, "")
        return Run(folder, json.loads(done.stdout))

    return once


@pytest.mark.parametrize(
    ("day", "periods"),
    [
        ("2026-10-25", 50),
        pytest.param(SUMMER_DAY, 48, marks=pytest.mark.slow),
        pytest.param("2026-03-29", 46, marks=pytest.mark.slow),
    ],
)
def test_a_meter_is_installed_read_and_settled(
    run: Callable[[str, str], Run], day: str, periods: int
) -> None:
    made = run(SEED, day)
    document = made.document
    assert set(document) == DOCUMENT
    for meter in (document["meter"], document["gas_meter"]):
        assert re.fullmatch("[0-9a-f]{16}", meter["eui"])
        assert meter["vm"].startswith("i386 1.")
        assert meter["heap_bytes"] == 160 * 1024
        assert list(meter["joined"]) == JOINED
    assert document["bellows"] == version("bellows")

    steps = document["steps"]
    assert [step["name"] for step in steps] == STEPS
    assert all(step["detail"] and step["seconds"] >= 0 for step in steps)
    assert sum(step["seconds"] for step in steps) <= document["seconds"] + 0.1

    assert len(document["read_wh"]) == periods
    assert document["read_wh"] == document["meter_wh"]
    assert sum(document["read_wh"]) > 0

    assert len(document["gas_read_dm3"]) == periods
    assert document["gas_read_dm3"] == document["gas_meter_dm3"]
    assert sum(document["gas_read_dm3"]) > 0

    settled = document["settled"]
    assert (settled["date"], settled["run"], settled["periods"]) == (day, "SF", periods)
    (take,) = settled["group_take_wh"].values()
    assert len(take) == periods
    assert [sum(wh) for wh in zip(*settled["supplier_wh"].values(), strict=True)] == take
    capture = made.folder / document["capture"]
    assert sorted(made.folder.iterdir()) == [capture, capture.with_name("han.pcap.keys")]
    assert capture.stat().st_size > 10_000


@pytest.mark.slow
def test_the_same_seed_reads_the_same_and_another_does_not(
    run: Callable[[str, str], Run], tmp_path: Path
) -> None:
    def values(document: dict[str, Any]) -> tuple[list[int], dict[str, list[int]]]:
        return document["read_wh"], document["settled"]["group_take_wh"]

    first = values(run(SEED, SUMMER_DAY).document)
    again = demo(tmp_path, "--json", "--seed", SEED, "--day", SUMMER_DAY)
    assert again.returncode == 0, again.stderr
    assert values(json.loads(again.stdout)) == first
    other = values(run("2", SUMMER_DAY).document)
    assert other[0] != first[0]
    assert other[1] != first[1]


@pytest.mark.slow
@pytest.mark.usefixtures("gate_vm")
def test_for_people_it_shows_steps_and_keeps_a_lab_of_its_own(tmp_path: Path) -> None:
    done = demo(tmp_path, "--keep", "--day", SUMMER_DAY)
    assert (done.returncode, done.stderr) == (0, "")
    shown = [line.split()[2] for line in done.stdout.splitlines()[: len(STEPS)]]
    assert shown == [step.split()[0] for step in STEPS]
    assert "\x1b" not in done.stdout
    keys = tmp_path / "lab" / "keys"
    private = list(keys.glob("*.key"))
    assert private
    assert all(key.stat().st_mode & 0o777 == 0o600 for key in private)
    again = demo(tmp_path, "--keep", "--day", SUMMER_DAY)
    assert again.returncode == 2
    assert "holds a lab already" in again.stderr


@pytest.mark.parametrize("day", ["yesterday", "1999-12-31", "2026-02-30"])
def test_a_day_that_is_none_is_wrong_usage(tmp_path: Path, day: str) -> None:
    done = demo(tmp_path, "--day", day)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"--day {day}:" in done.stderr
