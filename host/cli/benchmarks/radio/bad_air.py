"""Requests through bad air: each ends in an answer or a reason."""

from host.cli.benchmarks.radio.han import Han, run
from host.cli.benchmarks.report import Row, Table
from host.radio.air import Air
from host.radio.conditions import Conditions
from host.radio.schedule import Schedule
from host.radio.stack.aps_sending import ACK_WAIT, RETRIES
from host.radio.stack.types import Limits, Status

CONDITIONS = Conditions(loss=0.2, duplication=0.1, reordering=0.1, delay=0.02)
REQUEST = bytes(300)
BLOCKS = 5  # that a request is cut into
# When the last block fails, having waited for a sleeper each time.
LIMIT = BLOCKS * (RETRIES + 1) * (ACK_WAIT + Limits().indirect_timeout)


def bad_air(requests: int, seed: int) -> Table:
    """`requests` from the hub to each of two meters, and as many back."""
    air = Air(Schedule(), seed)
    han = Han(air)
    air.conditions = CONDITIONS
    sent = 0
    longest = 0.0
    outcomes: list[Status] = []
    received = dict.fromkeys(range(len(han.parties)), 0)
    for tag in range(requests):
        for meter in han.meters:
            start = air.schedule.now
            for source, target in ((han.hub, meter), (meter, han.hub)):
                source.outcomes.clear()
                source.send(target, REQUEST, tag & 0xFF)
                sent += 1
            while air.schedule.now < start + LIMIT and not (han.hub.outcomes and meter.outcomes):
                run(air, [han], 0.5)
            for source in (han.hub, meter):
                for status, when in source.outcomes.values():
                    outcomes.append(status)
                    longest = max(longest, when - start)
    for index, party in enumerate(han.parties):
        received[index] = len(party.messages)
    delivered = sum(received.values())
    acknowledged = outcomes.count(Status.OK)
    rows: list[Row] = [
        {"figure": "requests of 300 octets", "value": sent, "limit": None},
        {"figure": "acknowledged", "value": acknowledged, "limit": None},
        {"figure": "failed with a reason", "value": len(outcomes) - acknowledged, "limit": None},
        {"figure": "without an end", "value": sent - len(outcomes), "limit": 0},
        {
            "figure": "acknowledged but not there",
            "value": _missing(acknowledged, delivered),
            "limit": 0,
        },
        {"figure": "delivered twice", "value": max(0, delivered - sent), "limit": 0},
        {"figure": "longest, s of the air's clock", "value": round(longest, 2), "limit": LIMIT},
    ]
    return Table("20 % loss, duplication and reordering", rows, limited="value")


def _missing(acknowledged: int, delivered: int) -> int:
    return max(0, acknowledged - delivered)
