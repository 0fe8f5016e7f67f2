"""Certificates for the parties of `tests.smets.device.engine`, and commands that carry them."""

from __future__ import annotations

from datetime import date
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

from keys import issue, names, points, profile
from keys.certificate import Certificate
from keys.issue import Authority, Terms
from keys.profile import Role, Usage
from keys.suite import Suite
from smets.device.device import Device
from smets.device.provisioning import provision
from smets.device.ram_flash import RamFlash
from smets.device.store import Store
from smets.gbcs import der, roles
from smets.gbcs.credentials import CellIdentifier
from smets.gbcs.credentials_update import Control
from tests.smets.device.engine import AGREEMENT_KEY, SIGNING_KEY, Party, World

if TYPE_CHECKING:
    from smets.device.flash import Flash

UPDATE_SUPPLIER = 0x0102
SUPPLIER_BY_SUPPLIER = 2
WORLD = World(Suite())
FIRST_DAY = date(2026, 1, 1)

SIGNING = (roles.SUPPLIER, roles.DIGITAL_SIGNATURE, roles.MANAGEMENT)
AGREEMENT = (roles.SUPPLIER, roles.KEY_AGREEMENT, roles.MANAGEMENT)
TOP_UP = (roles.SUPPLIER, roles.KEY_AGREEMENT, roles.PREPAYMENT_TOP_UP)


def private_key(name: str) -> bytes:
    return sha256(name.encode()).digest()


def terms(serial: int = 1, first_day: date = FIRST_DAY) -> Terms:
    return Terms(serial, first_day)


@cache
def root(name: str = "root") -> Authority:
    policy = profile.ORGANISATION_TEST_POLICY
    subject = names.authority("TA", Role.ROOT)
    return Authority(issue.root(subject, policy, private_key(name), terms()), private_key(name))


@cache
def issuer(name: str = "issuing", above: str = "root") -> Authority:
    subject = names.authority("T1", Role.ISSUING_AUTHORITY)
    public_key = points.public_key(private_key(name))
    certificate = issue.issuing_authority(root(above), subject, public_key, terms(2))
    return Authority(certificate, private_key(name))


def certificate(
    party: Party,
    usage: Usage,
    key: bytes,
    by: Authority | None = None,
    first_day: date = FIRST_DAY,
    role: int | None = None,
) -> Certificate:
    """`key` is private; its public half is certified."""
    return issue.organisation(
        by or issuer(),
        Role(party.role if role is None else role),
        party.eui,
        usage,
        points.public_key(key),
        terms(3, first_day),
    )


def device(flash: Flash | None = None) -> Device:
    """Like the engine's, but with a root and a prepayment cell of the supplier."""
    store = Store(flash or RamFlash())
    held = root().certificate
    assert held.key_identifier is not None
    cells = WORLD.cells()
    cells.append((0, roles.KEY_CERT_SIGN, 0, bytes(8), held.key_identifier, held.public_key))
    supplier = cells[1]
    cells.append((*TOP_UP, *supplier[3:]))
    provision(store, SIGNING_KEY, AGREEMENT_KEY, cells)
    return WORLD.open(store)


def update(
    control: Control,
    replacements: list[tuple[Certificate, tuple[int, int, int]]],
    path: list[Certificate] | None = None,
    activation: bytes = b"",
) -> bytes:
    """The payload of CS02b; `activation` is an encoded GeneralizedTime."""
    if path is None:
        path = [issuer().certificate]
    cells = b"".join(
        der.element(der.SEQUENCE, each.encoded + CellIdentifier(*cell).encode())
        for each, cell in replacements
    )
    certificates = b"".join(each.encoded for each in path)
    return der.element(
        der.SEQUENCE,
        control.encode()
        + der.element(der.SEQUENCE, cells)
        + der.element(der.SEQUENCE, certificates)
        + activation,
    )


def control(counter: int, **more: object) -> Control:
    """Supplier by supplier."""
    authorising = CellIdentifier(*SIGNING)
    return Control(SUPPLIER_BY_SUPPLIER, counter, authorising, **more)  # type: ignore[arg-type]
