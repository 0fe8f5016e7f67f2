"""What a dissected frame is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from host.radio.trace.captured import Captured

# From the outside in; BLOCK stands for the parts of a message that is not whole yet.
LAYERS = ("MAC", "BEACON", "NWK", "APS", "BLOCK", "ZDO", "ZCL", "CBKE", "TUNNEL", "GBCS")


@dataclass(frozen=True)
class Layer:
    """One layer: its name, what it says in a line, and its fields as JSON knows them."""

    name: str
    summary: str
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass
class Dissection:
    """One frame. `fault` says why it was not taken apart any further; None when it was.

    `devices` are the short addresses (with their PAN) and the EUI-64s that the frame is between.
    """

    captured: Captured
    layers: list[Layer] = field(default_factory=list)
    fault: str | None = None
    devices: set[tuple[int, int] | bytes] = field(default_factory=set)

    def document(self) -> dict[str, Any]:
        """As JSON."""
        captured = self.captured
        return {
            "number": captured.number,
            "time": captured.time,
            "octets": len(captured.frame),
            "channel": captured.channel,
            "signal_dbm": captured.signal,
            "layers": [
                {"layer": each.name, "summary": each.summary, "fields": plain(each.fields)}
                for each in self.layers
            ],
            "fault": self.fault,
        }


def plain(value: Any) -> Any:
    """A value as JSON knows it: octets in hexadecimal."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def listed(fields: dict[str, Any]) -> str:
    """Fields in a line."""
    return ", ".join(f"{name} {_word(value)}" for name, value in fields.items())


def _word(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex() or "empty"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_word, value)) + "]"
    return str(value)
