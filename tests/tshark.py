"""Wireshark's dissectors as a judge of what we put on the air.

`dissect` runs tshark over a capture with the keys it is given; `assert_sound` fails where tshark
found a frame malformed, could not decrypt it, or warned.
"""

import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lxml import etree

from host.programs import tshark
from host.programs.errors import ProgramMissingError
from tests.outside import missing

NUMBER = re.compile(r"[1-9][0-9]*|0|0x[0-9a-fA-F]+")

KEYS_FILE = "zigbee_pc_keys"
TIME_LIMIT = 120

# epan/expert.h: PI_WARN; above it stand errors.
WARNING = 0x00600000
MALFORMED = "_ws.malformed"

# What PDML adds in front of every frame.
OUTLINE = "geninfo"


@dataclass(frozen=True)
class Field:
    """One field as tshark shows it; `value` is its octets in hexadecimal, or its bits' value.

    `end` is where it ends in the octets that its protocol was decrypted or put together to.
    """

    name: str
    show: str
    value: str
    end: int


@dataclass(frozen=True)
class Packet:
    """One frame: its protocols from outside in, its fields in order, tshark's complaints."""

    number: int
    protocols: tuple[str, ...]
    fields: tuple[Field, ...]
    complaints: tuple[str, ...]

    def shows(self, name: str) -> list[str]:
        """Every value of a field, in order; a NWK header stands before an APS header."""
        return [field.show for field in self.fields if field.name == name]

    def show(self, name: str) -> str:
        """The first value of a field."""
        return self._first(name).show

    def octets(self, name: str) -> bytes:
        """The octets of the first field of that name."""
        return bytes.fromhex(self._first(name).value)

    def __contains__(self, name: str) -> bool:
        return any(field.name == name for field in self.fields)

    def _first(self, name: str) -> Field:
        found = next((field for field in self.fields if field.name == name), None)
        assert found is not None, f"frame {self.number} has no {name}: {self.protocols}"
        return found


@cache
def judge() -> tshark.Tshark:
    """The tshark of this machine; without one the test fails in CI and is skipped elsewhere."""
    try:
        found = tshark.find()
    except ProgramMissingError as error:
        missing(str(error))
    if found is None:
        missing("no tshark here; get it with `./hanlab doctor --fetch`")
    assert found is not None
    return found


def dissect(
    capture: Path,
    keys: Mapping[str, bytes] | Path,
    options: Sequence[str] = (),
) -> list[Packet]:
    """Every frame of a pcap file as tshark sees it.

    `keys` are network keys and link keys of 16 octets by label, or a file in Wireshark's own
    format; `options` go to tshark as they are.
    """
    text = keys.read_text(encoding="utf-8") if isinstance(keys, Path) else _keys_file(keys)
    return list(_packets(_run(["-n", "-r", str(capture), "-T", "pdml", *options], text)))


def rewrite(capture: Path, target: Path, form: str) -> Path:
    """A capture as tshark writes it in another format."""
    _run(["-r", str(capture), "-w", str(target), "-F", form])
    return target


def values(name: str) -> dict[int, str]:
    """The words that tshark has for the values of a field."""
    found = _values().get(name, {})
    assert found, f"tshark has no words for {name}"
    return found


@cache
def _values() -> dict[str, dict[int, str]]:
    found: dict[str, dict[int, str]] = {}
    for line in _run(["-G", "values"]).decode().splitlines():
        columns = line.split("\t")
        if columns[0] == "V" and NUMBER.fullmatch(columns[2]):
            found.setdefault(columns[1], {})[int(columns[2], 0)] = columns[3]
    return found


def _run(arguments: Sequence[str], keys_file: str = "") -> bytes:
    """Run tshark with a configuration of its own; return what it printed."""
    program = judge()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, KEYS_FILE).write_text(keys_file, encoding="utf-8")
        done = subprocess.run(
            [*program.program, *arguments],
            check=False,
            capture_output=True,
            timeout=TIME_LIMIT,
            stdin=subprocess.DEVNULL,
            env=program.environment(Path(folder)),
        )
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout


def assert_sound(packets: Iterable[Packet], excused: Sequence[str] = ()) -> None:
    """Fail when tshark complained of a frame, other than in words that start as an excuse does."""
    count = 0
    found = []
    for packet in packets:
        count += 1
        for complaint in packet.complaints:
            if not complaint.startswith(tuple(excused)):
                layers = ":".join(packet.protocols)
                found.append(f"frame {packet.number} ({layers}): {complaint}")
    assert count, "no frame in the capture"
    assert not found, "\n".join(found)


def _keys_file(keys: Mapping[str, bytes]) -> str:
    assert all(len(key) == 16 for key in keys.values())
    return "".join(f'"{key.hex(":")}","Normal","{label}"\n' for label, key in keys.items())


def _packets(document: bytes) -> Iterator[Packet]:
    for packet in etree.fromstring(document).iterfind("packet"):
        protocols = [str(proto.get("name")) for proto in packet.iterfind("proto")]
        fields = [
            Field(
                str(element.get("name")),
                _show(str(element.get("show", ""))),
                str(element.get("value", "")),
                int(element.get("pos", 0)) + int(element.get("size", 0)),
            )
            for proto in packet.iterfind("proto")
            if proto.get("name") != OUTLINE
            for element in proto.iter("field")
            if element.get("name")
        ]
        yield Packet(
            next(int(field.show) for field in fields if field.name == "frame.number"),
            tuple(name for name in protocols if name != OUTLINE),
            tuple(fields),
            tuple(_complaints(packet)),
        )


def _show(value: str) -> str:
    """Flags as 1 and 0, which is what tshark 4.0 has for what 4.4 calls True and False."""
    return {"True": "1", "False": "0"}.get(value, value)


def _complaints(packet: etree._Element) -> Iterator[str]:
    for expert in packet.iter("field"):
        if expert.get("name") != "_ws.expert":
            continue
        said = {str(part.get("name")): str(part.get("show")) for part in expert.iter("field")}
        if int(said.get("_ws.expert.severity", WARNING)) >= WARNING:
            yield said.get("_ws.expert.message", "expert information without a message")
    for proto in packet.iterfind("proto"):
        if proto.get("name") == MALFORMED:
            yield "malformed: " + str(proto.get("showname", ""))
