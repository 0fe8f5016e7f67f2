"""`./hanlab radio` as a process: its ports, its capture, and what kill -9 leaves."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from host.cli.errors import explain
from host.cli.main import hanlab
from host.cli.radio import parsed_slot
from host.radio.ncp.nonvolatile import FlashError
from host.radio.trace import keys as trace_keys
from tests.radio_lab import GSME, HUB, coordinator, formed, meter_on, until

ROOT = Path(__file__).parents[3]


@contextlib.asynccontextmanager
async def process(
    lab: Path, *options: str, hub_port: str = "tcp"
) -> AsyncIterator[tuple[asyncio.subprocess.Process, dict[str, str]]]:
    """The command while it runs, and its sticks' URLs by EUI-64."""
    arguments = ["radio", "--lab", str(lab), "--json", *options]
    for stick in (f"{HUB.hex()}={hub_port}", f"{GSME.hex()}=tcp"):
        arguments += ["--stick", stick]
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "host.cli",
        *arguments,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        assert running.stdout is not None
        line = await asyncio.wait_for(running.stdout.readline(), 20)
        yield running, json.loads(line)["sticks"]
    finally:
        if running.returncode is None:
            running.terminate()
        await asyncio.wait_for(running.wait(), 10)


async def test_no_key_and_no_counter_is_lost_to_kill_9(tmp_path: Path) -> None:
    async with process(tmp_path) as (running, urls):
        await formed(urls[HUB.hex()])
        async with coordinator(urls[HUB.hex()]) as hub, meter_on(urls[GSME.hex()]) as meter:
            before = hub.network
            await hub.let_in(GSME)
            await meter.join()
            await meter.send(1, b"\x18\x01\x0b")
            running.send_signal(signal.SIGKILL)
            await running.wait()
            await until(lambda: bool(hub.heard.lost), 5)
    async with (
        process(tmp_path) as (_, urls),
        coordinator(urls[HUB.hex()]) as hub,
        meter_on(urls[GSME.hex()]) as meter,
    ):
        after = hub.network
        assert after.network_key.key == before.network_key.key
        assert after.pan_id == before.pan_id
        assert after.network_key.tx_counter > before.network_key.tx_counter
        await meter.start()
        meter.driver.rejoin()
        await meter.wait_for("joined", True)
        await meter.send(2, b"\x18\x02\x0b")


async def test_the_capture_can_be_read_with_the_keys_beside_it(tmp_path: Path) -> None:
    capture = tmp_path / "han.pcap"
    async with process(tmp_path, "--capture", str(capture), hub_port="pty") as (running, urls):
        assert urls[HUB.hex()].startswith("/dev/")
        await formed(urls[HUB.hex()])
        async with coordinator(urls[HUB.hex()]) as hub:
            network_key = hub.network.network_key.key.serialize()
        running.terminate()
        assert await running.wait() == 0
    beside = tmp_path / "han.pcap.keys"
    assert beside.stat().st_mode & 0o777 == 0o600
    assert trace_keys.read(beside)[network_key] == "network key"
    shown = CliRunner().invoke(hanlab, ["trace", "--pcap", str(capture), "--json"])
    assert shown.exit_code == 0, shown.output
    assert len(json.loads(shown.stdout)["frames"]) > 0


@pytest.mark.parametrize(
    "text",
    [
        "00db1234567890a2",
        "00db1234567890a2=tcp:x",
        "1=pty",
        "=tcp",
        "00db1234567890a2=tcp:70000",
        "00db1234567890a2=usb",
    ],
)
def test_what_is_no_stick_is_refused(text: str) -> None:
    done = CliRunner().invoke(hanlab, ["radio", "--stick", text])
    assert done.exit_code == 2, done.output


def test_the_same_stick_twice_is_refused(tmp_path: Path) -> None:
    stick = f"{HUB.hex()}=tcp"
    arguments = ["radio", "--lab", str(tmp_path), "--stick", stick, "--stick", stick]
    done = CliRunner().invoke(hanlab, arguments)
    assert done.exit_code == 2
    assert "twice" in done.output


def test_a_stick_with_a_broken_state_is_named(tmp_path: Path) -> None:
    (tmp_path / "radio").mkdir()
    (tmp_path / "radio" / f"{HUB.hex()}.json").write_text("{")
    done = CliRunner().invoke(
        hanlab, ["radio", "--lab", str(tmp_path), "--stick", f"{HUB.hex()}=tcp"]
    )
    assert isinstance(done.exception, FlashError)
    message, code = explain(done.exception)
    assert f"{HUB.hex()}.json" in message
    assert "move it away" in message
    assert code == 1


async def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    stick = f"{HUB.hex()}=tcp:{port}"
    done = await asyncio.to_thread(run_command, "radio", "--lab", str(tmp_path), "--stick", stick)
    server.close()
    assert done.returncode == 1
    assert "in use" in done.stderr
    assert "--stick" in done.stderr


def run_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of its own process, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "host.cli", *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=30,
    )


def test_ports_are_as_they_are_given() -> None:
    assert parsed_slot(f"{HUB.hex()}=tcp:6638").tcp_port == 6638
    assert parsed_slot(f"{HUB.hex()}=tcp").tcp_port == 0
    assert parsed_slot(f"{HUB.hex()}=pty").tcp_port is None
