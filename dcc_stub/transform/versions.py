"""Which version of GBCS a device follows, by the version of SMETS or CHTS it was made to."""

from __future__ import annotations

import re
from typing import NamedTuple


class Version(NamedTuple):
    """A version such as 4.2."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


NEWEST = Version(4, 3)

# Technical specification, first version of it, the GBCS version it goes with. Public inventories
# show CHTS 1.4 with GBCS 4.2; the other rows follow the order in which the versions came out.
_SPECIFICATIONS: tuple[tuple[str, Version, Version], ...] = (
    ("CHTS", Version(1, 4), Version(4, 2)),
    ("CHTS", Version(1, 3), Version(3, 2)),
    ("CHTS", Version(1, 1), Version(2, 0)),
    ("CHTS", Version(1, 0), Version(1, 0)),
    ("SMETS", Version(5, 2), Version(4, 2)),
    ("SMETS", Version(5, 1), Version(4, 1)),
    ("SMETS", Version(5, 0), Version(4, 0)),
    ("SMETS", Version(4, 0), Version(3, 2)),
    ("SMETS", Version(3, 0), Version(2, 0)),
    ("SMETS", Version(0, 0), Version(1, 0)),
)
_TEXT = re.compile(r"(SMETS|CHTS)2? ?V?([0-9]{1,2})\.([0-9]{1,2})", re.IGNORECASE)


def gbcs_version(specification: str | None) -> Version:
    """The GBCS version for text such as `SMETS V5.1`; the newest when the text is not known."""
    found = _TEXT.fullmatch(specification or "")
    if found is None:
        return NEWEST
    name, version = found.group(1).upper(), Version(int(found.group(2)), int(found.group(3)))
    for row_name, since, gbcs in _SPECIFICATIONS:
        if row_name == name and version >= since:
            return gbcs
    return NEWEST
