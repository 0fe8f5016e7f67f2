"""GCS28: the clock of a gas meter is set; the electricity meter's is DLMS (ECS70)."""

from __future__ import annotations

from dcc_stub.transform import times
from dcc_stub.transform.asked import Asked
from smets.gbcs import der
from smets.gbcs.der import DerReader
from smets.gbcs.grouping import GroupingHeader
from smets.gbcs.message import Message

RELIABLE = 0


def set_clock(asked: Asked, header: GroupingHeader, execution: int | None) -> bytes:
    """From the current time for the tolerance the meter may set its clock."""
    fields = asked.fields
    start = fields["CurrentDateTime"]
    end = start + fields["TolerancePeriod"]
    return der.element(der.SEQUENCE, times.element(start) + times.element(end))


def told(message: Message) -> tuple[int, int]:
    """The meter's time in seconds since 2000, and 0 reliable, 1 invalid or 2 unreliable."""
    outer = DerReader.over(message.payload)
    fields = outer.nested()
    outer.finish()
    found = fields.time(), fields.integer()
    fields.finish()
    return found
