"""`hanlab demo` as a user runs it: everything started, one meter read and settled."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

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
    "8.1.1",
    "day",
    "4.1.1",
    "4.8.1",
    "4.8.1 gas",
    "settle",
]


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


@pytest.mark.usefixtures("gate_vm")
@pytest.mark.parametrize(
    ("day", "periods"),
    [
        ("2026-10-25", 50),
        pytest.param("2026-06-10", 48, marks=pytest.mark.slow),
        pytest.param("2026-03-29", 46, marks=pytest.mark.slow),
    ],
)
def test_a_meter_is_installed_read_and_settled(tmp_path: Path, day: str, periods: int) -> None:
    done = demo(tmp_path, "--json", "--seed", "7", "--day", day)
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
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
    capture = tmp_path / document["capture"]
    assert sorted(tmp_path.iterdir()) == [capture, capture.with_name("han.pcap.keys")]
    assert capture.stat().st_size > 10_000


@pytest.mark.slow
@pytest.mark.usefixtures("gate_vm")
def test_the_same_seed_reads_the_same_and_another_does_not(tmp_path: Path) -> None:
    def values(seed: str) -> tuple[list[int], dict[str, list[int]]]:
        done = demo(tmp_path, "--json", "--seed", seed, "--day", "2026-06-10")
        assert done.returncode == 0, done.stderr
        document = json.loads(done.stdout)
        return document["read_wh"], document["settled"]["group_take_wh"]

    first = values("1")
    assert values("1") == first
    other = values("2")
    assert other[0] != first[0]
    assert other[1] != first[1]


@pytest.mark.usefixtures("gate_vm")
def test_for_people_it_shows_steps_and_keeps_a_lab_of_its_own(tmp_path: Path) -> None:
    done = demo(tmp_path, "--keep", "--day", "2026-06-10")
    assert (done.returncode, done.stderr) == (0, "")
    shown = [line.split()[2] for line in done.stdout.splitlines()[: len(STEPS)]]
    assert shown == [step.split()[0] for step in STEPS]
    assert "\x1b" not in done.stdout
    keys = tmp_path / "lab" / "keys"
    private = list(keys.glob("*.key"))
    assert private
    assert all(key.stat().st_mode & 0o777 == 0o600 for key in private)
    again = demo(tmp_path, "--keep", "--day", "2026-06-10")
    assert again.returncode == 2
    assert "holds a lab already" in again.stderr


@pytest.mark.parametrize("day", ["yesterday", "1999-12-31", "2026-02-30"])
def test_a_day_that_is_none_is_wrong_usage(tmp_path: Path, day: str) -> None:
    done = demo(tmp_path, "--day", day)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"--day {day}:" in done.stderr
