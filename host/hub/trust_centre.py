"""The seam between the CHF's device log and the radio that is the HAN's trust centre.

Whatever the log says is told whole and again: after every change, at the start and when the radio
is back, so nothing is lost between a commit and a radio that was not there. What happens on the
radio comes to the hub, which stores it before the call returns.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Credential(StrEnum):
    """Where a link key comes from."""

    INSTALL_CODE = "install code"  # AES-MMO of the install code and its CRC (CCS01)
    AGREED = "agreed"  # by CBKE with this hub
    HASHED = "hashed"  # AES-MMO of the key that was agreed with the hub before (CCS03)


@dataclass(frozen=True)
class Admission:
    """A device of the log, EUI-64 as lower-case hexadecimal, and the link key it has to use.

    While `may_join` a device that has never been here, or has lost the network, is let in with
    that key; one that has the network key may come back at any time.
    """

    eui: str
    link_key: bytes = field(repr=False)
    credential: Credential
    may_join: bool


@dataclass(frozen=True)
class Contact:
    """What the radio heard of a device: its last frame's signal and the way it took.

    `rssi` in dBm from -128 to 127; `lqi` 0 to 255; `hops` from 1.
    """

    rssi: int
    lqi: int
    hops: int = 1


class TrustCentre(Protocol):
    """The radio's side. Returns at once and never fails: it does what it can when it can."""

    def admit(self, admissions: Sequence[Admission]) -> None:
        """The whole device log: devices that are in the network and not in here have to leave."""

    def permit_joining(self, seconds: int) -> None:
        """Opens the network for so long, measured by the lab's clock; 0 closes it."""

    def form(self, extended_pan_id: bytes) -> None:
        """The network has this identifier, 8 octets in the order of an EUI-64.

        Another one than before is that of a hub whose devices this one takes over (CCS03): the
        network is formed anew.
        """


class TrustCentreListener(Protocol):
    """The hub's side, called by the radio; returns when what it was told is durable."""

    async def on_link_key(self, eui: str, link_key: bytes) -> bool:
        """CBKE has agreed a key with a device; False when the device is not in the log."""

    async def on_contact(self, eui: str, contact: Contact) -> None:
        """A device was heard; often enough to keep the log of communications fresh."""
