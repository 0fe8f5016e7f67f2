"""Meter points, reads and days that the settlement tests share."""

from collections.abc import Iterable
from datetime import date

from host.settlement.components import Direction
from host.settlement.half_hours import start_of
from host.settlement.mpan import mpan_core
from host.settlement.reads import HalfHourRead
from host.settlement.registration import Registration

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
WINTER, SUMMER = date(2026, 1, 15), date(2026, 7, 15)
DAYS = (WINTER, SPRING, SUMMER, AUTUMN)

MPAN = mpan_core("12", 1)
METER = bytes.fromhex("00db1234567890a0")
LATER = start_of(date(2027, 1, 1), 1)  # when every read of these tests has been received


def registered(mpan: str = MPAN, supplier: str = "HNLB", **fields: object) -> Registration:
    since = fields.pop("effective_from", date(2025, 1, 1))
    return Registration(mpan, supplier, "001", since, **fields)  # type: ignore[arg-type]


def read(start: int, wh: int, mpan: str = MPAN, device: bytes = METER) -> HalfHourRead:
    return HalfHourRead(mpan, device, Direction.IMPORT, start, wh)


def utc_day(
    utc_date: date,
    values: Iterable[int | None],
    mpan: str = MPAN,
    direction: Direction | None = None,
) -> list[HalfHourRead]:
    """The reads of a UTC date's half hours from the first on; None leaves a gap."""
    return [
        HalfHourRead(mpan, METER, direction or Direction.IMPORT, start_of(utc_date, n), wh)
        for n, wh in enumerate(values, start=1)
        if wh is not None
    ]
