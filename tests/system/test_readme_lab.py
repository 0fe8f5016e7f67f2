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

from tests.faults import ROOT, free_port, python

README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = README[README.index("## A lab by hand") : README.index("## Reference data")]
LINES: list[str] = re.findall(r"^\./hanlab (.+)$", SECTION, re.MULTILINE)
PARTS = ("dcc", "hub", "board run")  # they run until they are ended
STARTS_WITHIN = 30.0


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


@pytest.mark.slow
def test_every_line_does_what_it_says(tmp_path: Path) -> None:
    dcc, smki, han, webhook = (free_port() for _ in range(4))
    at = {
        "keys new": ["--json"],
        "dcc": [
            "--port",
            dcc,
            "--smki-port",
            smki,
            "--webhook",
            f"http://127.0.0.1:{webhook}/smartdcc/duis",
        ],
        "hub": ["--port", han, "--dcc", f"ws://127.0.0.1:{dcc}/wan"],
        "board run": ["--port", han],
        "send": ["--dcc", f"http://127.0.0.1:{dcc}", "--listen", webhook, "--json"],
    }
    lab = Lab(
        tmp_path, {name: [str(option) for option in options] for name, options in at.items()}
    )
    answers: dict[str, str] = {}
    with ExitStack() as running:
        for line in LINES:
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
