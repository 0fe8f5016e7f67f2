"""Device statuses of the inventory, and what a device of each status may be asked."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where a device stands between the factory and the scrap heap."""

    PENDING = "Pending"
    WHITELISTED = "Whitelisted"
    INSTALLED_NOT_COMMISSIONED = "InstalledNotCommissioned"
    COMMISSIONED = "Commissioned"
    DECOMMISSIONED = "Decommissioned"
    WITHDRAWN = "Withdrawn"
    SUSPENDED = "Suspended"
    RECOVERY = "Recovery"


_IN_USE = (Status.INSTALLED_NOT_COMMISSIONED, Status.COMMISSIONED)
_ON_THE_HAN = (Status.WHITELISTED, *_IN_USE)

# Service requests that a device of another status than those in use may be asked.
_ASKED_OTHERWISE: tuple[tuple[str, tuple[Status, ...]], ...] = (
    ("6.2.4", _ON_THE_HAN),
    ("6.15.1", _ON_THE_HAN),
    ("6.20.1", _ON_THE_HAN),
    ("6.20.2", _ON_THE_HAN),
    ("6.21", _ON_THE_HAN),
    ("6.24.1", (*_ON_THE_HAN, Status.SUSPENDED)),
    ("8.7.1", _ON_THE_HAN),
    ("8.7.2", _ON_THE_HAN),
    ("8.8.1", _ON_THE_HAN),
    ("8.8.2", _ON_THE_HAN),
    ("8.1.1", (Status.WHITELISTED, Status.INSTALLED_NOT_COMMISSIONED)),
    ("11.2", (*_ON_THE_HAN, Status.SUSPENDED)),
)


def may_be_asked(variant: str, status: Status) -> bool:
    """Whether a service request may be sent to a device of this status."""
    for other, statuses in _ASKED_OTHERWISE:
        if other == variant:
            return status in statuses
    return status in _IN_USE


# Which statuses UpdateInventory may lead to from which: DUIS 8.4.
UPDATES: tuple[tuple[str, tuple[Status, ...], tuple[Status, ...]], ...] = (
    (
        "UpdateDeviceStatusExceptCH",
        (
            Status.PENDING,
            Status.WHITELISTED,
            Status.INSTALLED_NOT_COMMISSIONED,
            Status.DECOMMISSIONED,
        ),
        (Status.PENDING, Status.INSTALLED_NOT_COMMISSIONED),
    ),
    (
        "UpdateDeviceStatusCH",
        (Status.PENDING, Status.INSTALLED_NOT_COMMISSIONED, Status.COMMISSIONED),
        (Status.COMMISSIONED, Status.WITHDRAWN, Status.INSTALLED_NOT_COMMISSIONED),
    ),
)
