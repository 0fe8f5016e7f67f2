"""`hanlab trace`: a capture of the air, layer by layer."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from host.cli.errors import DONE, CommandError, NotFoundError
from host.cli.options import json_option
from host.cli.output import console, emit_json, say
from host.radio.capture import KeyFile
from host.radio.trace import capture_file, keys
from host.radio.trace.captured import Captured
from host.radio.trace.dissector import Dissector
from host.radio.trace.errors import CaptureError, CutOffError
from host.radio.trace.filter import Filter
from host.radio.trace.layer import LAYERS, Dissection
from keys.zigbee_suite import ZigbeeSuite

# The file of keys that goes with one capture; a folder's is named as Wireshark names it.
KEYS_SUFFIX = ".keys"


@click.command(
    epilog="\b\nExample: ./hanlab trace --pcap air.pcap\n"
    "         ./hanlab trace --pcap air.pcap --device 00-DB-12-34-56-78-90-A0 --layer GBCS"
)
@click.option(
    "--pcap",
    "capture",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="IEEE 802.15.4 frames in a pcap or pcapng file (link types 195, 230, 283).",
)
@click.option(
    "--keys",
    "keys_path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Network and link keys in Wireshark's format; FILE.keys or zigbee_pc_keys beside the "
    "capture when not given.",
)
@click.option(
    "--device",
    "devices",
    multiple=True,
    help="Only frames from or to this EUI-64 or short address (4 digits); may be repeated.",
)
@click.option(
    "--layer",
    type=click.Choice(LAYERS, case_sensitive=False),
    help="Only frames that reach this layer.",
)
@json_option
def trace(
    capture: Path,
    keys_path: Path | None,
    devices: tuple[str, ...],
    layer: str | None,
    as_json: bool,
) -> int:
    """Show a capture of the air: 802.15.4, network, application support, ZDO, ZCL, tunnel, GBCS.

    The keys open what is secured; a key that the capture itself delivers opens what comes after.
    Keys are never shown. End-to-end encryption of GBCS stays closed.
    """
    if not capture.is_file():
        raise NotFoundError(f"{capture} is not there: name a capture with --pcap")
    if keys_path is not None and not keys_path.is_file():
        raise NotFoundError(f"{keys_path} is not there: name a file of keys with --keys")
    found = keys_path or _keys_beside(capture)
    wanted = Filter([_address(text) for text in devices], layer)
    try:
        ring = {} if found is None else keys.read(found)
        frames = _Frames(capture)
        if wanted.needs_addresses:
            scout = Dissector(ZigbeeSuite(), ring)
            for captured in frames:
                scout.dissect(captured)
            wanted.resolve(scout.addresses)
        shown = filter(wanted.passes, map(Dissector(ZigbeeSuite(), ring).dissect, frames))
        if as_json:
            documents = [each.document() for each in shown]
            emit_json(
                {
                    "capture": str(capture),
                    "keys": len(ring),
                    "cut_off": frames.cut_off,
                    "frames": documents,
                }
            )
        else:
            _show(shown, without_keys=found is None)
    except CaptureError as error:
        raise CommandError(str(error)) from error
    if frames.cut_off is not None:
        say(frames.cut_off)
    return DONE


class _Frames:
    """The whole frames of a capture, and in `cut_off` how it ends when it ends amid one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.cut_off: str | None = None

    def __iter__(self) -> Iterator[Captured]:
        try:
            yield from capture_file.read(self._path)
        except CutOffError as error:
            self.cut_off = str(error)


def _keys_beside(capture: Path) -> Path | None:
    beside = (capture.with_name(capture.name + KEYS_SUFFIX), capture.with_name(KeyFile.NAME))
    return next((path for path in beside if path.is_file()), None)


def _address(text: str) -> bytes | int:
    digits = text.replace("-", "").replace(":", "").removeprefix("0x")
    try:
        octets = bytes.fromhex(digits)
    except ValueError:
        octets = b""
    if len(octets) not in {2, 8}:
        raise click.BadParameter(f"{text}: neither an EUI-64 nor a short address of 4 digits")
    return octets if len(octets) == 8 else int.from_bytes(octets, "big")


def _show(dissections: Iterable[Dissection], *, without_keys: bool) -> None:
    out = console()
    start = None
    layers: Counter[str] = Counter()
    frames = faults = 0
    for each in dissections:
        captured = each.captured
        start = captured.time if start is None else start
        radio = "" if captured.channel is None else f"  channel {captured.channel}"
        radio += "" if captured.signal is None else f"  {captured.signal:.0f} dBm"
        out.print(
            f"{captured.number:>6} {captured.time - start:>12.6f} s  "
            f"{len(captured.frame)} octets{radio}",
            style="bold",
            markup=False,
        )
        for layer in each.layers:
            out.print(f"       {layer.name:<7} {layer.summary}", markup=False)
        if each.fault is not None:
            out.print(f"       fault   {each.fault}", markup=False, style="yellow")
        frames += 1
        faults += each.fault is not None
        layers.update({layer.name for layer in each.layers})
    reached = ", ".join(f"{layers[name]} {name}" for name in LAYERS if layers[name])
    out.print(f"{frames} frames ({reached}), {faults} not taken apart to the end", markup=False)
    if faults and without_keys:
        out.print("no keys: name them with --keys, or put them beside the capture", markup=False)
