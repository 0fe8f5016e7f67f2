"""Service reference variants: what kind each is, who may use it, which element carries it."""

from __future__ import annotations

from enum import StrEnum
from importlib import resources
from typing import NamedTuple


class Role(StrEnum):
    """Roles that a DCC user acts in."""

    IMPORT_SUPPLIER = "IS"
    EXPORT_SUPPLIER = "ES"
    GAS_SUPPLIER = "GS"
    REGISTERED_SUPPLIER_AGENT = "RSA"
    ELECTRICITY_DISTRIBUTOR = "ED"
    GAS_TRANSPORTER = "GT"
    OTHER_USER = "OU"


class Kind(StrEnum):
    """What a request comes to."""

    CRITICAL = "critical"
    PLAIN = "plain"
    NON_DEVICE = "non-device"


class FutureDating(StrEnum):
    """Who waits until the execution date-time."""

    NONE = "-"
    DSP = "DSP"
    DEVICE = "Device"
    BOTH = "Both"


class WebService(StrEnum):
    """The service a request is posted to: the last letter of its path."""

    SEND = "S"
    TRANSFORM = "T"
    NON_DEVICE = "D"


class CommandVariant(NamedTuple):
    """One row of the command variants: where it is posted, for what kind, what comes of it."""

    number: int
    service: WebService
    kind: Kind
    sends: bool
    returns_command: bool


# DUIS 5.4, table of command variants. 3 and 7, which both send and return the command, are left
# out: no public DCC offers them.
COMMAND_VARIANTS = (
    CommandVariant(1, WebService.SEND, Kind.PLAIN, sends=True, returns_command=False),
    CommandVariant(2, WebService.NON_DEVICE, Kind.PLAIN, sends=False, returns_command=True),
    CommandVariant(4, WebService.TRANSFORM, Kind.CRITICAL, sends=False, returns_command=True),
    CommandVariant(5, WebService.SEND, Kind.CRITICAL, sends=True, returns_command=False),
    CommandVariant(6, WebService.NON_DEVICE, Kind.CRITICAL, sends=False, returns_command=True),
    CommandVariant(8, WebService.NON_DEVICE, Kind.NON_DEVICE, sends=False, returns_command=False),
)
GREATEST_COMMAND_VARIANT = 9
TRANSFORM = 4
SIGNED_PRE_COMMAND = (5, 6)


class Service(NamedTuple):
    """One service reference variant."""

    variant: str
    kind: Kind
    future_dating: FutureDating
    roles: tuple[Role, ...]
    element: str
    name: str

    @property
    def reference(self) -> str:
        """The service reference: the first two numbers of the variant."""
        return ".".join(self.variant.split(".")[:2])


def _rows() -> tuple[Service, ...]:
    text = resources.files(__package__).joinpath("services.txt").read_text("utf-8")
    rows = []
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        variant, kind, future_dating, roles, element, name = line.split(maxsplit=5)
        allowed = () if roles == "-" else tuple(Role(role) for role in roles.split(","))
        rows.append(
            Service(variant, Kind(kind), FutureDating(future_dating), allowed, element, name)
        )
    return tuple(rows)


SERVICES = _rows()
_BY_VARIANT = {service.variant: service for service in SERVICES}
_BY_NUMBER = {row.number: row for row in COMMAND_VARIANTS}


def find(variant: str) -> Service | None:
    """The row of a service reference variant, None when DUIS has no such."""
    return _BY_VARIANT.get(variant)


def command_variant(number: int) -> CommandVariant | None:
    """The row of a command variant, None for one that is not offered."""
    return _BY_NUMBER.get(number)
