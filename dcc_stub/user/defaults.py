"""What a user's requests hold when nothing else is asked for: one row a parameter."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from dcc_stub.broker.users import Directory
from dcc_stub.duis.types import DateTime
from keys import parties
from keys.certificate import Certificate
from keys.profile import Role, Usage


class Keys(Directory, Protocol):
    """What a user's keystore offers beyond that of the DCC."""

    def authorities(self) -> list[Certificate]: ...
    def device_type(self, eui: bytes) -> str | None: ...


class Asked(NamedTuple):
    """Who asks about which device, with whose keys, and when (UTC seconds since 2000)."""

    keys: Keys
    party: bytes
    device: bytes
    now: int


_ROLES = {Role.SUPPLIER: "Supplier", Role.NETWORK_OPERATOR: "NetworkOperator"}
METERS = ("esme", "gsme")
_TOLERANCE = "60"  # seconds for which a clock may be set to the current time


def _now(asked: Asked) -> Iterator[str]:
    yield DateTime().format(asked.now)


def _device(asked: Asked) -> Iterator[str]:
    yield asked.device.hex("-").upper()


def _device_type(asked: Asked) -> Iterator[str]:
    known = asked.keys.device_type(asked.device)
    if known is not None:
        yield known.upper()


def _gas_proxy(asked: Asked) -> Iterator[str]:
    if asked.device == parties.CHF.eui:
        yield parties.GPF.eui.hex("-").upper()


def _own_role(asked: Asked) -> Iterator[str]:
    name = _ROLES.get(asked.keys.role(asked.party) or Role.OTHER)
    if name is not None:
        yield name


def _own_certificate(usage: Usage) -> Callable[[Asked], Iterator[str]]:
    def find(asked: Asked) -> Iterator[str]:
        certificate = asked.keys.certificate(asked.party, usage)
        if certificate is not None:
            yield _base64(certificate)

    return find


def _top_up_certificate(asked: Asked) -> Iterator[str]:
    """Only meters take top-ups."""
    if asked.keys.device_type(asked.device) in METERS:
        yield from _own_certificate("pp-ka")(asked)


def _issuers(asked: Asked) -> Iterator[str]:
    signing = asked.keys.certificate(asked.party, "ds")
    for authority in asked.keys.authorities():
        if signing is not None and authority.subject == signing.issuer:
            yield _base64(authority)


def _text(text: str) -> Callable[[Asked], Iterator[str]]:
    def give(asked: Asked) -> Iterator[str]:
        yield text

    return give


def _base64(certificate: Certificate) -> str:
    return base64.b64encode(certificate.encoded).decode()


_CREDENTIALS = ("6.15.1", "6.21")
_CLOCKS = ("6.11", "8.1.1")

# Variants, parameter, where its value comes from.
_ROWS: tuple[tuple[tuple[str, ...], str, Callable[[Asked], Iterator[str]]], ...] = (
    (_CLOCKS, "CurrentDateTime", _now),
    (_CLOCKS, "TolerancePeriod", _text(_TOLERANCE)),
    (("8.2", "8.4", "8.14.1", "8.14.2", "8.14.3", "8.14.4", "12.2"), "DeviceID", _device),
    (("12.2",), "DeviceType", _device_type),
    (("12.2",), "AssociatedGPFDeviceID", _gas_proxy),
    (("12.2",), "DeviceManufacturer", _text("HANL")),
    (("12.2",), "DeviceModel", _text("0001")),
    (("6.24.1",), "RemotePartyRole", _own_role),
    (_CREDENTIALS, "RemotePartyRole", _own_role),
    (_CREDENTIALS, "RemotePartyFloorSeqNumber", _text("0")),
    (_CREDENTIALS, "DigitalSigningCertificate", _own_certificate("ds")),
    (_CREDENTIALS, "KeyAgreementCertificate", _own_certificate("ka")),
    (_CREDENTIALS, "KeyAgreementTopUpCertificate", _top_up_certificate),
    (_CREDENTIALS, "CertificationPathCertificates.Certificate", _issuers),
    (_CREDENTIALS, "ApplyTimeBasedCPVChecks", _text("true")),
)
# A parameter that, once given, takes the place of a default of another name.
_INSTEAD = (("8.2", "DeviceID", ("MPxN", "UPRN", "PropertyFilter")),)


def completed(variant: str, pairs: list[tuple[str, str]], asked: Asked) -> list[tuple[str, str]]:
    """The pairs, with defaults for parameters that are not among them."""
    given = {name.rpartition(".")[2] for name, _ in pairs}
    found = list(pairs)
    for variants, name, source in _ROWS:
        leaf = name.rpartition(".")[2]
        if variant in variants and leaf not in given and not _replaced(variant, leaf, given):
            found += [(name, text) for text in source(asked)]
    return found


def _replaced(variant: str, name: str, given: set[str]) -> bool:
    return any(row[:2] == (variant, name) and given.intersection(row[2]) for row in _INSTEAD)
