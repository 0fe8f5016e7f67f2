"""What a command is made of besides its addresses: the request's values and what they refer to."""

from __future__ import annotations

from typing import NamedTuple

from dcc_stub.duis.elements import Fields
from dcc_stub.inventory.device import Device


class OtherDevice(NamedTuple):
    """A device that a request names beside its target; its key agreement certificate in DER.

    `certificate` is empty when the DCC does not know it.
    """

    device: Device
    certificate: bytes


class Asked(NamedTuple):
    """The fields of a request, the other device they name, and the device log they restore.

    `backup` is the payload of the alert in which the old device told its log.
    """

    fields: Fields
    other: OtherDevice | None = None
    backup: bytes = b""
