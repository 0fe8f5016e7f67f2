"""How good or bad the air is."""

import math
from dataclasses import dataclass, field

TRANSMIT_POWER = 3  # dBm
LOSS_AT_A_METRE = 40.0  # dB, 2.4 GHz
PATH_LOSS_EXPONENT = 3.0  # indoors, ITU-R P.1238 office and home figures
SENSITIVITY = -97  # dBm; below it nothing is heard
NOISE_FLOOR = -100  # dBm


@dataclass(slots=True)
class Conditions:
    """Probabilities from 0 to 1 of each frame, on the way to each that hears it.

    `delay` is the longest that a frame waits between the receiving radio and its stack;
    `reordering` how likely it waits another 50 ms, so that later ones pass it. Both are behind
    the MAC acknowledgement, as in a busy co-processor. `interference` is loss by channel, which
    an energy scan sees.
    """

    loss: float = 0.0
    duplication: float = 0.0
    reordering: float = 0.0
    delay: float = 0.0
    interference: dict[int, float] = field(default_factory=dict)

    def loss_on(self, channel: int) -> float:
        here = self.interference.get(channel, 0.0)
        return 1 - (1 - self.loss) * (1 - here) if here else self.loss

    def interference_level(self, channel: int) -> int:
        """What an energy scan measures when nobody of this air transmits, dBm."""
        return round(NOISE_FLOOR + 70 * self.interference.get(channel, 0.0))


def received_power(here: tuple[float, float], there: tuple[float, float]) -> int:
    """Level in dBm of a transmission between two places, coordinates in metres."""
    distance = max(math.dist(here, there), 0.1)
    return round(TRANSMIT_POWER - LOSS_AT_A_METRE - 10 * PATH_LOSS_EXPONENT * math.log10(distance))


def link_quality(rssi: int) -> int:
    """The LQI that goes with a level: 255 from -60 dBm up, falling to 0 at the sensitivity."""
    return max(0, min(255, round(255 * (rssi - SENSITIVITY) / (-60 - SENSITIVITY))))
