"""Component volumes: the cube with line losses, in exact milliwatt-hours, demand positive.

    consumption class:  C  = sum of volumes
    losses class:       C' = sum of volume x (LLF - 1)

LLFs are integer thousandths, so watt-hours x thousandths are whole milliwatt-hours. A factor is
the same for a whole cell, so applying it after aggregation gives what applying it before would.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from host.settlement.components import COMPONENT_CLASSES, ComponentClass, Quantity
from host.settlement.cube import Cube
from host.settlement.inputs import LineLossClass

MILLI = 1000
UNIT_LLF = 1000  # a line loss factor of 1.000


class Component(NamedTuple):
    """A supplier's volume of one consumption component class in one GSP group."""

    supplier: str
    component_class: ComponentClass


Volumes = dict[Component, list[int]]  # milliwatt-hours per settlement period

_CLASSES = {(c.direction, c.quality, c.quantity): c for c in COMPONENT_CLASSES}


def component_volumes(
    cube: Cube, line_loss_factors: Mapping[LineLossClass, Sequence[int]]
) -> dict[str, Volumes]:
    """Return the component volumes by GSP group.

    `line_loss_factors` holds thousandths per period for every line loss class of the cube.
    """
    groups: dict[str, Volumes] = defaultdict(dict)
    for cell, volume in sorted(cube.items()):
        factors = line_loss_factors[cell.distributor_id, cell.llf_class]
        for quantity in Quantity:
            component_class = _CLASSES[cell.direction, cell.quality, quantity]
            component = Component(cell.supplier, component_class)
            total = groups[cell.gsp_group].setdefault(component, [0] * len(factors))
            for period, (wh, factor) in enumerate(zip(volume.wh, factors, strict=True)):
                scale = MILLI if quantity is Quantity.CONSUMPTION else factor - UNIT_LLF
                total[period] += component_class.sign * wh * scale
    return groups
