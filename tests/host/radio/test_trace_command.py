"""`./hanlab trace` and the files that it reads."""

import json
from pathlib import Path
from struct import pack

import pytest
from click.testing import CliRunner

from host.cli.main import hanlab, run
from host.radio.trace import capture_file, keys
from host.radio.trace.captured import Captured
from host.radio.trace.errors import CaptureError
from smets.gbcs.grouping import COMMAND, GroupingHeader
from smets.gbcs.message import Message
from smets.zigbee import mac
from smets.zigbee.mac import MacFrame
from tests.interop.air import (
    KEYS,
    LINK_KEY,
    NETWORK_KEY,
    PAN,
    TO_CLIENT,
    TO_SERVER,
    Node,
    transfer,
    write_pcap,
)

LABELS = {key: label for label, key in KEYS.items()}
ONE_FRAME = MacFrame(mac.DATA, 7, PAN, 0, PAN, 0x1A2B).encode()
METER = bytes.fromhex("00DB1234567890A0")


def message() -> bytes:
    """A command that fits one frame; the code is CS02a's."""
    header = GroupingHeader(COMMAND, 1005, bytes(8), METER, 8)
    return Message(header, b"\x30").encode()


def records(link_type: int, *frames: bytes, order: str = "<", magic: int = 0xA1B2C3D4) -> bytes:
    head = pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link_type)
    return head + b"".join(
        pack(order + "IIII", 100, 500_000, len(frame), len(frame)) + frame for frame in frames
    )


def tap(frame: bytes) -> bytes:
    fields = pack("<HHI", 0, 1, 1) + pack("<HHf", 1, 4, -61.5) + pack("<HHHBx", 3, 3, 25, 0)
    return pack("<BBH", 0, 0, 4 + len(fields)) + fields + frame


def block(kind: int, body: bytes) -> bytes:
    size = pack("<I", 12 + len(body))
    return pack("<I", kind) + size + body + size


def pcapng(*blocks: bytes) -> bytes:
    return block(0x0A0D0D0A, pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) + b"".join(blocks)


INTERFACE = block(1, pack("<HHI", 230, 0, 0))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (records(195, ONE_FRAME), Captured(1, 100.5, ONE_FRAME, with_fcs=True)),
        (records(230, ONE_FRAME), Captured(1, 100.5, ONE_FRAME, with_fcs=False)),
        (records(230, ONE_FRAME, order=">"), Captured(1, 100.5, ONE_FRAME, with_fcs=False)),
        (
            records(230, ONE_FRAME, magic=0xA1B23C4D),
            Captured(1, 100.0005, ONE_FRAME, with_fcs=False),
        ),
        (
            records(283, tap(ONE_FRAME)),
            Captured(1, 100.5, ONE_FRAME, with_fcs=True, channel=25, signal=-61.5),
        ),
    ],
)
def test_captures_are_read(content: bytes, expected: Captured, tmp_path: Path) -> None:
    path = tmp_path / "air.pcap"
    path.write_bytes(content)
    assert list(capture_file.read(path)) == [expected]


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "is no pcap file"),
        (b"hello, world", "is no pcap file"),
        (bytes.fromhex("0A0D0D0A") + bytes(60), "a section without a byte order"),
        (pcapng(INTERFACE)[:-3], "a block of 20 octets is not all there"),
        (pcapng(block(6, bytes(20))), "a packet without its interface"),
        (pcapng(INTERFACE, block(6, pack("<IIIII", 0, 0, 0, 9, 9))), "or not all there"),
        (pcapng(block(1, bytes(2)), block(6, bytes(20))), "link type 0;"),
        (pcapng(block(1, b"")), "ends amid a record"),
        (records(1, b"x"), "link type 1;"),
        (records(230, ONE_FRAME)[:20], "its header is cut off"),
        (records(230, ONE_FRAME)[:30], "ends amid a record"),
        (records(230, ONE_FRAME)[:-1], "is not all there"),
        (records(230, ONE_FRAME)[:32] + b"\xff" * 4 + bytes(99), "is not all there"),
        (records(283, b"\0"), "frame 1 has a wrong TAP header"),
        (records(283, pack("<BBH", 0, 0, 99)), "wrong TAP header: it is longer"),
        (records(283, pack("<BBHHH", 0, 0, 8, 3, 2)), "wrong TAP header: a field"),
        (records(283, pack("<BBHHH", 0, 0, 8, 3, 0) + ONE_FRAME)[:-1], "is not all there"),
    ],
)
def test_what_is_no_capture_is_refused(content: bytes, cause: str, tmp_path: Path) -> None:
    path = tmp_path / "air.pcap"
    path.write_bytes(content)
    with pytest.raises(CaptureError, match=cause):
        list(capture_file.read(path))


