"""The seam to the devices that live inside the hub: the CHF and the GPF."""

from collections.abc import Callable, Mapping
from typing import Protocol


class LocalDevice(Protocol):
    """A GBCS device; it keeps its state in the hub's database, inside the hub's transaction.

    What it has to say waits in its outbox until it is taken. `now`: UTC, seconds since 2000.
    """

    def receive(self, message: bytes, now: int) -> bytes | None:
        """Takes a command; None when it is refused."""

    def poll(self, now: int) -> list[bytes]:
        """Does what is due."""

    def pending(self) -> list[tuple[int, bytes]]:
        """What waits in the outbox, number and message, oldest first."""

    def delivered(self, number: int) -> None:
        """The oldest message of the outbox has been taken."""


# By EUI-64; called again when a device has failed, to make it anew from its stored state.
LocalDevices = Mapping[str, Callable[[], LocalDevice]]
