"""The seam to the devices that live inside the hub: the CHF and the GPF."""

from collections.abc import Callable, Mapping
from typing import Protocol


class LocalDevice(Protocol):
    """A GBCS device; it keeps its state in the hub's database, inside the hub's transaction."""

    def receive(self, message: bytes, now: int) -> bytes | None:
        """The response to a command; None when it is refused. `now`: UTC, seconds since 2000."""

    def poll(self, now: int) -> list[bytes]:
        """Does what is due and returns the alerts that came of it."""


# By EUI-64; called again when a device has failed, to make it anew from its stored state.
LocalDevices = Mapping[str, Callable[[], LocalDevice]]
