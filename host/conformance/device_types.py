"""What kind of device each reference device is, told from the commands sent to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from host.conformance.pairs import Pair
from host.conformance.payloads import use_case_of
from smets.gbcs import roles

# Of two types that would take as many of its commands, a device is the one that stands first.
_ORDER = (roles.ESME, roles.GSME, roles.CHF, roles.GPF, roles.HCALCS, roles.PPMID, roles.TYPE2)


def device_types(pairs: Iterable[Pair]) -> dict[bytes, int]:
    """By EUI-64, the type for which most of the device's commands are."""
    fitting: dict[bytes, Counter[int]] = {}
    for pair in pairs:
        use_case = use_case_of(pair.command)
        counter = fitting.setdefault(pair.command.header.recipient, Counter())
        counter.update(each for each in _ORDER if use_case.is_for(each))
    return {
        eui: max(_ORDER, key=lambda each: (counter[each], -_ORDER.index(each)))
        for eui, counter in fitting.items()
    }
