"""The firmware in a VM behind a virtual board's line, beside a hub and a fake DCC."""

import asyncio
import json
import os
from contextlib import asynccontextmanager

import pytest

from host.boards.virtual import BoardError, VirtualBoard
from host.hub.han_session import HanSession, Reported
from tests.board.client import applied_in
from tests.board.ledger_device import command, number
from tests.host.boards import boards
from tests.host.hub import lab
from tests.host.hub.lab import HUB, METER, until


@pytest.fixture
def dcc(dcc):
    """It has the hub list the meter."""
    dcc.send(HUB, lab.listing(METER))
    return dcc


@asynccontextmanager
async def hub_and_board(tmp_path, dcc, vm):
    async with (
        lab.running(tmp_path, dcc.url) as hub,
        boards.running(vm, tmp_path / METER, METER, hub.han_port) as board,
    ):
        await until(lambda: b"A" + number(1) in dcc.received(METER))
        yield hub, board


async def test_a_board_serves_within_its_heap(tmp_path, dcc, vm):
    async with hub_and_board(tmp_path, dcc, vm) as (hub, _):
        dcc.send(METER, *(command(counter, size=1500) for counter in range(1, 21)))
        await until(lambda: len(dcc.received(METER)) == 21)
        status = await hub.status(METER)
    assert dcc.received(METER)[1:] == [
        b"R" + command(counter, size=1500)[1:] for counter in range(1, 21)
    ]
    assert status["failed"] is None
    assert status["frames_dropped"] == 0
    assert status["outbox"] == 0
    assert status["vm"].startswith("micropython 1.")
    heap = vm.heap_bytes(128 * 1024)
    assert 0.9 * heap < status["heap"] <= heap
    assert status["heap_live"] < status["heap_peak"] <= status["heap"]


async def test_a_board_that_loses_power_goes_on_where_it_was(tmp_path, dcc, gate_vm):
    async with hub_and_board(tmp_path, dcc, gate_vm) as (_, board):
        for last in (5, 10, 15):
            dcc.send(METER, *(command(counter) for counter in range(last - 4, last + 1)))
            await until(lambda: len(dcc.received(METER)) > last - 4)  # noqa: B023
            board.restart()
        await until(lambda: len(dcc.received(METER)) == 16)
        assert board.starts == 4
    assert applied_in(tmp_path / METER / "state") == list(range(1, 16))
    assert dcc.received(METER)[1:] == [b"R" + number(counter) for counter in range(1, 16)]


async def test_a_board_outlives_its_hub(tmp_path, dcc, gate_vm):
    port = 0
    async with lab.running(tmp_path, dcc.url) as hub:
        port = hub.han_port
    async with boards.running(gate_vm, tmp_path / METER, METER, port) as board:
        for last in (1, 2, 3):
            async with lab.running(tmp_path, dcc.url, port=port):
                dcc.send(METER, command(last))
                await until(lambda: b"R" + number(last) in dcc.received(METER))  # noqa: B023
                assert board.connected
            await until(lambda: not board.connected)
        assert board.starts == 1
        assert (tmp_path / METER / "vm.pid").read_text() == str(board.pid)


async def test_rubbish_on_the_line_does_no_harm(tmp_path, gate_vm):
    rubbish = [os.urandom(3000), *(bytes((octet,)) * 3000 for octet in b"\x7e\x7d\x00\x11")]

    async def hub(reader, writer):
        for piece in rubbish:
            writer.write(piece)
        session = HanSession()
        writer.write(session.status())
        while octets := await reader.read(4096):
            for event in session.feed(octets):
                if isinstance(event, Reported):
                    report.set_result(json.loads(event.text))
        writer.close()

    report = asyncio.get_running_loop().create_future()
    server = await asyncio.start_server(hub, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, boards.running(gate_vm, tmp_path / METER, METER, port) as board:
        async with asyncio.timeout(lab.SOON):
            status = await report
        assert board.starts == 1
    assert status["frames_dropped"] >= 3
    assert status["failed"] is None
    assert (tmp_path / METER / "log.txt").read_bytes() == b""


async def test_a_second_runner_is_refused(tmp_path, dcc, gate_vm):
    async with hub_and_board(tmp_path, dcc, gate_vm) as (hub, board):
        second = VirtualBoard(gate_vm, boards.image(gate_vm), board.folder, ("127.0.0.1", 1))
        with pytest.raises(BoardError, match="running already"):
            await second.run()
        assert (await hub.status(METER))["failed"] is None
