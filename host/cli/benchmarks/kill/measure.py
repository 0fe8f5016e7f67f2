"""The report of `hanlab bench kill`."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from dcc_stub.inventory.device import Device
from dcc_stub.inventory.status import Status
from dcc_stub.store.store import Store
from dcc_stub.user.listener import Listener
from host.boards.provision import board_folder
from host.boards.vm import Vm
from host.cli.benchmarks.kill import books
from host.cli.benchmarks.kill.programs import Programs, free_ports
from host.cli.benchmarks.kill.user import HUB, LIST_DEVICE, METER, SUPPLIER, Users
from host.cli.benchmarks.report import Report, Row, Table
from host.cli.dcc import STORE_FILE, clock
from host.cli.errors import CommandError
from keys import parties, pki
from keys.store import Keystore

LOOPBACK = "127.0.0.1"
INSTALLED_WITHIN = 60.0  # seconds
SETTLED_WITHIN = 120.0  # seconds after the last kill
LEFT_OVER = 3.0  # seconds for what comes late: acknowledgements, and what would come twice
NEVER = "86400"  # seconds until the DCC gives up: here nothing may be given up

Say = Callable[[str], None]


async def measure(vm: Vm, kills: int, seed: int, say: Say) -> Report:
    """Kills DCC, hub, board and VM at random moments of a supplier's work."""
    chance = Random(seed)  # noqa: S311  # repeatable on purpose
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hanlab-bench-") as folder:
        lab = Path(folder)
        keys = _make_lab(lab)
        async with _running(lab, keys, vm, chance) as (programs, users):
            say("the lab runs; killing begins")
            working = asyncio.create_task(users.work())
            await programs.kill_at_random(chance, kills, users.answered)
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            say("no more kills; waiting for what is under way")
            await _until(lambda: not users.outstanding(), SETTLED_WITHIN)
            await asyncio.sleep(LEFT_OVER)
            killed = dict(programs.kills)
        rows = books.check(lab, keys, users)
    report = Report("kill", {"vm": vm.name, "seed": seed, "kills": kills})
    report.facts["seconds"] = time.monotonic() - started
    report.tables = [
        Table("Killed", [{"program": name, "times": killed[name]} for name in sorted(killed)]),
        Table("The users' ledger", _ledger(users)),
        Table("Held against the books of DCC, hub and meter", rows, "count"),
    ]
    report.notes = [f"refused: {reason}: {count}" for reason, count in users.rejected.items()]
    return report


def _make_lab(lab: Path) -> Keystore:
    """Keys, and a DCC that knows hub and meter as commissioned."""
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    pki.create(lab / "keys", valid_from=yesterday)
    for device in (parties.CHF, parties.GPF, parties.ESME):
        pki.add_device(lab / "keys", device.eui, device.type, valid_from=yesterday)
    store = Store(lab / STORE_FILE)
    with store.transaction():
        store.inventory.put(
            Device(HUB, "CHF", Status.COMMISSIONED, associated_gpf=parties.GPF.eui)
        )
        store.inventory.put(Device(METER, "ESME", Status.COMMISSIONED, hub=HUB))
    store.close()
    return Keystore(lab / "keys")


@asynccontextmanager
async def _running(
    lab: Path, keys: Keystore, vm: Vm, chance: Random
) -> AsyncIterator[tuple[Programs, Users]]:
    """DCC, hub and board at work, the meter in the hub's log and answering."""
    gateway, smki, han = free_ports(3)
    users = Users(keys, f"http://{LOOPBACK}:{gateway}", clock, chance)
    grandchild = "vm", board_folder(lab, METER) / "vm.pid"
    place = ("--lab", str(lab))
    async with Listener(keys.find, port=0, on_message=users.deliver) as listener:
        with Programs(lab, grandchild) as programs:
            ports = ("--port", str(gateway), "--smki-port", str(smki))
            programs.start(
                "dcc", *place, *ports, "--webhook", listener.url, "--response-timeout", NEVER
            )
            wan = f"ws://{LOOPBACK}:{gateway}/wan"
            programs.start("hub", *place, "--port", str(han), "--dcc", wan)
            programs.start("board", "run", *place, "--vm", vm.name, "--port", str(han))
            try:
                await _install(users)
                yield programs, users
            finally:
                await users.close()


async def _install(users: Users) -> None:
    """The meter is listed in the hub, and answers."""
    async with asyncio.timeout(INSTALLED_WITHIN):
        for variant in (LIST_DEVICE, "4.1.1"):
            while not any(
                each.variant == variant and each.promised for each in users.ledger.values()
            ):
                await users.ask(variant, SUPPLIER)
                await asyncio.sleep(0.2)
    await _until(lambda: not users.outstanding(), INSTALLED_WITHIN)
    if users.rejected:
        raise CommandError(f"the lab cannot be installed: {dict(users.rejected)}")


async def _until(condition: Callable[[], bool], seconds: float) -> None:
    """Waits for what has to come; when it does not, the books tell what is missing."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        await asyncio.sleep(0.1)


def _ledger(users: Users) -> list[Row]:
    entries = users.ledger.values()
    rows: list[Row] = []
    for variant in sorted({each.variant for each in entries}):
        mine = [each for each in entries if each.variant == variant]
        rows.append(
            {
                "service request": variant,
                "asked": len(mine),
                "promised": sum(each.promised is True for each in mine),
                "unknown": sum(each.promised is None for each in mine),
                "answered": sum(bool(each.documents) for each in mine),
                "documents": sum(len(each.documents) for each in mine),
            }
        )
    return rows
