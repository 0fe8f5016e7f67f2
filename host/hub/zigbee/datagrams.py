"""What the coordinator takes and gives: APS messages to and from devices."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from host.hub.trust_centre import Contact


class RadioError(Exception):
    """The radio does not do what the hub needs; the message says what, and what helps."""


class NotDeliveredError(Exception):
    """A device did not acknowledge what was sent to it."""


@dataclass(frozen=True)
class Datagram:
    """An APS message of the Smart Energy profile; `eui` is the device, lower-case hexadecimal.

    `secured`: with the link key shared with the device, on top of the network key.
    """

    eui: str
    cluster: int
    device_endpoint: int
    hub_endpoint: int
    payload: bytes
    secured: bool = False
    contact: Contact | None = None  # how it was heard; None of what is sent


class Arrival(Enum):
    """How a device came, as the trust centre sees it (EZSP EmberDeviceUpdate)."""

    SECURED_REJOIN = 0
    UNSECURED_JOIN = 1
    LEFT = 2
    UNSECURED_REJOIN = 3


class RadioListener(Protocol):
    """Who is told what happens on the HAN."""

    def on_datagram(self, datagram: Datagram) -> None:
        """A message of the Smart Energy profile."""

    def on_arrival(self, eui: str, arrival: Arrival, admitted: bool) -> None:
        """A device was seen at the door; `admitted`: the network key went out to it."""

    def on_announced(self, eui: str) -> None:
        """A device said where it is: it holds the network key."""

    def on_lost(self, reason: str) -> None:
        """The radio is gone; everything else is silent until it is back."""
