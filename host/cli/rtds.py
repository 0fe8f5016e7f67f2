"""`hanlab rtds`: the lab held to a folder of reference messages."""

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from host.boards.image import board_image
from host.boards.vm import HEAP_GATE, Vm, provide
from host.cli.errors import DONE, FAILED, NotFoundError
from host.cli.options import json_option, vm_option
from host.cli.output import console, emit_json, say
from host.conformance import corpus
from host.conformance.checks import Checker
from host.conformance.examine import examine
from host.conformance.hub_device import HubDevice
from host.conformance.pairs import pairs
from host.conformance.replay import Devices, replay
from host.conformance.report import Report
from host.conformance.setting import Setting
from keys.store import Keystore
from smets.gbcs import roles

PROGRAM = Path(corpus.__file__).parent / "board" / "replay.py"
TIME_LIMIT = 60
KEYSTORE = "keystore"
SHOWN = 20
ON_A_BOARD = (roles.ESME, roles.GSME)
IN_THE_HUB = (roles.CHF, roles.GPF)


@click.command(
    epilog="\b\nExample: ./hanlab rtds RTDS-4.5.0 --keystore keystore\n"
    "         ./hanlab rtds RTDS-4.5.0 --json | jq .commands"
)
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--keystore",
    "keystore_path",
    type=click.Path(path_type=Path),
    help="Certificates and private keys; PATH/../keystore when not given.",
)
@vm_option
@json_option
def rtds(path: Path, keystore_path: Path | None, vm_name: str | None, as_json: bool) -> int:
    """Decode, check and replay every message below PATH.

    PATH holds folders of NAME_KIND_GBCS.HEX files, as DCC's reference test data set unpacks. Every
    message is decoded and encoded again; every MAC, signature and encrypted part whose keys are
    there is checked; every command goes to the firmware in a MicroPython VM, whose response must
    be the reference's. Exit code 1 when anything failed.
    """
    keystore = _keystore(path, keystore_path)
    try:
        references = corpus.read(path)
    except corpus.CorpusError as error:
        raise NotFoundError(str(error)) from error
    vm = provide(vm_name, say)
    report = Report(vm=vm.describe() | {"heap_bytes": vm.heap_bytes(HEAP_GATE)})
    checker = Checker(keystore)
    decoded = examine(references, checker, report)
    with tempfile.TemporaryDirectory() as folder:
        found = pairs(references, decoded)
        board = Board(vm, Path(folder))
        devices: Devices = dict.fromkeys(ON_A_BOARD, board) | {
            device_type: HubDevice(device_type) for device_type in IN_THE_HUB
        }
        replay(found, Setting(keystore, checker, found), devices, report)
    if as_json:
        emit_json(report.document())
    else:
        _show(report)
    return FAILED if report.failures else DONE


def _keystore(path: Path, keystore_path: Path | None) -> Keystore:
    folder = keystore_path or path.parent / KEYSTORE
    if not folder.is_dir():
        raise NotFoundError(f"no keystore in {folder}: name its folder with --keystore")
    return Keystore(folder)


class Board:
    """The firmware in a VM, started anew for each command."""

    def __init__(self, vm: Vm, folder: Path) -> None:
        image = board_image(vm, [(PROGRAM, PROGRAM.name)])
        self._command = vm.command("-m", PROGRAM.stem, heap=HEAP_GATE)
        self._environment = vm.environment([image])
        self._folder = folder
        self._runs = 0

    def __call__(self, lines: Sequence[str]) -> list[str]:
        self._runs += 1
        folder = self._folder / str(self._runs)
        folder.mkdir()
        done = subprocess.run(
            self._command,
            input="\n".join(lines) + "\n",
            env=self._environment,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT,
            check=False,
        )
        return [*done.stdout.splitlines(), *([done.stderr] if done.returncode else [])]


def _show(report: Report) -> None:
    out = console()
    document: dict[str, Any] = report.document()
    for name in ("messages", "macs", "signatures", "encrypted", "commands"):
        figures = ", ".join(f"{value} {key}" for key, value in document[name].items())
        out.print(f"{name:<11} {figures}", markup=False)
    if report.non_minimal_der:
        names = ", ".join(report.non_minimal_der)
        out.print(f"DER not in its shortest form, octets kept: {names}", markup=False)
    for failure in report.failures[:SHOWN]:
        out.print(f"{failure.name}: {failure.stage}: {failure.reason}", markup=False)
    if len(report.failures) > SHOWN:
        out.print(f"{len(report.failures) - SHOWN} more failures; --json names them all")
