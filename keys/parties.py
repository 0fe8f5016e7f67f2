"""Who takes part in a lab: one table for the PKI, the hub, the DCC stub and the demo.

The EUI-64s are those of the public DCC test material, so that request templates and DCC user
tools name the same parties; the keys are the lab's own.
"""

from __future__ import annotations

from typing import NamedTuple

from keys import profile
from keys.errors import NotHeldError
from keys.profile import DeviceType, Role, Usage


class Party(NamedTuple):
    """An organisation: the file and command-line name, its role and the certificates it holds."""

    name: str
    eui: bytes
    role: Role
    usages: tuple[Usage, ...]
    common_name: str | None = None


class AuthorityRow(NamedTuple):
    """An authority: its file name, common name, role, policy, and the file of its issuer."""

    stem: str
    common_name: str
    role: Role | None
    policy: str
    issuer: str | None


ORGANISATION_ROOT = "organisation-root"
ORGANISATION_ISSUING = "organisation-issuing"
DEVICE_ROOT = "device-root"
DEVICE_ISSUING = "device-issuing"
AUTHORITIES = (
    AuthorityRow(ORGANISATION_ROOT, "HA", Role.ROOT, profile.ORGANISATION_TEST_POLICY, None),
    AuthorityRow(
        ORGANISATION_ISSUING,
        "H1",
        Role.ISSUING_AUTHORITY,
        profile.ORGANISATION_TEST_POLICY,
        ORGANISATION_ROOT,
    ),
    AuthorityRow(DEVICE_ROOT, "HDRT", None, profile.DEVICE_TEST_POLICY, None),
    AuthorityRow(DEVICE_ISSUING, "HDCA", None, profile.DEVICE_TEST_POLICY, DEVICE_ROOT),
)


class Device(NamedTuple):
    """A device that the lab starts with."""

    eui: bytes
    type: DeviceType


def _eui(text: str) -> bytes:
    return bytes.fromhex(text.replace("-", ""))


RECOVERY = Party("recovery", _eui("90-B3-D5-1F-30-00-00-01"), Role.RECOVERY, ("ds",))
ACCESS_CONTROL_BROKER = Party(
    "access-control-broker",
    _eui("90-B3-D5-1F-30-00-00-02"),
    Role.ACCESS_CONTROL_BROKER,
    ("ds", "ka", "xml"),
)
TRANSITIONAL_COS = Party(
    "transitional-cos", _eui("90-B3-D5-1F-30-00-00-04"), Role.TRANSITIONAL_COS, ("ds",)
)
WAN_PROVIDER = Party("wan-provider", _eui("90-B3-D5-1F-30-00-00-07"), Role.WAN_PROVIDER, ("ds",))
SUPPLIER = Party(
    "supplier",
    _eui("90-B3-D5-1F-30-01-00-00"),
    Role.SUPPLIER,
    ("ds", "ka", "pp-ka", "xml"),
    "LABSUPPLIER",
)
SUPPLIER_2 = Party(
    "supplier-2",
    _eui("90-B3-D5-1F-30-03-00-00"),
    Role.SUPPLIER,
    ("ds", "ka", "pp-ka", "xml"),
    "LABSUPPLIER2",
)
NETWORK_OPERATOR = Party(
    "network-operator",
    _eui("90-B3-D5-1F-30-02-00-00"),
    Role.NETWORK_OPERATOR,
    ("ds", "ka", "xml"),
)
LOAD_CONTROLLER = Party(
    "load-controller", _eui("90-B3-D5-1F-30-01-00-08"), Role.LOAD_CONTROLLER, ("ds", "ka", "xml")
)
OTHER_USER = Party("other-user", _eui("00-DB-12-34-56-78-00-04"), Role.OTHER, ("ds", "ka", "xml"))

PARTIES = (
    RECOVERY,
    ACCESS_CONTROL_BROKER,
    TRANSITIONAL_COS,
    WAN_PROVIDER,
    SUPPLIER,
    SUPPLIER_2,
    NETWORK_OPERATOR,
    LOAD_CONTROLLER,
    OTHER_USER,
)

ESME = Device(_eui("00-DB-12-34-56-78-90-A0"), "esme")
GSME = Device(_eui("00-DB-12-34-56-78-90-A1"), "gsme")
CHF = Device(_eui("00-DB-12-34-56-78-90-A2"), "chf")
GPF = Device(_eui("00-DB-12-34-56-78-90-A3"), "gpf")

DEVICES = (ESME, GSME, CHF, GPF)


def party(name: str) -> Party:
    """The party with this name; NotHeldError lists the names that there are."""
    for each in PARTIES:
        if each.name == name:
            return each
    known = ", ".join(each.name for each in PARTIES)
    raise NotHeldError(f"no party is called {name!r}: choose one of {known}")


def party_of(eui: bytes) -> Party | None:
    """The party with this EUI-64, 8 octets."""
    return next((each for each in PARTIES if each.eui == eui), None)


def role_of(party: Party, usage: Usage) -> Role:
    """The role that stands in a party's certificate for a usage."""
    if usage != "xml":
        return party.role
    return Role.DSP_XML_SIGN if party.role == Role.ACCESS_CONTROL_BROKER else Role.XML_SIGN
