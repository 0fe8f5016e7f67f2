"""Gas reads: checks, revisions, gaps; kept beside the electricity that is settled."""

from datetime import date
from pathlib import Path

import pytest

from host.settlement.gas_reads import GREATEST_SAMPLE, GasRead, GasReason
from host.settlement.half_hours import HALF_HOUR, TIME_LIMIT, start_of
from host.settlement.store import SettlementStore

DAY = date(2026, 1, 15)
START = start_of(DAY, 1)
LATER = START + 10 * 86_400
METER = bytes.fromhex("00db1234567890a1")
MPRN = "1000999888"

REJECTED = {
    GasReason.MPRN_MALFORMED: [
        GasRead(mprn, METER, START, 1) for mprn in ("", "1" * 11, "12345678x", "١٢٣")
    ],
    GasReason.DEVICE_MALFORMED: [GasRead(MPRN, METER[:7], START, 1)],
    GasReason.TIME_OUT_OF_RANGE: [
        GasRead(MPRN, METER, start, 1) for start in (-HALF_HOUR, TIME_LIMIT)
    ],
    GasReason.OFF_THE_HALF_HOUR: [GasRead(MPRN, METER, START + 1, 1)],
    GasReason.NOT_YET_ENDED: [GasRead(MPRN, METER, LATER, 1)],
    GasReason.NO_SAMPLE: [GasRead(MPRN, METER, START, v) for v in (-1, GREATEST_SAMPLE + 1)],
    GasReason.CONTRADICTORY: [GasRead(MPRN, METER, START, v) for v in (7, 8)],
}


@pytest.mark.parametrize("reason", GasReason)
def test_a_bad_read_is_told_with_its_reason_and_stores_nothing(reason: GasReason) -> None:
    with SettlementStore() as store:
        outcome = store.gas.hand_over(REJECTED[reason], LATER)
        assert [(r.read, r.reason) for r in outcome.rejected] == [
            (read, reason) for read in REJECTED[reason]
        ]
        assert (outcome.new, outcome.unchanged, outcome.revised) == (0, 0, 0)
        assert store.gas.day(MPRN, DAY) == (None,) * 48


def test_a_day_of_samples_leaves_gaps_as_gaps() -> None:
    samples = [(START + number * HALF_HOUR, 100 + number) for number in range(49)]
    del samples[10]
    with SettlementStore() as store:
        reads = [GasRead.from_sample(MPRN, METER, *sample) for sample in samples]
        assert store.gas.hand_over(reads, LATER).new == 48
        volumes = store.gas.day(MPRN, DAY)
    # the sample at midnight ends the day before
    assert volumes[0] == 101
    assert volumes[9] is None
    assert volumes[47] == 148


def test_another_value_is_a_new_version_and_the_same_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "settlement.duckdb"
    with SettlementStore(path) as store:
        first = [GasRead(MPRN, METER, START + n * HALF_HOUR, n) for n in range(3)]
        assert store.gas.hand_over(first, LATER).new == 3
    with SettlementStore(path) as store:
        again = [*first[:2], GasRead(MPRN, METER, first[2].start, 99)]
        outcome = store.gas.hand_over(again, LATER)
        assert (outcome.new, outcome.unchanged, outcome.revised) == (0, 2, 1)
        assert store.gas.versions(MPRN, first[2].start) == [2, 99]
        assert store.gas.day(MPRN, DAY)[:4] == (0, 1, 99, None)
        assert store.gas.hand_over([], LATER).new == 0


def test_gas_is_no_electricity() -> None:
    with SettlementStore() as store:
        store.gas.hand_over([GasRead(MPRN, METER, START, 5)], LATER)
        assert store.meter_day(MPRN, DAY) is None
        assert store.rejected_reads() == []
