"""The README's lab by hand: its lines, typed one after the other, with no reference data there."""

import json
import os
import re
import shlex
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from host.hub.zigbee.stages import STAGES
from tests.faults import ROOT, free_port, python

README = (ROOT / "README.md").read_text(encoding="utf-8")
PARTS = ("dcc", "radio", "hub", "board run")  # they run until they are ended
STARTS_WITHIN = 30.0


def lines(start: str, end: str) -> list[str]:
    """What is typed between two headings."""
    section = README[README.index(start) : README.index(end)]
    return re.findall(r"^\./hanlab (.+)$", section, re.MULTILINE)


SERIAL = lines("## A lab by hand", "## By hand over Zigbee")
ZIGBEE = lines("## By hand over Zigbee", "## Reference data")
GATEWAY_KEYS = [line for line in SERIAL if line.startswith("keys new")]


class Lab:
    """Types lines in a folder; `at` are options that move the lab to ports that are free."""

    def __init__(self, folder: Path, at: dict[str, list[str]]) -> None:
        self._folder = folder
        self._at = at
        data = folder / "no-data"
        data.mkdir()
        self._environment = {
            **os.environ,
            "HANLAB_DATA": str(data),
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'firmware'}",
        }

    def _command(self, line: str) -> list[str]:
        options = [
            option for name, at in self._at.items() if line.startswith(name) for option in at
        ]
        return [*python("host.cli"), *shlex.split(line), *options]

    def run(self, line: str) -> str:
        """Standard output of a command that has to end with 0."""
        done = subprocess.run(
            self._command(line),
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, (line, done.stdout, done.stderr)
        return done.stdout

    @contextmanager
    def running(self, line: str) -> Iterator[Path]:
        """A part, and the file that holds what it says."""
        said = self._folder / f"{line.replace(' ', '-')}.log"
        with said.open("wb") as log:
            part = subprocess.Popen(
                self._command(line),
                cwd=self._folder,
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        try:
            yield said
            assert part.poll() is None, said.read_text()
        finally:
            part.kill()
            part.wait()


def wait_for(port: int) -> None:
    """Until somebody listens there."""
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise AssertionError(f"nobody listens on port {port}")


def wait_for_words(said: Path, words: str) -> None:
    """Until a part says that."""
    deadline = time.monotonic() + STARTS_WITHIN
    while words not in said.read_text():
        assert time.monotonic() < deadline, said.read_text()
        time.sleep(0.05)


def options(dcc: int, webhook: int) -> dict[str, list[object]]:
    """What moves the DCC and its user to ports that are free."""
    url = f"http://127.0.0.1:{webhook}/smartdcc/duis"
    user = ["--dcc", f"http://127.0.0.1:{dcc}", "--listen", webhook, "--json"]
    return {
        "keys new": ["--json"],
        "dcc": ["--port", dcc, "--smki-port", free_port(), "--webhook", url],
        "send": user,
        "pair": user,
    }


def make_lab(folder: Path, at: dict[str, list[object]]) -> Lab:
    return Lab(folder, {name: [str(option) for option in given] for name, given in at.items()})


@pytest.mark.slow
def test_every_line_does_what_it_says(tmp_path: Path) -> None:
    dcc, han, webhook = (free_port() for _ in range(3))
    at = options(dcc, webhook) | {
        "hub": ["--port", han, "--dcc", f"ws://127.0.0.1:{dcc}/wan"],
        "board run": ["--port", han],
    }
    lab = make_lab(tmp_path, at)
    answers: dict[str, str] = {}
    with ExitStack() as running:
        for line in SERIAL:
            if line in PARTS:
                running.enter_context(lab.running(line))
                if line != "board run":
                    wait_for(dcc if line == "dcc" else han)
            else:
                answers[line.split(" --")[0]] = lab.run(line)
    opened = {name: json.loads(said).get("opened") for name, said in answers.items()}
    assert [name for name, answer in opened.items() if answer] == [
        f"send {service}" for service in ("8.11", "8.1.1", "4.1.1", "7.2")
    ]
    for answer in filter(None, opened.values()):
        assert answer["succeeded"], answer
    registers = opened["send 4.1.1"]["results"][0]["value"]
    assert registers["ActiveImport"]["unit"] == "Wh"


@pytest.mark.slow
def test_every_line_over_zigbee_does_what_it_says(tmp_path: Path) -> None:
    dcc, webhook, stick, meter = (free_port() for _ in range(4))
    sticks = [f"00db1234567890a3=tcp:{stick}", f"00db1234567890a1=tcp:{meter}"]
    at = options(dcc, webhook) | {
        "radio": [word for each in sticks for word in ("--stick", each)],
        # the last one of an option counts
        "hub": ["--radio", f"tcp://127.0.0.1:{stick}", "--dcc", f"ws://127.0.0.1:{dcc}/wan"],
        "board run": ["--port", meter],
    }
    lab = make_lab(tmp_path, at)
    answers: dict[str, str] = {}
    with ExitStack() as running:
        for line in (*GATEWAY_KEYS, "dcc", *ZIGBEE):
            if line.startswith(PARTS):
                said = running.enter_context(lab.running(line))
                if line == "dcc":
                    wait_for(dcc)
                elif line == "radio":
                    wait_for_words(said, f":{meter}")
                elif line.startswith("hub"):
                    wait_for_words(said, "connected to the DCC")
            else:
                answers[line.split(" --")[0]] = lab.run(line)
        again = json.loads(lab.run(next(line for line in ZIGBEE if line.startswith("pair"))))
    paired = json.loads(answers["pair"])
    assert paired["paired"]
    assert not paired["already_paired"]
    assert [each["stage"] for each in paired["stages"]] == list(STAGES)
    assert again["already_paired"]
    assert json.loads(answers["send 4.1.1"])["opened"]["succeeded"]
