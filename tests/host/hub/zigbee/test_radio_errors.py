"""A radio that does not start: the cause, the next step, and whether it may help to wait."""

import asyncio
import errno
import os
import socket
from contextlib import suppress
from pathlib import Path

import click
import pytest
import zigpy.exceptions

from host.cli.hub import radio_path
from host.hub.radio import Radio
from host.hub.zigbee.datagrams import RadioError
from host.hub.zigbee.network import Network
from host.hub.zigbee.radio_errors import explain
from tests.faults import free_port

PATH = "/dev/ttyUSB0"
GPF = "00db1234567890a3"


@pytest.mark.parametrize(
    ("number", "words", "passing"),
    [
        (errno.ENOENT, "--radio auto", False),
        (errno.EACCES, "dialout", False),
        (errno.EBUSY, "another program", False),
        (errno.ENOTTY, "no serial port", False),
        (errno.EISDIR, "no serial port", False),
        (errno.ENOTDIR, "--radio auto", False),
        (socket.EAI_NONAME, "check its name", False),
        (errno.ECONNREFUSED, "./hanlab radio", True),
    ],
)
def test_the_system_s_errors_have_their_next_step(number, words, passing):
    wrapped = zigpy.exceptions.TransientConnectionError()
    wrapped.__cause__ = OSError(number, os.strerror(number))
    said = explain(wrapped, PATH)
    assert words in said.message
    assert said.passing is passing


def test_silence_is_another_firmware_or_baud_rate():
    said = explain(TimeoutError(), PATH)
    assert "EZSP" in said.message
    assert "baud rate" in said.message
    assert said.passing


async def starting(path: str, seconds: float) -> tuple[list[str], Exception | None]:
    """What the network logs and raises in the first seconds on a radio."""
    network = Network(Radio(path, GPF, {}), Silent(), list, lambda: bytes.fromhex(GPF))

    async def on_up() -> None:
        raise AssertionError("there is no radio")

    task = asyncio.create_task(network.run(on_up))
    await asyncio.wait([task], timeout=seconds)
    if task.done():
        return [], task.exception()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return [], None


class Silent:
    def __getattr__(self, name):
        return lambda *_: None


async def test_a_path_that_is_not_there_ends_the_hub_at_once(tmp_path):
    _, error = await starting(str(tmp_path / "none"), 10)
    assert isinstance(error, RadioError)
    assert "there is no" in str(error)


async def test_a_file_is_no_radio(tmp_path: Path):
    (tmp_path / "file").touch()
    _, error = await starting(str(tmp_path / "file"), 10)
    assert isinstance(error, RadioError)
    assert "no serial port" in str(error)


async def test_a_radio_that_does_not_listen_yet_is_waited_for(caplog):
    _, error = await starting(f"tcp://127.0.0.1:{free_port()}", 1)
    assert error is None
    assert "./hanlab radio" in caplog.text


@pytest.mark.parametrize("named", ["", "tcp://127.0.0.1", "tcp://:1", "tcp://127.0.0.1:port"])
def test_half_an_address_is_wrong_usage(named):
    with pytest.raises(click.UsageError, match="tcp://HOST:PORT"):
        radio_path(named)


@pytest.mark.parametrize("named", ["/dev/ttyUSB0", "COM3", "tcp://127.0.0.1:6638"])
def test_a_path_and_an_address_are_taken(named):
    assert radio_path(named) == named
