"""What a settlement run finds, as records and as one JSON document.

Volumes are per settlement period, demand positive, export negative. A run's document depends on
reads, registrations and inputs alone: the same ones give the same octets.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from host.settlement import estimation

FACTOR_PLACES = 9
USUAL_FACTORS = (Fraction(9, 10), Fraction(11, 10))  # outside, someone should look

GIVEN, SYNTHETIC = "given", "synthetic"


@dataclass(frozen=True)
class SupplierResult:
    """One supplier's volumes in one GSP group."""

    supplier: str
    metered_milli_wh: tuple[int, ...]
    losses_milli_wh: tuple[int, ...]
    corrected_milli_wh: tuple[int, ...]
    corrected_wh: tuple[int, ...]
    estimated_milli_wh: tuple[int, ...]
    half_hours: tuple[int, ...]
    estimated_half_hours: tuple[int, ...]


@dataclass(frozen=True)
class GroupResult:
    """A GSP group: its take and the suppliers, whose corrected volumes sum to it exactly.

    `residual` is the correction factor less one, per period.
    """

    gsp_group: str
    take_wh: tuple[int, ...]
    residual: tuple[Fraction, ...]
    suppliers: tuple[SupplierResult, ...]

    def factors(self, scaling_weight: int) -> tuple[Fraction, ...]:
        """Return the correction factor per period of classes with that scaling weight."""
        return tuple(1 + r * scaling_weight for r in self.residual)

    @property
    def unusual_periods(self) -> tuple[int, ...]:
        """The periods whose factor for demand is outside 0.9 to 1.1."""
        low, high = USUAL_FACTORS
        return tuple(p for p, f in enumerate(self.factors(1), 1) if not low <= f <= high)


@dataclass(frozen=True)
class RunResult:
    """One run of one settlement date; the sources say which inputs are made up."""

    settlement_date: date
    run: str
    periods: int
    meters: int
    seed: int
    groups: tuple[GroupResult, ...]
    group_take_sources: Mapping[str, str]
    line_loss_factor_sources: Mapping[str, str]

    @property
    def supplier_wh(self) -> dict[str, list[int]]:
        """Corrected watt-hours of each supplier per period, over all GSP groups."""
        total: dict[str, list[int]] = {}
        for supplier in (s for group in self.groups for s in group.suppliers):
            wh = total.setdefault(supplier.supplier, [0] * self.periods)
            for period, value in enumerate(supplier.corrected_wh):
                wh[period] += value
        return dict(sorted(total.items()))

    @property
    def half_hours(self) -> tuple[int, int]:
        """How many half hours were settled, and how many of them are estimates."""
        suppliers = [s for group in self.groups for s in group.suppliers]
        return (
            sum(sum(s.half_hours) for s in suppliers),
            sum(sum(s.estimated_half_hours) for s in suppliers),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the run as JSON values."""
        half_hours, estimated = self.half_hours
        return {
            "date": self.settlement_date.isoformat(),
            "run": self.run,
            "periods": self.periods,
            "supplier_wh": self.supplier_wh,
            "group_take_wh": {g.gsp_group: list(g.take_wh) for g in self.groups},
            "groups": {group.gsp_group: _group_json(group) for group in self.groups},
            "meters": self.meters,
            "estimation": {
                "rule": estimation.RULE,
                "half_hours": half_hours,
                "estimated_half_hours": estimated,
            },
            "inputs": {
                "group_take": dict(self.group_take_sources),
                "line_loss_factors": dict(self.line_loss_factor_sources),
                "seed": self.seed,
            },
        }

    def document(self) -> str:
        """Return the JSON document in its one canonical form."""
        return json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))


def factor_text(factor: Fraction, places: int = FACTOR_PLACES) -> str:
    """Return a correction factor as a decimal, rounded half to even."""
    scaled = round(factor * 10**places)
    whole, decimals = divmod(abs(scaled), 10**places)
    return f"{'-' if scaled < 0 else ''}{whole}.{decimals:0{places}d}"


def _group_json(group: GroupResult) -> dict[str, Any]:
    return {
        "mhhs_import_gcf": [factor_text(f) for f in group.factors(1)],
        "mhhs_export_gcf": [factor_text(f) for f in group.factors(-1)],
        "unusual_factor_periods": list(group.unusual_periods),
        "suppliers": {
            s.supplier: {
                "metered_milli_wh": list(s.metered_milli_wh),
                "losses_milli_wh": list(s.losses_milli_wh),
                "estimated_milli_wh": list(s.estimated_milli_wh),
                "corrected_milli_wh": list(s.corrected_milli_wh),
                "corrected_wh": list(s.corrected_wh),
                "half_hours": list(s.half_hours),
                "estimated_half_hours": list(s.estimated_half_hours),
            }
            for s in group.suppliers
        },
    }
