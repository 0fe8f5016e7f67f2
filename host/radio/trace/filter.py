"""Which frames of a trace are shown."""

from __future__ import annotations

from collections.abc import Sequence

from host.radio.trace.addresses import Addresses
from host.radio.trace.layer import Dissection


class Filter:
    """Passes what reaches a layer and is from or to one of some devices; None or none: all.

    Devices are EUI-64s, of 8 octets, and short addresses.
    """

    def __init__(self, devices: Sequence[bytes | int], layer: str | None = None) -> None:
        self._extended = {each for each in devices if isinstance(each, bytes)}
        self._shorts = {each for each in devices if isinstance(each, int)}
        self._places: set[tuple[int, int]] = set()
        self._layer = layer

    @property
    def needs_addresses(self) -> bool:
        """Whether the capture has to be read once to know what is meant."""
        return bool(self._extended)

    def resolve(self, addresses: Addresses) -> None:
        """Take the short addresses of the devices from what a whole capture tells."""
        for extended in self._extended:
            self._places |= addresses.shorts(extended)

    def passes(self, dissection: Dissection) -> bool:
        """Tell whether to show it."""
        reached = {layer.name for layer in dissection.layers}
        if self._layer is not None and self._layer not in reached:
            return False
        if not self._extended and not self._shorts:
            return True
        return any(self._wanted(device) for device in dissection.devices)

    def _wanted(self, device: bytes | tuple[int, int]) -> bool:
        if isinstance(device, bytes):
            return device in self._extended
        return device in self._places or device[1] in self._shorts
