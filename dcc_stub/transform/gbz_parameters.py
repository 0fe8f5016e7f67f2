"""The values a service request gives its GBZ command, by message code."""

from __future__ import annotations

from typing import NamedTuple

from dcc_stub.duis.elements import Fields
from dcc_stub.transform.gbz import Value
from dcc_stub.transform.parameters import digits, period
from smets.codec.errors import DecodeError

HALF_HOUR = 1800
DAY = 86_400
SIX_MINUTES = 360


class Samples(NamedTuple):
    """A log of samples: seconds between them, and the most that it holds (GBCS, mapping table)."""

    interval: int
    most: int


# Logs that are asked for by a first sample and a number of samples.
SAMPLES: tuple[tuple[int, Samples], ...] = (
    (0x0078, Samples(HALF_HOUR, 19_056)),
    (0x0079, Samples(SIX_MINUTES, 41)),
    (0x00A0, Samples(DAY, 731)),
)
# Logs that are asked for from when to when.
PERIODS = (0x0014, 0x0076, 0x0077, 0x0096, 0x00A1)
SET_MPRN = 0x0087


def values(message_code: int, fields: Fields) -> tuple[Value, ...]:
    """The values of the command's fields; DecodeError when those of the request do not fit."""
    if message_code == SET_MPRN:
        if "ImportMPRN" not in fields:
            raise DecodeError("a gas meter has an MPRN, no MPANs")
        return (digits(fields["ImportMPRN"]),)
    asked = period(fields)
    if asked is None:
        return ()
    samples = next((known for code, known in SAMPLES if code == message_code), None)
    if samples is not None:
        # Both ends are samples.
        number = (asked.end - asked.start) // samples.interval + 1
        return asked.start, min(number, samples.most)
    return asked if message_code in PERIODS else ()
