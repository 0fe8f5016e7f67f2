"""What the hub needs of a HAN, whether it is a TCP port or a Zigbee network."""

from typing import Any, Protocol


class DeviceGoneError(Exception):
    """The device cannot be reached now; what was to be delivered stays in the queue."""


class TooLongError(Exception):
    """No transfer to the device holds the message, so that it will never get it."""


class HanListener(Protocol):
    """The hub, as the link sees it. EUI-64s are lower-case hexadecimal."""

    async def on_joined(self, eui: str, device_type: int) -> bool:
        """A device is here; whether it may be."""

    async def on_left(self, eui: str) -> None:
        """A device that was let in is gone."""

    async def on_message(self, eui: str, number: int, message: bytes) -> bool:
        """Stores a device's message; the link acknowledges it when this is True."""

    def is_listed(self, eui: str) -> bool:
        """Whether a device may be here."""

    def waiting(self, eui: str) -> int:
        """Messages that wait for a device."""

    def now(self) -> int:
        """UTC, seconds since 2000."""


class HanLink(Protocol):
    """A link to the devices of the HAN."""

    def present(self) -> list[str]:
        """The devices that have been here since before the hub was started."""

    async def deliver(self, eui: str, number: int, message: bytes, remaining: int) -> None:
        """Returns when the device has stored message `number`; DeviceGoneError,
        or TooLongError.

        `remaining` messages wait behind it. A sleeping device is waited for.
        """

    async def status(self, eui: str) -> dict[str, Any]:
        """What a device says of itself after all that was sent before; DeviceGoneError."""

    def tell_time(self) -> None:
        """Gives every device the time."""

    def admit(self) -> None:
        """The device log has changed: asks those outside again, puts out those not in it."""
