"""Settlement runs: from the store's reads and inputs to a stored result."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from host.settlement import synthetic
from host.settlement.aggregation import aggregate
from host.settlement.allocation import allocate, demand
from host.settlement.components import Quality
from host.settlement.cube import Cube
from host.settlement.errors import NoDataError
from host.settlement.inputs import LineLossClass
from host.settlement.periods import period_count
from host.settlement.results import GIVEN, SYNTHETIC, RunResult
from host.settlement.run_calendar import supported_run
from host.settlement.store import SettlementStore
from host.settlement.stored_runs import StoredRun
from host.settlement.volumes import component_volumes


@dataclass(frozen=True)
class FinishedRun:
    """A run's result and where its document is stored."""

    result: RunResult
    stored: StoredRun


def run(
    store: SettlementStore, settlement_date: date, code: str = "SF", seed: int = 0
) -> FinishedRun:
    """Settle a date and store the result; the same reads and inputs give the same octets.

    Line loss factors and group takes that were not given are synthetic, the takes by `seed`.
    Raises NotSupportedError and InputError for a run code, NoDataError when no MPAN is
    registered or none has a read, InputError for a take that stands against no volume.
    """
    supported_run(code)
    meters = store.registrations.count(settlement_date)
    if not meters:
        raise NoDataError(
            f"no MPAN is registered on {settlement_date}: register one, or make a lab with reads "
            f"by `./hanlab demo --day {settlement_date} --keep`"
        )
    cube = aggregate(store.connection, settlement_date)
    if not any(cell.quality is Quality.ACTUAL for cell in cube):
        raise NoDataError(
            f"no read of {settlement_date} has been handed over: read the meters for that day "
            f"first, for instance by `./hanlab demo --day {settlement_date} --keep`"
        )
    given_factors = store.inputs.line_loss_factors(settlement_date)
    factors = {
        line_loss_class: given_factors.get(line_loss_class)
        or synthetic.line_loss_factors(settlement_date)
        for line_loss_class in _line_loss_classes(cube)
    }
    takes = store.inputs.group_takes(settlement_date)
    groups = [
        allocate(
            gsp_group,
            {cell: volume for cell, volume in cube.items() if cell.gsp_group == gsp_group},
            volumes,
            takes.get(gsp_group)
            or synthetic.group_take(seed, gsp_group, settlement_date, demand(volumes)),
        )
        for gsp_group, volumes in component_volumes(cube, factors).items()
    ]
    result = RunResult(
        settlement_date,
        code,
        period_count(settlement_date),
        meters,
        seed,
        tuple(groups),
        _sources({group.gsp_group: group.gsp_group in takes for group in groups}),
        _sources({"/".join(name): name in given_factors for name in factors}),
    )
    return FinishedRun(result, store.runs.save(settlement_date, code, result.document()))


def _line_loss_classes(cube: Cube) -> list[LineLossClass]:
    return sorted({(cell.distributor_id, cell.llf_class) for cell in cube})


def _sources(given: Mapping[str, bool]) -> dict[str, str]:
    return {name: GIVEN if is_given else SYNTHETIC for name, is_given in given.items()}
