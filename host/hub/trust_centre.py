"""What the device log and the radio, which is the HAN's trust centre, tell each other.

Whatever the log says is told whole and again: after every change, at the start and when the radio
is back, so nothing is lost between a commit and a radio that was not there.
"""

from dataclasses import dataclass, field
from enum import StrEnum


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
