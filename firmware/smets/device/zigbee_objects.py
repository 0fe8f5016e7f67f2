"""The seam to the Zigbee attributes and commands that a device's GBZ commands read and call."""

from __future__ import annotations

from typing import TYPE_CHECKING

# ZCL status
SUCCESS = 0x00
FAILURE = 0x01
UNSUPPORTED_COMMAND = 0x81
UNSUPPORTED_ATTRIBUTE = 0x86
INVALID_VALUE = 0x87
INSUFFICIENT_SPACE = 0x89
NOT_FOUND = 0x8B
HARDWARE_FAILURE = 0xC0


class ZclFailure(Exception):  # noqa: N818 - what ZCL calls it
    """A read or a call that is answered with a status other than success."""

    def __init__(self, status: int) -> None:
        super().__init__("ZCL status %02x" % status)
        self.status = status


# Faults (`smets.device.faults`) are kept by class, logical name and member of COSEM. An attribute
# or command has its cluster as class; the others are made of what follows.


def attribute_fault(attribute: int) -> tuple[bytes, int]:
    """Logical name and member under which a fault of an attribute is kept."""
    return attribute.to_bytes(6, "big"), 0


def command_fault(command: int, sequence: int) -> tuple[bytes, int]:
    """The same of a command: `sequence` is its place among the commands of a GBZ payload."""
    return sequence.to_bytes(5, "big") + bytes((command,)), 1


if TYPE_CHECKING:
    from typing import Protocol

    from smets.device.objects import Changes, Objects

    # of a command: cluster, number, whether it goes to the cluster's client
    Place = tuple[int, int, bool]
    # fields of a command: numbers, and octets of the texts
    Fields = list[int | bytes]
    # command and payload of each ZCL command that answers
    Answers = list[tuple[int, bytes]]

    class ZigbeeObjects(Objects, Protocol):
        """Clusters. What fails raises ZclFailure.

        What a command changes it adds to `changes`, (name, value) pairs of the store, which the
        device commits together with counter and response; a read that follows in the same payload
        sees it.
        """

        def has_attribute(self, cluster: int, attribute: int) -> bool:
            """Whether there is such an attribute; faults do not matter."""
            ...

        def has_command(self, place: Place) -> bool:
            """Whether the device carries out that command."""
            ...

        def read(self, cluster: int, attribute: int, now: int) -> bytes:
            """Data type (1) and value of an attribute, as ZCL sends them."""
            ...

        def call(self, place: Place, fields: Fields, now: int, changes: Changes) -> Answers:
            """Carries out a command; an empty list is a default response that says SUCCESS."""
            ...

        def failed_call(self, place: Place) -> Answers:
            """What says that the command failed; an empty list: a default response does."""
            ...

        def data_time(self, message_code: int, now: int) -> tuple[int, int]:
            """When what that use case reads was true, and the status octet of that date-time."""
            ...

        def set_clock(self, start: int, end: int, now: int, changes: Changes) -> bool:
            """Adjusts the clock, which shall be between two times; whether it now is reliable."""
            ...
