"""Commands with a DER payload: one function a message code."""

from __future__ import annotations

from collections.abc import Callable

from dcc_stub.transform import clock, credentials, joins
from dcc_stub.transform.asked import Asked
from smets.gbcs.grouping import GroupingHeader

# Made of what is asked, the command's header, and when the device is to carry it out.
Builder = Callable[[Asked, GroupingHeader, int | None], bytes]

PAYLOADS: tuple[tuple[int, Builder], ...] = (
    (0x0008, credentials.provide),
    (0x000D, joins.join),
    (0x000E, joins.join),
    (0x000F, joins.unjoin),
    (0x0010, joins.unjoin),
    (0x0013, joins.read_joins),
    (0x007F, clock.set_clock),
    (0x008C, joins.restore),
    (0x00AB, joins.join),
    (0x00AF, joins.join),
    (0x0102, credentials.replace),
    (0x0103, credentials.replace),
    (0x011B, credentials.provide),
)


def payload(asked: Asked, header: GroupingHeader, execution: int | None) -> bytes:
    """The payload of an ASN.1 command; DecodeError when the request's values do not fit."""
    function = next(function for code, function in PAYLOADS if code == header.message_code)
    return function(asked, header, execution)
