"""Volumes of one settlement day by cell: what is left of any number of meters.

Cubes merge cell by cell, associatively and in any order, so a day may be aggregated in parts
(by UTC date, by file, by machine) and put together afterwards.
"""

from collections.abc import Mapping
from typing import NamedTuple

from host.settlement.components import Direction, Quality


class Cell(NamedTuple):
    """What tells the volumes of one cell from another's."""

    gsp_group: str
    supplier: str
    distributor_id: str
    llf_class: str
    direction: Direction
    quality: Quality


class Volume(NamedTuple):
    """Per settlement period: metered watt-hours, and how many half hours made them."""

    wh: tuple[int, ...]
    half_hours: tuple[int, ...]


Cube = Mapping[Cell, Volume]


def merge(one: Cube, other: Cube) -> Cube:
    """Return the cube of both, cell by cell."""
    merged = dict(one)
    for cell, volume in other.items():
        merged[cell] = add(merged[cell], volume) if cell in merged else volume
    return merged


def add(one: Volume, other: Volume) -> Volume:
    """Return the sum of two volumes of the same day."""
    return Volume(
        tuple(a + b for a, b in zip(one.wh, other.wh, strict=True)),
        tuple(a + b for a, b in zip(one.half_hours, other.half_hours, strict=True)),
    )
