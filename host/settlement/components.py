"""Consumption component classes: the axis on which group correction works.

A volume's class follows from the energy direction of its registration, from whether its half
hour was read or estimated, and from whether it is consumption or the line losses on it.
Demand is positive and export negative. Signed scaling weights give the two factors published
per period and group, 1 + r for import and 1 - r for export; the weights of this table are the
lab's own reading of that layout, not a copy of the market's.
"""

from enum import StrEnum
from typing import NamedTuple


class Direction(StrEnum):
    """Energy direction of an MPAN, and of what is read at it."""

    IMPORT = "import"
    EXPORT = "export"


class Quality(StrEnum):
    """Whether a half hour's value was read from the meter or estimated in its absence."""

    ACTUAL = "A"
    ESTIMATED = "E"


class Quantity(StrEnum):
    """Metered consumption, or the line losses that come with it."""

    CONSUMPTION = "consumption"
    LOSSES = "losses"


class ComponentClass(NamedTuple):
    """One consumption component class with its sign in demand and its scaling weight."""

    direction: Direction
    quality: Quality
    quantity: Quantity
    sign: int
    scaling_weight: int


COMPONENT_CLASSES = (
    ComponentClass(Direction.IMPORT, Quality.ACTUAL, Quantity.CONSUMPTION, 1, 1),
    ComponentClass(Direction.IMPORT, Quality.ACTUAL, Quantity.LOSSES, 1, 1),
    ComponentClass(Direction.IMPORT, Quality.ESTIMATED, Quantity.CONSUMPTION, 1, 1),
    ComponentClass(Direction.IMPORT, Quality.ESTIMATED, Quantity.LOSSES, 1, 1),
    ComponentClass(Direction.EXPORT, Quality.ACTUAL, Quantity.CONSUMPTION, -1, -1),
    ComponentClass(Direction.EXPORT, Quality.ACTUAL, Quantity.LOSSES, -1, -1),
    ComponentClass(Direction.EXPORT, Quality.ESTIMATED, Quantity.CONSUMPTION, -1, -1),
    ComponentClass(Direction.EXPORT, Quality.ESTIMATED, Quantity.LOSSES, -1, -1),
)
