"""What gas the home behind the meter burns: a pure function of two seeds and the time.

The weather makes most of it: a boiler that heats by programme against what the house loses, by the
degrees that it is colder outside than the house needs no heating at. Hot water and cooking come
every day. The figures are the project's own: a mean home burns about 1000 m3 (11 000 kWh) a year.
"""

from __future__ import annotations

import hashlib

from smets.meter import seasons
from smets.meter.seasons import PERIODS

PERIOD = 1800  # seconds
WEATHER = b"weather of the lab"  # homes of one lab have the same

# how much of a day's heating each local half hour gets, on a workday and at a weekend
_HEATING = (
    bytes.fromhex(
        "000000000000000000020818140c0803010101010101010101010101020304060a0e1010100e0c0a08060402000000"
        "00"
    ),
    bytes.fromhex(
        "000000000000000000000004080e100e0c0a080706060606050505050606080a0c0e0e0e0c0c0a0a08080604020000"
        "00"
    ),
)
# how likely hot water and cooking are in each local half hour, in 256ths
_HOT_WATER = bytes.fromhex(
    "02010101010101010102041838504c38241810100e0c0c0e10100e0c0c0c0e1014181c24282c3030302c28241c140c"
    "06"
)
_COOKING = bytes.fromhex(
    "000000000000000000000000080c1010080404040c141c2820100804040408101c3c60706448301c10080400000000"
    "00"
)
_BASE = 155  # tenths of a degree outside from which nothing is to be heated
_COLD, _WARM = 35, 165  # means of mid January and mid July
_DAYS_REMEMBERED = 8  # by the weather
_WHOLE = 128


class GasLoad:
    """`seed` is the home's, any octets; half hours and days are counted from 2000-01-01 UTC."""

    def __init__(self, seed: bytes, weather: bytes = WEATHER) -> None:
        self._seed = seed
        self._weather = weather
        character = hashlib.sha256(seed).digest()
        # dm3 a day for each degree that the day is colder than _BASE
        self._loss = 240 + character[0]
        self._hot_water = 100 + character[1] // 2  # dm3 each time
        self._cooking = 30 + character[2] // 4
        self._day = -1
        self._drawn = b""
        self._heating = 0  # of the day, in dm3
        self._shift = 0

    def half_hour(self, number: int) -> int:
        """dm3 burnt in a half hour."""
        day, period = divmod(number, PERIODS)
        self._know_day(day)
        local_day, local = divmod(number + self._shift, PERIODS)
        weights = _HEATING[seasons.is_weekend(local_day)]
        burnt = self._heating * weights[local] // sum(weights)
        hot_water, cooking = self._drawn[period], self._drawn[PERIODS + period]
        if hot_water < _HOT_WATER[local]:
            burnt += self._hot_water * (_WHOLE // 2 + hot_water) // _WHOLE
        if cooking < _COOKING[local]:
            burnt += self._cooking * (_WHOLE // 2 + cooking) // _WHOLE
        return burnt

    def mean_temperature(self, day: int) -> int:
        """Mean of a day outside, in tenths of a degree Celsius."""
        anomaly = 0
        for before in range(_DAYS_REMEMBERED - 1, -1, -1):
            anomaly = anomaly * 3 // 4 + _digest(self._weather, day - before)[0] - _WHOLE
        return _WARM - (_WARM - _COLD) * seasons.winter(day) // seasons.STEPS + anomaly // 6

    def _know_day(self, day: int) -> None:
        if day == self._day:
            return
        self._day = day
        self._shift = seasons.local_shift(day)
        self._drawn = b"".join([_digest(self._seed, 4 * day + part) for part in range(4)])
        cold = max(0, _BASE - self.mean_temperature(day))
        self._heating = self._loss * cold // 10


def _digest(seed: bytes, number: int) -> bytes:
    return hashlib.sha256(seed + (number & 0xFFFFFFFF).to_bytes(4, "big")).digest()
