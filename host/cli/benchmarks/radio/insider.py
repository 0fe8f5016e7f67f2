"""A device that has its keys and misbehaves above them: ZCL, tunnel and GBCS."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import NamedTuple

from host.boards.vm import Vm
from host.cli.benchmarks.radio.home import HUB_STICK, Home, holds
from host.cli.benchmarks.report import Row, Table
from host.cli.dcc import STORE_FILE
from host.hub.zigbee.endpoints import CHF_ENDPOINT
from host.hub.zigbee.han import ZigbeeHan
from host.radio.stack.types import ApsFrame, ApsOption
from keys import parties
from smets.zigbee import zcl
from smets.zigbee.clusters import TIME, TUNNELING
from smets.zigbee.driver import SMART_ENERGY
from smets.zigbee.tunnel import TRANSFER_DATA

METER = parties.ESME
METER_ENDPOINT = 1
READ = "4.16"
REFUSED_WITHIN = 5.0  # s
SETTLES = 1.0  # s until what is not refused would have gone through
NO_COMMAND = 0x7F
SECURED = ApsOption.RETRY | ApsOption.ENCRYPTION
FIRST_TAG = 0xF0  # the meter's own begin at 1


class Frame(NamedTuple):
    """A kind of frame; `reason`: what the hub counts it under, None: it takes it, to no effect."""

    name: str
    reason: str | None
    cluster: int
    octets: bytes
    options: ApsOption = SECURED


def insider(vm: Vm, frames: int, seed: int) -> Table:
    """`frames` of each kind from the radio of a meter that has joined."""
    with tempfile.TemporaryDirectory(prefix="hanlab-bench-") as folder:
        return asyncio.run(_insider(Path(folder), vm, frames, seed))


async def _insider(folder: Path, vm: Vm, frames: int, seed: int) -> Table:
    async with Home(folder) as home:
        await home.start((METER,), seed)
        await home.install(vm, METER, seed)
        response = (await home.send(READ, METER.eui)).last.gbcs_message
        assert response is not None
        delivered = _deliveries(home)
        han = home.hub.han
        assert isinstance(han, ZigbeeHan)
        rows = [
            await _attack(home, han, frame, frames)
            for frame in _kinds(han.tunnels.identifier(METER.eui.hex()), response)
        ]
        await asyncio.sleep(SETTLES)
        through = _deliveries(home) - delivered
        rows.append(_row("messages that reached the supplier", None, None, through))
        await home.send(READ, METER.eui)  # the tunnel still works
    return Table("A device with good keys that misbehaves", rows, limited="let through")


def _kinds(tunnel: int, response: bytes) -> Iterator[Frame]:
    read = zcl.Frame(0, 1, zcl.READ_ATTRIBUTES, bytes(2)).encode()
    yield Frame("ZCL in the clear", "in the clear", TIME, read, ApsOption.RETRY)
    yield Frame("ZCL cut off", "malformed", TIME, read[:2])
    unknown = zcl.Frame(zcl.CLUSTER_COMMAND, 1, NO_COMMAND).encode()
    yield Frame("ZCL command that is none", "unsupported command", TIME, unknown)
    yield Frame("tunnel: of another", "no such tunnel", TUNNELING, _transfer(tunnel + 1, b"\x01"))
    cut = zcl.Frame(zcl.CLUSTER_COMMAND, 1, TRANSFER_DATA, b"\x01").encode()
    yield Frame("tunnel: cut off", "malformed", TUNNELING, cut)
    yield Frame("tunnel: a response replayed", None, TUNNELING, _transfer(tunnel, response))
    forged = response[:-1] + bytes((response[-1] ^ 1,))
    yield Frame("tunnel: a response forged", None, TUNNELING, _transfer(tunnel, forged))


def _transfer(tunnel: int, data: bytes) -> bytes:
    payload = tunnel.to_bytes(2, "little") + data
    return zcl.Frame(zcl.CLUSTER_COMMAND, 1, TRANSFER_DATA, payload).encode()


async def _attack(home: Home, han: ZigbeeHan, frame: Frame, count: int) -> Row:
    if frame.reason is None:
        for _ in range(count):
            _inject(home, frame)
            await asyncio.sleep(SETTLES / count)
        return _row(frame.name, count, None, 0)
    refused = 0
    for _ in range(count):
        wanted = _refused(han, frame.reason) + 1
        _inject(home, frame)
        is_counted = partial(_is_counted, han, frame.reason, wanted)
        refused += await holds(is_counted, REFUSED_WITHIN)
    return _row(frame.name, count, refused, count - refused)


def _inject(home: Home, frame: Frame) -> None:
    simulation = home.simulation
    stick = simulation.stick(METER.eui)
    aps = ApsFrame(SMART_ENERGY, frame.cluster, METER_ENDPOINT, CHF_ENDPOINT, frame.options)

    def send() -> None:
        hub = simulation.stick(HUB_STICK).stack.node_id
        stick.stack.send_unicast(hub, aps, frame.octets, FIRST_TAG, stick.now)
        stick.settle()

    simulation.act(send)


def _refused(han: ZigbeeHan, reason: str) -> int:
    return (han.refused + han.tunnels.refused)[reason]


def _is_counted(han: ZigbeeHan, reason: str, wanted: int) -> bool:
    return _refused(han, reason) >= wanted


def _deliveries(home: Home) -> int:
    """How many documents the DCC has had for its users."""
    with closing(sqlite3.connect(home.folder / STORE_FILE)) as store:
        (found,) = store.execute("SELECT coalesce(max(id), 0) FROM delivery").fetchone()
    return int(found)


def _row(name: str, sent: int | None, refused: int | None, through: int) -> Row:
    return {
        "frames": name,
        "sent": sent,
        "refused and counted": refused,
        "let through": through,
        "limit": 0,
    }
