"""What the home behind the meter uses: a pure function of a seed and the time, in integers.

Season and kind of day give the shape over the local day, the home its scale, an autoregressive
sequence its restlessness, appliances their spikes. The figures are the project's own: a mean home
uses about 2700 kWh a year, others half to one and a half of it. Export is nought without solar.
"""

from __future__ import annotations

import hashlib

from smets.meter import seasons
from smets.meter.seasons import PERIODS

PERIOD = 1800  # seconds
DAY = 86400

# Wh in each local half hour, without the appliances that come as spikes
_WINTER_WORKDAY = bytes.fromhex(
    "706860585450504e4e4e505868809298928a827c787676787a7a78767678808ea4c0d8e8eeeee8dcd0c4b4a4928478"
    "74"
)
_WINTER_WEEKEND = bytes.fromhex(
    "78706860585450504e4e5052586472869aa8b0b0aeaaa8aaaca8a29c989aa0acbcd0e0eaeae6dcd0c4b8aca094887e"
    "7a"
)
_SUMMER_WORKDAY = bytes.fromhex(
    "4c4844403e3c3c3c3c3e444e5a646a68625c5854525254565654524f4e52585f6a76807f7c7874726e6c6a66605a54"
    "50"
)
_SUMMER_WEEKEND = bytes.fromhex(
    "504c4844403e3c3c3c3e40465058626a72767876727072747674706a6866686c727a8080807a766e6c6c6a68625c56"
    "52"
)

_DRAWN = 4  # random octets of a half hour: restlessness, spike or none, its size, phase and volts
_IN_DIGEST = 8  # half hours that one digest serves; the autoregression looks back as far

_WHOLE = 128  # scales are parts of this


class Load:
    """`solar` is the peak of the panels in W; `seed` any octets, the meter's identity by default.

    `half_hour(number)` and the others take half hours or seconds since 2000-01-01 UTC.
    """

    def __init__(self, seed: bytes, solar: int = 0) -> None:
        self._seed = seed
        self._solar = solar
        character = hashlib.sha256(seed).digest()
        self._scale = _WHOLE // 2 + character[0] // 2
        self._lag = 20 + character[1] % 16  # varh in a hundred Wh
        self._block = -1
        self._digests = b""  # of the block before and of this one
        self._day = -1
        self._shift = 0
        self._season = 0
        self._weekend = False
        self._number = -1
        self._result = (0, 0, 0, 0)

    def half_hour(self, number: int) -> tuple[int, int, int, int]:
        """Import in Wh, reactive import in varh, export in Wh, reactive export in varh."""
        if number != self._number:
            self._number = number
            at = self._random(number)
            demand, solar = self._demand(number, at), self._generation(number, at)
            taken, given = max(0, demand - solar), max(0, solar - demand)
            lag = self._lag + self._digests[at + 3] % 8
            self._result = taken, taken * lag // 100, given, given * lag // 400
        return self._result

    def power(self, now: int) -> int:
        """Active power in W drawn at this moment, about the mean of its half hour."""
        number, second = divmod(now, PERIOD)
        mean = self.half_hour(number)[0] * 2
        flicker = self._digests[(self._random(number) + second // 60) % len(self._digests)] // 4
        return mean * (96 + flicker) // _WHOLE

    def voltage(self, now: int) -> int:
        """Average voltage in V over the half hour that ends now: less where more is drawn."""
        number = (now - 1) // PERIOD
        drawn = self.half_hour(number)[0]
        return 243 + self._digests[self._random(number) + 3] // 24 - drawn // 200

    # The parts

    def _random(self, number: int) -> int:
        """Where the random octets of a half hour begin in `_digests`; earlier ones lie before."""
        block, place = divmod(number, _IN_DIGEST)
        if block != self._block:
            before = self._digests[-32:] if block == self._block + 1 else self._digest(block - 1)
            self._digests = before + self._digest(block)
            self._block = block
        return 32 + _DRAWN * place

    def _digest(self, block: int) -> bytes:
        return hashlib.sha256(self._seed + (block & 0xFFFFFFFF).to_bytes(4, "big")).digest()

    def _demand(self, number: int, at: int) -> int:
        self._know_day(number // PERIODS)
        day, period = divmod(number + self._shift, PERIODS)
        weekend = seasons.is_weekend(day)
        winter = (_WINTER_WEEKEND if weekend else _WINTER_WORKDAY)[period]
        summer = (_SUMMER_WEEKEND if weekend else _SUMMER_WORKDAY)[period]
        shape = (winter * self._season + summer * (seasons.STEPS - self._season)) // seasons.STEPS
        restless = 0
        for place in range(at - _DRAWN * (_IN_DIGEST - 1), at + 1, _DRAWN):
            restless = restless * 3 // 4 + self._digests[place] - 128
        used = shape * max(40, _WHOLE + restless // 6) // _WHOLE
        if self._digests[at + 1] < shape // 4:
            used += 60 + self._digests[at + 2] * 3
        return used * self._scale // _WHOLE

    def _generation(self, number: int, at: int) -> int:
        if not self._solar:
            return 0
        half_day = 16 - self._season // 8  # half hours from noon to dusk
        from_noon = abs(number % PERIODS * 2 + 1 - PERIODS)  # in quarter hours
        if from_noon >= 2 * half_day:
            return 0
        height = _WHOLE - _WHOLE * from_noon * from_noon // (4 * half_day * half_day)
        height = height * (seasons.STEPS * 2 - self._season) // (seasons.STEPS * 2)
        sky = 20 + (self._digests[at] + self._digests[at + 2]) // 6
        return self._solar * height // _WHOLE * sky // (2 * _WHOLE)

    def _know_day(self, day: int) -> None:
        if day != self._day:
            self._day = day
            self._season = seasons.winter(day)
            self._shift = seasons.local_shift(day)
