"""The serial ports of this machine, those first that look like an EZSP stick."""

from dataclasses import dataclass

import serialx

# Vendor and product of the USB bridge or chip (None: any), words of its name, and how likely
# behind it is a radio of Silicon Labs with EZSP firmware.
KNOWN = (
    (None, None, "zbt-2", 3),
    (None, None, "skyconnect", 3),
    (None, None, "zbt-1", 3),
    (None, None, "sonoff", 2),
    (None, None, "slzb-07", 3),
    (None, None, "elelabs", 3),
    (None, None, "telegesis", 3),
    (0x10C4, 0x8A2A, "", 3),  # HubZ
    (0x10C4, 0xEA60, "", 2),  # CP210x, which many sticks have
    (0x1A86, None, "", 1),  # CH340 and CH9102
    (0x0403, None, "", 1),  # FTDI
    (0x1CF1, None, "", 0),  # ConBee: another protocol
)


@dataclass(frozen=True)
class Stick:
    """A port: its path, what it says it is, and how likely a radio is behind it (0 to 3)."""

    path: str
    name: str
    likelihood: int


def sticks() -> list[Stick]:
    """The likeliest first."""
    found = [_rank(port) for port in serialx.list_serial_ports()]
    return sorted(found, key=lambda stick: (-stick.likelihood, stick.path))


def _rank(port: serialx.SerialPortInfo) -> Stick:
    name = " ".join(word for word in (port.manufacturer, port.product) if word)
    rank = 0
    for vendor, product, words, likelihood in KNOWN:
        if (
            vendor in {None, port.vid}
            and product in {None, port.pid}
            and words in name.lower()
            and (vendor is not None or words)
        ):
            rank = likelihood
            break
    return Stick(str(port.resolved_device), name or "unnamed", rank)
