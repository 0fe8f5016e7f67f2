"""The commands `hub` and `board` as a user calls them; tests/system kills running ones."""

import json
import socket
import subprocess
import sys

import pytest

from host.boards.provision import board_folder
from keys import parties
from tests.faults import ROOT


def hanlab(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "host.cli", *map(str, arguments)],
        cwd=ROOT,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'firmware'}", "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_board_is_provisioned_once(lab):
    device = parties.CHF.eui.hex("-")  # any device whose keys are held
    asked = (
        "board",
        "provision",
        "--lab",
        lab,
        "--device",
        device,
        "--seed",
        "0a0b",
        "--kind",
        "ESME",
    )
    done = hanlab(*asked)
    assert (done.returncode, done.stdout) == (0, "")
    configuration = board_folder(lab, parties.CHF.eui) / "board.json"
    assert json.loads(configuration.read_text())["seed"] == "0a0b"
    again = hanlab(*asked)
    assert again.returncode == 1
    assert "--renew" in again.stderr
    assert hanlab(*asked, "--renew").returncode == 0


def test_a_board_is_of_the_kind_that_the_lab_has_under_its_eui(lab):
    device = parties.GSME.eui.hex("-")
    asked = ("board", "provision", "--lab", lab, "--device", device, "--renew", "--wakes", "60")
    assert hanlab(*asked).returncode == 0
    configuration = json.loads((board_folder(lab, parties.GSME.eui) / "board.json").read_text())
    assert (configuration["kind"], configuration["get_interval"]) == ("GSME", 60)
    refused = hanlab("board", "provision", "--lab", lab, "--device", parties.GPF.eui.hex("-"))
    assert refused.returncode == 1
    assert "GPF" in refused.stderr


@pytest.mark.parametrize("command", [("hub",), ("board", "provision"), ("board", "run")])
def test_a_lab_without_keys_is_told_how_to_get_them(tmp_path, command):
    done = hanlab(*command, "--lab", tmp_path)
    assert done.returncode == 3
    assert "hanlab keys new" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_told(lab):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = hanlab("hub", "--lab", lab, "--port", taken.getsockname()[1])
    assert done.returncode == 1
    assert "--port" in done.stderr


@pytest.mark.parametrize("arguments", [("--device", "nonsense"), ("--seed", "xyz")])
def test_what_cannot_be_read_is_told(lab, arguments):
    done = hanlab("board", "provision", "--lab", lab, *arguments)
    assert done.returncode in {1, 2}
    assert "Traceback" not in done.stderr
    assert arguments[1] in done.stderr