def test_keys_are_read_in_both_orders(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    forward, backward = NETWORK_KEY.hex(":"), LINK_KEY[::-1].hex(" ")
    path.write_text(f'# keys\n"{forward}","Normal","network"\n\n"{backward}","Reverse","link"\n')
    assert keys.read(path) == LABELS


def test_a_line_that_is_no_key_is_named_and_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text(
        f'"{NETWORK_KEY.hex()}","Normal","network"\n"{LINK_KEY.hex()}","Sideways",""\n'
    )
    with pytest.raises(CaptureError, match="line 2: not a Zigbee key") as refused:
        keys.read(path)
    assert LINK_KEY.hex() not in str(refused.value)


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """The hub sends a message to a meter and asks another; that the meter is heard comes last."""
    hub, meter = Node(0, bytes.fromhex("00DB1234567890A2")), Node(0x1A2B, METER)
    other = Node(0x3344, bytes.fromhex("00DB1234567890A1"))
    path = write_pcap(
        tmp_path / "air.pcap",
        [
            *transfer(hub, meter, message(), TO_CLIENT),
            *transfer(hub, other, b"\x01", TO_CLIENT),
            *transfer(meter, hub, message(), TO_SERVER),
        ],
    )
    lines = [f'"{key.hex(":")}","Normal","{label}"\n' for label, key in KEYS.items()]
    (tmp_path / "air.pcap.keys").write_text("".join(lines))
    return path


def trace(*arguments: object) -> str:
    shown = CliRunner().invoke(hanlab, ["trace", "--pcap", *map(str, arguments)])
    assert shown.exit_code == 0, shown.output
    return shown.output


def numbers(*arguments: object) -> list[int]:
    return [frame["number"] for frame in json.loads(trace(*arguments, "--json"))["frames"]]


def test_the_command_shows_every_layer(capture: Path) -> None:
    shown = trace(capture)
    assert "GBCS    CS02a command, Provide Security Credentials Details" in shown
    assert "3 frames (3 MAC, 3 NWK, 3 APS, 3 ZCL, 1 TUNNEL, 2 GBCS), 0 not taken apart" in shown
    for key in KEYS.values():
        assert key.hex() not in shown


def test_the_document_has_the_fields(capture: Path) -> None:
    document = json.loads(trace(capture, "--json"))
    assert document["keys"] == 2
    assert [frame["fault"] for frame in document["frames"]] == [None] * 3
    gbcs = document["frames"][0]["layers"][-1]
    assert gbcs["fields"]["recipient"] == "00db1234567890a0"
    assert gbcs["fields"]["message_code"] == 8


def test_a_device_is_followed_from_before_its_address_was_heard(capture: Path) -> None:
    assert numbers(capture) == [1, 2, 3]
    assert numbers(capture, "--device", "00-DB-12-34-56-78-90-A0") == [1, 3]
    assert numbers(capture, "--device", "1a2b") == [1, 3]
    assert numbers(capture, "--device", "3344") == [2]
    assert numbers(capture, "--device", "3344", "--device", "1a2b") == [1, 2, 3]
    assert numbers(capture, "--device", "00-DB-12-34-56-78-90-A2") == [1, 2, 3]
    assert numbers(capture, "--device", "00-DB-12-34-56-78-90-FF") == []


def test_frames_are_picked_by_how_far_they_reach(capture: Path) -> None:
    assert numbers(capture, "--layer", "gbcs") == [1, 3]
    assert numbers(capture, "--layer", "TUNNEL") == [2]


def test_a_capture_whose_writer_was_killed_is_shown_as_far_as_it_goes(
    capture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capture.write_bytes(capture.read_bytes()[:-9])
    assert run(["trace", "--pcap", str(capture), "--json"]) == 0
    shown = capsys.readouterr()
    document = json.loads(shown.out)
    assert [frame["number"] for frame in document["frames"]] == [1, 2]
    assert document["cut_off"].startswith(f"{capture} ends amid a record")
    assert "ends amid a record" in shown.err


def test_without_keys_it_says_where_they_belong(capture: Path) -> None:
    capture.with_name("air.pcap.keys").unlink()
    shown = trace(capture)
    assert "fault   none of the keys opens it" in shown
    assert "name them with --keys" in shown


@pytest.mark.parametrize(
    ("arguments", "code", "cause"),
    [
        (["--pcap", "nowhere.pcap"], 5, "nowhere.pcap is not there"),
        (["--pcap", __file__], 1, "is no pcap file"),
        (["--pcap", "CAPTURE", "--device", "meter"], 2, "meter: neither an EUI-64"),
        (["--pcap", "CAPTURE", "--keys", __file__], 1, "line 1: not a Zigbee key"),
        (["--pcap", "CAPTURE", "--keys", "nowhere"], 5, "nowhere is not there"),
    ],
)
def test_what_is_wrong_is_told(
    arguments: list[str],
    code: int,
    cause: str,
    capture: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = [str(capture) if word == "CAPTURE" else word for word in arguments]
    assert run(["trace", *words]) == code
    assert cause in capsys.readouterr().err
