"""`hanlab doctor`: what this machine has, what is missing and how to get it."""

import os
import platform
import shutil
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import click

from host.boards.vm import NAMES, Vm, find_vms, provide
from host.boards.vm.find import obstacle
from host.cli.errors import DONE, MISSING
from host.cli.options import json_option, vm_option
from host.cli.output import console, emit_json, say
from host.programs import tshark
from host.programs.cache import cache_folder
from host.programs.errors import ProgramMissingError

ROOT = Path(__file__).parents[2]

# Folder of outside data, and what needs it.
OUTSIDE_DATA = (
    ("rtds", "`./hanlab rtds` and the tests against DCC's reference test data set"),
    ("duis", "the tests of the DCC stub against DUIS schemas and samples"),
    ("vectors", "the tests against published vectors"),
)


@dataclass(frozen=True)
class Finding:
    """One thing looked for. `fix` is empty when there is nothing to do."""

    name: str
    present: bool
    detail: str
    fix: str = ""
    needed: bool = False


@click.command(
    epilog="\b\nExample: ./hanlab doctor --fetch\n         ./hanlab doctor --json | jq .vms"
)
@click.option(
    "--fetch", is_flag=True, help="Download the native VMs and tshark where missing, or --vm."
)
@vm_option
@json_option
def doctor(fetch: bool, vm_name: str | None, as_json: bool) -> int:
    """Say what this machine has, what is missing and how to get it.

    Exit code 3 when something is missing that the lab cannot do without and cannot fetch.
    """
    if fetch and vm_name is not None:
        provide(vm_name, say)
    elif fetch:
        _fetch()
    vms = find_vms()
    findings = [_python(), *_machines(vms), _tshark(), _disk(), *_outside_data()]
    healthy = all(finding.present for finding in findings if finding.needed)
    if as_json:
        emit_json(
            {
                "healthy": healthy,
                "vms": [vm.describe() for vm in vms],
                "findings": [asdict(finding) for finding in findings],
            }
        )
    else:
        _show(findings, healthy)
    return DONE if healthy else MISSING


def _fetch() -> None:
    """Get tshark and the native VMs; where no such VM can be had, whatever other one can."""
    for one in (partial(provide, "i386"), partial(provide, "amd64"), tshark.provide):
        try:
            one(say)
        except ProgramMissingError as error:
            say(str(error))
    if not find_vms():
        provide(None, say)


def _python() -> Finding:
    return Finding("python", present=True, detail=platform.python_version(), needed=True)


def _machines(vms: list[Vm]) -> list[Finding]:
    here = {vm.name: vm for vm in vms}
    obstacles = {name: obstacle(name) for name in NAMES if name not in here}
    findings = [
        Finding(
            f"vm {name}", present=True, detail=f"{vm.version}, {vm.word_bits} bit, {vm.origin}"
        )
        if (vm := here.get(name)) is not None
        else Finding(
            f"vm {name}", present=False, detail="not here", fix=_how(name, obstacles[name])
        )
        for name in NAMES
    ]
    can = bool(here) or any(reason is None for reason in obstacles.values())
    detail = (
        "ready" if here else "fetched on first use" if can else "none, and none can be fetched"
    )
    fix = "" if can else "install `micropython` 1.22 or newer, or set HANLAB_VM to the program"
    return [*findings, Finding("micropython", present=can, detail=detail, fix=fix, needed=True)]


def _how(name: str, reason: str | None) -> str:
    if reason is None:
        return f"`./hanlab doctor --fetch --vm {name}`, or on first use"
    return reason


def _tshark() -> Finding:
    use = "only for the tests of what is on the air"
    try:
        here = tshark.find()
    except ProgramMissingError as error:
        return Finding("tshark", present=False, detail=use, fix=str(error))
    if here is not None:
        return Finding("tshark", present=True, detail=f"{here.version}, {here.origin}")
    reason = tshark.obstacle()
    fix = "`./hanlab doctor --fetch`" if reason is None else f"{reason}; {tshark.OTHERWISE}"
    return Finding("tshark", present=False, detail=use, fix=fix)


def _disk() -> Finding:
    folder = cache_folder()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free // 1_000_000
    writable = os.access(there, os.W_OK)
    detail = f"{folder}, {free} MB free" if writable else f"{folder} cannot be written to"
    fix = "" if writable else "set HANLAB_CACHE to a folder you may write to"
    return Finding("cache", present=writable, detail=detail, fix=fix, needed=True)


def _outside_data() -> list[Finding]:
    folder = Path(os.environ.get("HANLAB_DATA") or ROOT.parent / "shared")
    return [
        Finding(f"data {name}", present=True, detail=str(folder / name))
        if (folder / name).exists()
        else Finding(
            f"data {name}",
            present=False,
            detail=f"only for {use}",
            fix=f"put it into {folder}, or set HANLAB_DATA to the folder that has it",
        )
        for name, use in OUTSIDE_DATA
    ]


def _show(findings: list[Finding], healthy: bool) -> None:
    out = console()
    for finding in findings:
        if finding.present:
            mark, style = "ok", "green"
        else:
            mark, style = ("MISSING", "red") if finding.needed else ("no", "yellow")
        out.print(f"[{style}]{mark:>7}[/]  {finding.name:<12} ", end="")
        out.print(finding.detail + (f": {finding.fix}" if finding.fix else ""), markup=False)
    out.print("The lab can run here." if healthy else "The lab cannot run here yet.")
