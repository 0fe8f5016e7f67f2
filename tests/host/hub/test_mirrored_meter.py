"""The GPF tells of a gas meter what the meter itself would tell, whenever it woke."""

import pytest

from host.hub.consumption import DAY, HALF_HOUR
from smets.gbcs import use_cases_text
from smets.gbcs.zcl_command import READ_ATTRIBUTES
from smets.meter.gsme_mirror import GsmeMirror
from smets.zigbee import clusters_text, zcl_attributes
from smets.zigbee.clusters import METERING
from tests.host.hub.replaying import GSME
from tests.smets.meter import gas_support

START = 850_003_200  # midnight
DAYS = 3
LAST = 0xFFFFFFFE
# GCS13a, 13b, 13c, 14, 21a, 21j, 33, 38, 46, 60, 60a
READS = (0x74, 0xB8, 0xB6, 0x75, 0x7B, 0xBF, 0x82, 0x84, 0x89, 0x8D, 0x12A)


def live(gpf, wakes):
    """A gas meter that lives for some days and pushes at its wakes, as its node does."""
    meter = gas_support.meter()
    now = START
    pushing = GsmeMirror(meter, meter.state.store, lambda: now)
    snapshot = clusters_text.load().command(METERING, True, 0x06)
    for number in range(DAYS * DAY // HALF_HOUR + 1):
        now = START + number * HALF_HOUR + 77
        meter.poll(now)
        if not wakes(number):
            continue
        for cluster, records in pushing.reports():
            values = zcl_attributes.read_values(b"".join(records))
            found = {attribute: value for attribute, _, value in values}
            gpf.mirror.put_attributes(GSME, cluster, found, now)
        pushing.reported()
        for payload in pushing.snapshots():
            gpf.mirror.put_snapshot(GSME, snapshot.named(snapshot.decode(payload)))
        pushing.published()
    return meter, now


def asked(objects, now, command, *fields):
    """What a command of the Metering cluster is answered with."""
    return objects.call((METERING, command, False), list(fields), now, [])


@pytest.mark.parametrize(
    "wakes",
    [
        lambda number: True,
        lambda number: number % 3 == 0,
        lambda number: number not in range(5, 40),
    ],
    ids=["each half hour", "each third", "a long sleep"],
)
def test_what_the_meter_would_tell(gpf, wakes):
    meter, now = live(gpf, wakes)
    compared = 0
    for code in READS:
        for line in use_cases_text.load().find(code).zcl_commands:
            assert line.frame_control == READ_ATTRIBUTES
            for attribute in line.attributes:
                mine = gpf.read(line.cluster, attribute, now)
                assert mine == meter.read(line.cluster, attribute, now), hex(attribute)
                compared += 1
    assert compared > 40
    # GCS17: the half hours, from the first that the hub could know
    profile = asked(gpf, now, 0x08, 0, START + 1, 0, 400)
    assert profile == asked(meter, now, 0x08, 0, START + 1, 0, 400)
    # GCS16a: the daily reads
    for day in range(DAYS):
        fields = (START + 1, LAST, day, 1)
        assert asked(gpf, now, 0x06, *fields) == asked(meter, now, 0x06, *fields)
    # GCS61: the days add up to the half hours
    ((_, payload),) = asked(gpf, now, 0x08, 1, START + DAY, 0, 731)
    days = clusters_text.load().decode(METERING, True, 0x07, payload)[-1]
    halves = gpf.mirror.consumption.rows(GSME, HALF_HOUR, START + 1, 400)
    assert len(halves) == DAYS * DAY // HALF_HOUR
    assert sum(amount for (amount,) in days) == sum(amount for _, amount in halves)
