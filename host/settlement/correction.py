"""Group correction in exact integers.

For one settlement period and GSP group H, with component volumes C and scaling weights WT:

    CF   = 1 + (GSPGT - sum C) / sum (C x WT)              correction factor
    CORC = C x (1 + (CF - 1) x WT)                         corrected component

CORC is a fraction; `apportion` rounds a period's fractions by largest remainder, so that they
still sum to the group take to the last unit, and each is less than one unit from its exact value.
"""

from collections.abc import Sequence
from fractions import Fraction

from host.settlement.errors import InputError


def correct(
    volumes: Sequence[int], weights: Sequence[int], take: int
) -> tuple[Fraction, list[int]]:
    """Return CF - 1 and the corrected volumes, which sum to `take` (all in one unit).

    Raises InputError when no volume is there to carry the difference.
    """
    metered = sum(volumes)
    weighted = sum(c * wt for c, wt in zip(volumes, weights, strict=True))
    difference = take - metered
    if weighted == 0:
        if difference:
            raise InputError("no volume is there to carry the difference")
        return Fraction(0), list(volumes)
    numerators = [c * (weighted + difference * wt) for c, wt in zip(volumes, weights, strict=True)]
    return Fraction(difference, weighted), apportion(numerators, weighted, take)


def apportion(numerators: Sequence[int], denominator: int, total: int) -> list[int]:
    """Round the fractions numerator/denominator to integers that sum to `total`.

    Every fraction is rounded down, and the units still missing go to the largest remainders,
    the earlier one first among equals. The fractions must sum to `total`: ValueError.
    """
    if sum(numerators) != total * denominator:
        raise ValueError("the parts do not sum to the total")
    sign = 1 if denominator > 0 else -1
    parts = [divmod(n * sign, denominator * sign) for n in numerators]
    missing = total - sum(whole for whole, _ in parts)
    by_remainder = sorted(range(len(parts)), key=lambda i: (-parts[i][1], i))
    raised = set(by_remainder[:missing])
    return [whole + (i in raised) for i, (whole, _) in enumerate(parts)]
