"""May this user send this request, at this service, to this device, now? The checks in order."""

from __future__ import annotations

from http import HTTPStatus
from typing import NamedTuple

from dcc_stub.broker.errors import RefusedError, RejectedError
from dcc_stub.broker.users import Directory, acting_roles, user_roles
from dcc_stub.duis import services
from dcc_stub.duis.request import SIGNED_PRE_COMMAND, Request
from dcc_stub.duis.response_codes import ResponseCode
from dcc_stub.duis.services import CommandVariant, Role, WebService
from dcc_stub.inventory.device import SUPPLY_POINTS, Device
from dcc_stub.inventory.status import may_be_asked
from dcc_stub.store.store import Store
from dcc_stub.transform import rows
from dcc_stub.transform.rows import Row
from keys.certificate import Certificate
from keys.profile import Role as SmkiRole

# Fields that name a further device, which has to be in the inventory too.
_FURTHER_DEVICES = (
    ("8.7.1", "OtherDeviceID"),
    ("8.7.2", "OtherDeviceID"),
    ("8.8.1", "OtherDeviceID"),
    ("8.8.2", "OtherDeviceID"),
    ("8.11", "DeviceID"),
    ("8.12.1", "OldCHFID"),
    ("8.12.2", "OldGPFID"),
)
# Which number of a device a role is registered for.
_REGISTERED_FOR: tuple[tuple[Role, tuple[str, ...]], ...] = (
    (Role.IMPORT_SUPPLIER, ("import_mpxn", "secondary_import_mpan")),
    (Role.GAS_SUPPLIER, ("import_mpxn",)),
    (Role.EXPORT_SUPPLIER, ("export_mpan",)),
    (Role.ELECTRICITY_DISTRIBUTOR, ("import_mpxn", "secondary_import_mpan", "export_mpan")),
    (Role.GAS_TRANSPORTER, ("import_mpxn",)),
)


class Access(NamedTuple):
    """What the checks have found out about a request to a device; `other` is a further one."""

    variant: CommandVariant
    device: Device
    role: Role
    row: Row
    other: Device | None


def check_party(request: Request, signer: Certificate, directory: Directory) -> None:
    """The signer is the originator, and a DCC user."""
    originator = request.request_id.originator
    if signer.role is not SmkiRole.XML_SIGN or signer.eui != originator:
        raise RefusedError(ResponseCode.NOT_A_PARTY, "signed by another party than the originator")
    if not user_roles(directory, originator):
        raise RefusedError(ResponseCode.NOT_A_PARTY, "the originator is not a DCC user")


def check_service(
    request: Request, web_service: WebService, directory: Directory, store: Store
) -> CommandVariant:
    """Variant, web service, user status and role; what does not depend on a device."""
    service = request.service
    variant = services.command_variant(request.command_variant)
    if variant is None or variant.kind is not service.kind:
        raise RefusedError(
            ResponseCode.COMMAND_VARIANT,
            f"command variant {request.command_variant} is not for {service.variant}",
        )
    expected = SIGNED_PRE_COMMAND if variant.number in services.SIGNED_PRE_COMMAND else None
    if request.element != (expected or service.element):
        raise RefusedError(
            ResponseCode.COMMAND_VARIANT,
            f"{request.element} is not the body of {service.variant} in this command variant",
        )
    if variant.service is not web_service:
        raise RefusedError(
            ResponseCode.WRONG_SERVICE,
            f"command variant {variant.number} belongs to service {variant.service}",
        )
    originator = request.request_id.originator
    if store.users.is_suspended(originator):
        raise RefusedError(ResponseCode.USER_STATUS, "the user is suspended")
    if not acting_roles(service, user_roles(directory, originator), None):
        raise RefusedError(
            ResponseCode.ROLE_MAY_NOT_USE_SERVICE,
            f"none of the user's roles may use {service.variant}",
        )
    return variant


def check_device(
    request: Request, variant: CommandVariant, directory: Directory, store: Store
) -> Access:
    """Device, its type and status, and the user's authority over it.

    `request` is the one with the parameters: for a signed pre-command the one it came from.
    """
    service = request.service
    device = store.inventory.find(request.request_id.target)
    if device is None:
        raise RefusedError(ResponseCode.DEVICE_UNKNOWN, "the device is not in the inventory")
    mine = user_roles(directory, request.request_id.originator)
    acting = acting_roles(service, mine, device.type)
    other = _further_device(request, store)
    row = rows.find(service.variant, request.fields, device, other)
    if row is None and rows.is_offered_later(service.variant, device):
        raise RejectedError(
            HTTPStatus.NOT_IMPLEMENTED, f"{service.variant} is not offered for a {device.type} yet"
        )
    if row is None or not acting:
        raise RefusedError(
            ResponseCode.DEVICE_TYPE, f"{service.variant} is not for this {device.type}"
        )
    if not may_be_asked(service.variant, device.status):
        raise RefusedError(ResponseCode.DEVICE_STATUS, f"the device is {device.status}")
    authorised = [role for role in acting if _is_authorised(role, request, device, store)]
    if not authorised:
        raise RefusedError(
            ResponseCode.NOT_AUTHORISED_FOR_DEVICE, "another party is registered for the device"
        )
    return Access(variant, device, authorised[0], row, other)


def _further_device(request: Request, store: Store) -> Device | None:
    for variant, name in _FURTHER_DEVICES:
        if variant == request.service.variant:
            found = store.inventory.find(request.fields[name])
            if found is None:
                raise RefusedError(ResponseCode.DEVICE_UNKNOWN, f"{name} is not in the inventory")
            return found
    return None


def _is_authorised(role: Role, request: Request, device: Device, store: Store) -> bool:
    """Registered for one of the device's supply points, or nobody is and the device is open."""
    names = next((names for known, names in _REGISTERED_FOR if known is role), ())
    numbers = [getattr(device, name) for name, _ in SUPPLY_POINTS if name in names]
    registered = [store.inventory.responsible(number, role) for number in numbers if number]
    known = [party for party in registered if party is not None]
    return not known or request.request_id.originator in known
