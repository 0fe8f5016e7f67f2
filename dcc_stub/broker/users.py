"""DCC users: which roles a party may act in, by its role in SMKI."""

from __future__ import annotations

from typing import Protocol

from dcc_stub.duis.services import Role as UserRole
from dcc_stub.duis.services import Service
from keys.certificate import Certificate
from keys.profile import Role, Usage
from smets.gbcs import roles

# A supplier's certificate does not say which fuels it supplies, so it may act for all.
_USER_ROLES: tuple[tuple[Role, tuple[UserRole, ...]], ...] = (
    (
        Role.SUPPLIER,
        (UserRole.IMPORT_SUPPLIER, UserRole.EXPORT_SUPPLIER, UserRole.GAS_SUPPLIER),
    ),
    (
        Role.NETWORK_OPERATOR,
        (UserRole.ELECTRICITY_DISTRIBUTOR, UserRole.GAS_TRANSPORTER),
    ),
    (Role.OTHER, (UserRole.OTHER_USER, UserRole.REGISTERED_SUPPLIER_AGENT)),
    (Role.LOAD_CONTROLLER, (UserRole.OTHER_USER,)),
)
_ELECTRICITY = (
    UserRole.IMPORT_SUPPLIER,
    UserRole.EXPORT_SUPPLIER,
    UserRole.ELECTRICITY_DISTRIBUTOR,
)
_GAS = (UserRole.GAS_SUPPLIER, UserRole.GAS_TRANSPORTER)
_NOT_FOR: tuple[tuple[str, tuple[UserRole, ...]], ...] = (
    ("ESME", _GAS),
    ("GSME", _ELECTRICITY),
    ("GPF", _ELECTRICITY),
)
# The trust anchor cell in which a device holds a user that acts in this role.
_CELLS: tuple[tuple[UserRole, int], ...] = (
    (UserRole.IMPORT_SUPPLIER, roles.SUPPLIER),
    (UserRole.GAS_SUPPLIER, roles.SUPPLIER),
    (UserRole.ELECTRICITY_DISTRIBUTOR, roles.NETWORK_OPERATOR),
    (UserRole.GAS_TRANSPORTER, roles.NETWORK_OPERATOR),
)
# Devices that hold the certificates of no user.
_WITHOUT_USERS = ("CHF", "PPMID")


class Directory(Protocol):
    """Where certificates and keys are found; `keys.store.Keystore` is one."""

    def certificate(self, eui: bytes, usage: Usage) -> Certificate | None: ...
    def public_key(self, eui: bytes, usage: Usage) -> bytes | None: ...
    def private_key(self, eui: bytes, usage: Usage) -> bytes | None: ...
    def role(self, eui: bytes) -> Role | None: ...
    def find(self, issuer_name: str, serial: int) -> Certificate | None: ...


def user_roles(directory: Directory, eui: bytes) -> tuple[UserRole, ...]:
    """The roles a party may act in; none for a party that is no DCC user."""
    role = directory.role(eui)
    return next((mine for known, mine in _USER_ROLES if known is role), ())


def acting_roles(
    service: Service, mine: tuple[UserRole, ...], device_type: str | None
) -> tuple[UserRole, ...]:
    """The user's roles in which a service may be used on a type of device, None for no device."""
    barred = next((barred for known, barred in _NOT_FOR if known == device_type), ())
    return tuple(role for role in mine if role in service.roles and role not in barred)


def cell_of(role: UserRole, device_type: str) -> int | None:
    """The remote party role in which a device may know the user; None when it cannot."""
    if device_type in _WITHOUT_USERS:
        return None
    return next((cell for known, cell in _CELLS if known is role), None)
