"""Registration: who supplies an MPAN, between which settlement dates, and how it is treated."""

import re
from dataclasses import dataclass
from datetime import date

from host.settlement import mpan as mpan_cores
from host.settlement.components import Direction
from host.settlement.errors import InputError
from host.settlement.gsp_groups import GROUP_NAMES, GROUP_OF_DISTRIBUTOR

MAXIMUM_VOLTS = 253  # 230 V + 10 %
_MPID = re.compile(r"[A-Z0-9]{4}")
_LLF_CLASS = re.compile(r"[A-Z0-9]{3}")


@dataclass(frozen=True)
class Registration:
    """One row of the registration table; both dates are settlement dates and inclusive.

    `supplier` is a market participant id of four characters, `llf_class` the line loss factor
    class of the MPAN's distributor. `gsp_group` follows from the distributor id when left
    empty; only MPANs of independent networks (ids from 24) must name it.
    """

    mpan: str
    supplier: str
    llf_class: str
    effective_from: date
    effective_to: date | None = None
    direction: Direction = Direction.IMPORT
    gsp_group: str = ""
    fuse_rating_amperes: int = 100
    phases: int = 1

    def __post_init__(self) -> None:
        """Refuse what no market participant could register: InputError."""
        if not mpan_cores.is_valid(self.mpan):
            raise InputError(f"MPAN {self.mpan!r} is not 13 digits with the right check digit")
        if not _MPID.fullmatch(self.supplier):
            raise InputError(f"supplier {self.supplier!r} is not a market participant id (ABCD)")
        if not _LLF_CLASS.fullmatch(self.llf_class):
            raise InputError(f"LLF class {self.llf_class!r} is not three letters or digits")
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise InputError(f"registration of {self.mpan} ends before it starts")
        if not 1 <= self.fuse_rating_amperes <= 10_000 or self.phases not in {1, 2, 3}:
            raise InputError(f"fuse of {self.mpan} is not 1 to 10000 A on 1 to 3 phases")
        object.__setattr__(self, "gsp_group", self._group())

    @property
    def distributor_id(self) -> str:
        """The two digits that name the distributor."""
        return self.mpan[:2]

    @property
    def maximum_wh(self) -> int:
        """The most that the fuse lets through in a half hour."""
        return self.fuse_rating_amperes * self.phases * MAXIMUM_VOLTS // 2

    def covers(self, settlement_date: date) -> bool:
        """Say whether the registration is in effect on a settlement date."""
        return self.effective_from <= settlement_date and (
            self.effective_to is None or settlement_date <= self.effective_to
        )

    def _group(self) -> str:
        own = GROUP_OF_DISTRIBUTOR.get(self.distributor_id, "")
        group = self.gsp_group or own
        if group not in GROUP_NAMES:
            raise InputError(
                f"GSP group {self.gsp_group!r} of MPAN {self.mpan}: name one of "
                f"{' '.join(GROUP_NAMES)}; distributor {self.distributor_id} has none of its own"
            )
        if own and group != own:
            raise InputError(f"MPAN {self.mpan} lies in GSP group {own}, not in {group}")
        return group
