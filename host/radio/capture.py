"""Captures of the air as pcap files, and the keys to read them, as Wireshark takes them."""

import struct
from pathlib import Path
from typing import BinaryIO

from host.radio.air import Air
from smets.zigbee import mac

IEEE802_15_4_WITHFCS = 195
IEEE802_15_4_NOFCS = 230
IEEE802_15_4_TAP = 283
LINK_TYPES = (IEEE802_15_4_WITHFCS, IEEE802_15_4_NOFCS, IEEE802_15_4_TAP)

_MAGIC = 0xA1B2C3D4  # microseconds, the writer's byte order
_SNAP_LENGTH = 0xFFFF


def file_header(link_type: int) -> bytes:
    """What a pcap file begins with."""
    return struct.pack("<IHHiIII", _MAGIC, 2, 4, 0, 0, _SNAP_LENGTH, link_type)


def record(time: float, octets: bytes) -> bytes:
    """A packet at `time`, seconds since 1970."""
    seconds, microseconds = divmod(round(time * 1_000_000), 1_000_000)
    return struct.pack("<IIII", seconds, microseconds, len(octets), len(octets)) + octets


def packet(link_type: int, frame: bytes, channel: int, rssi: int) -> bytes:
    """A frame without its FCS as a link type has it."""
    if link_type == IEEE802_15_4_NOFCS:
        return frame
    octets = mac.with_fcs(frame)
    return octets if link_type == IEEE802_15_4_WITHFCS else tap_header(channel, rssi) + octets


def tap_header(channel: int, rssi: int) -> bytes:
    """FCS of 16 bits (TLV 0), level (TLV 1), channel on page 0 (TLV 3)."""
    fields = struct.pack("<HHI", 0, 1, 1)
    fields += struct.pack("<HHf", 1, 4, rssi)
    fields += struct.pack("<HHHBx", 3, 3, channel, 0)
    return struct.pack("<BBH", 0, 0, 4 + len(fields)) + fields


KEYS_SUFFIX = ".keys"  # of the file beside a capture, which opens it


class Capture:
    """Writes what is on the air to a file; at `limit` octets it stops and says so in `full`.

    `epoch` is the time, seconds since 1970, at which the air's clock began.
    """

    def __init__(
        self,
        path: Path,
        link_type: int = IEEE802_15_4_TAP,
        epoch: float = 0.0,
        limit: int = 1 << 30,
    ) -> None:
        if link_type not in LINK_TYPES:
            raise ValueError(f"link type {link_type} is none of {LINK_TYPES}")
        self.frames = 0
        self.full = False
        self._link_type = link_type
        self._epoch = epoch
        self._left = limit
        self._file: BinaryIO = path.open("wb")
        self._write(file_header(link_type))

    def attach(self, air: Air) -> None:
        air.taps.append(self.frame)

    def frame(self, time: float, channel: int, rssi: int, frame: bytes) -> None:
        if self.full:
            return
        octets = record(self._epoch + time, packet(self._link_type, frame, channel, rssi))
        if len(octets) > self._left:
            self.full = True
            return
        self._write(octets)
        self.frames += 1

    def _write(self, octets: bytes) -> None:
        self._left -= len(octets)
        self._file.write(octets)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()


class KeyFile:
    """The keys of a capture: network and link keys, each once, for its owner's eyes only.

    Wireshark reads it as `zigbee_pc_keys` in its configuration folder.
    """

    NAME = "zigbee_pc_keys"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: set[bytes] = set()
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text("")

    def add(self, key: bytes, label: str) -> None:
        if key not in self._known:
            self._known.add(key)
            with self._path.open("a") as file:
                file.write(key_line(key, label))


def key_line(key: bytes, label: str) -> str:
    """A line of Wireshark's table of pre-configured keys."""
    return f'"{key.hex(":")}","Normal","{label.replace(chr(34), chr(39))}"\n'
