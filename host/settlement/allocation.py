"""One GSP group: component volumes corrected to the group take and summed by supplier."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from host.settlement import correction
from host.settlement.components import Quality, Quantity
from host.settlement.cube import Cube
from host.settlement.errors import InputError
from host.settlement.results import GroupResult, SupplierResult
from host.settlement.volumes import MILLI, Volumes

Series = tuple[int, ...]


def demand(volumes: Volumes) -> Series:
    """Return what a group's components sum to per period, in milliwatt-hours."""
    return tuple(map(sum, zip(*volumes.values(), strict=True)))


def allocate(gsp_group: str, cube: Cube, volumes: Volumes, take_wh: Sequence[int]) -> GroupResult:
    """Return a GSP group with its volumes corrected to `take_wh`, one value per period.

    `cube` holds this group's cells alone and gives the counts of half hours. Raises InputError
    when a take stands against no volume.
    """
    components = sorted(volumes)
    weights = [component.component_class.scaling_weight for component in components]
    residual: list[Fraction] = []
    corrected_periods: list[list[int]] = []
    for period, take in enumerate(take_wh):
        try:
            r, parts = correction.correct(
                [volumes[component][period] for component in components], weights, take * MILLI
            )
        except InputError as error:
            raise InputError(
                f"GSP group {gsp_group}, period {period + 1}: the take is {take} Wh and {error}; "
                "hand over more reads or give another take"
            ) from error
        residual.append(r)
        corrected_periods.append(parts)
    corrected = dict(zip(components, zip(*corrected_periods, strict=True), strict=True))
    suppliers = sorted({component.supplier for component in components})
    milli_wh = {
        s: _total((v for c, v in corrected.items() if c.supplier == s), len(take_wh))
        for s in suppliers
    }
    wh = _watt_hours(milli_wh, take_wh)
    results = [
        _supplier(
            s, cube, {c: v for c, v in volumes.items() if c.supplier == s}, milli_wh[s], wh[s]
        )
        for s in suppliers
    ]
    return GroupResult(gsp_group, tuple(take_wh), tuple(residual), tuple(results))


def _supplier(
    supplier: str, cube: Cube, volumes: Volumes, corrected_milli_wh: Series, corrected_wh: Series
) -> SupplierResult:
    periods = len(corrected_wh)
    classes = [(component.component_class, volume) for component, volume in volumes.items()]
    counts = [
        (cell.quality, volume.half_hours)
        for cell, volume in cube.items()
        if cell.supplier == supplier
    ]
    return SupplierResult(
        supplier,
        metered_milli_wh=_total(
            (v for c, v in classes if c.quantity is Quantity.CONSUMPTION), periods
        ),
        losses_milli_wh=_total((v for c, v in classes if c.quantity is Quantity.LOSSES), periods),
        estimated_milli_wh=_total(
            (v for c, v in classes if c.quality is Quality.ESTIMATED), periods
        ),
        corrected_milli_wh=corrected_milli_wh,
        corrected_wh=corrected_wh,
        half_hours=_total((n for _, n in counts), periods),
        estimated_half_hours=_total(
            (n for quality, n in counts if quality is Quality.ESTIMATED), periods
        ),
    )


def _watt_hours(milli_wh: Mapping[str, Series], take_wh: Sequence[int]) -> dict[str, Series]:
    """Round the suppliers' milliwatt-hours to watt-hours that still sum to the take."""
    periods = [
        correction.apportion(parts, MILLI, take)
        for parts, take in zip(zip(*milli_wh.values(), strict=True), take_wh, strict=True)
    ]
    return dict(zip(milli_wh, zip(*periods, strict=True), strict=True))


def _total(series: Iterable[Sequence[int]], periods: int) -> Series:
    total = [0] * periods
    for values in series:
        total = [a + b for a, b in zip(total, values, strict=True)]
    return tuple(total)
