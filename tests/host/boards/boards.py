"""Boards whose device keeps books, for the tests of this folder."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from host.boards.image import board_files, make_image
from host.boards.virtual import VirtualBoard
from host.boards.vm import Vm
from host.boards.vm.mpy import architecture

TESTS = Path(__file__).parents[2] / "board"
BOOKKEEPING = [(TESTS / "vm_main.py", "main.py"), (TESTS / "ledger_device.py", "ledger_device.py")]
# What the device that keeps books needs of smets.
NEEDED = (
    "smets/__init__",
    "smets/codec/",
    "smets/device/__init__",
    "smets/device/store",
    "smets/device/outbox",
    "smets/gbcs/__init__",
    "smets/gbcs/grouping",
    "smets/gbcs/message",
)


def image(vm: Vm) -> Path:
    """The board part of the firmware around the device that keeps books."""
    files = [
        (source, name)
        for source, name in board_files(BOOKKEEPING)
        if not name.startswith("smets/") or name.startswith(NEEDED)
    ]
    return make_image(files, {}, architecture(vm))


def make_folder(folder: Path, eui: str) -> Path:
    """A board's folder with its configuration and no state."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {"eui": eui, "type": 1, "link": {}, "clock": "told", "get_interval": 0}
    (folder / "board.json").write_text(json.dumps(config))
    return folder


@asynccontextmanager
async def running(vm: Vm, folder: Path, eui: str, port: int) -> AsyncIterator[VirtualBoard]:
    board = VirtualBoard(vm, image(vm), make_folder(folder, eui), ("127.0.0.1", port))
    task = asyncio.create_task(board.run())
    try:
        yield board
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
