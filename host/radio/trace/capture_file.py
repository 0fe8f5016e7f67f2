"""Reading captures of IEEE 802.15.4 frames, pcap or pcapng."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from struct import error

from host.radio.trace import pcap, pcapng
from host.radio.trace.captured import Captured, captured
from host.radio.trace.errors import CaptureError, CutOffError


def read(path: Path) -> Iterator[Captured]:
    """The frames of a capture.

    CaptureError when it is none, CutOffError after the last frame that is all there.
    """
    with path.open("rb") as file:
        magic = file.read(4)
        if magic != pcapng.MAGIC and magic not in pcap.MAGIC:
            raise CaptureError(f"{path} is no pcap file")
        records = pcapng.records(file) if magic == pcapng.MAGIC else pcap.records(magic, file)
        try:
            for number, (time, link_type, octets) in enumerate(records, start=1):
                yield captured(number, time, link_type, octets)
        except CutOffError as problem:
            raise CutOffError(f"{path} ends amid a record: {problem}") from problem
        except CaptureError as problem:
            raise CaptureError(f"{path}: {problem}") from problem
        except error as problem:
            raise CutOffError(f"{path} ends amid a record: its header is cut off") from problem
