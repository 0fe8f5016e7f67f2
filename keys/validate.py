"""Judging a certificate: its profile, its policy, its chain to a root and its validity times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Literal, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from keys import points, profile
from keys.certificate import Certificate
from keys.errors import CertificateError, ProductionCertificateError
from keys.profile import ExtensionRow, KeyUsage

_PARTY_USAGES = ({KeyUsage.DIGITAL_SIGNATURE}, {KeyUsage.KEY_AGREEMENT})
_LONGEST_CHAIN = 4


class Problem(NamedTuple):
    """One reason to refuse a certificate, and the check that found it."""

    check: Literal["profile", "policy", "chain", "time", "key", "file"]
    reason: str


def problems(
    certificate: Certificate,
    authorities: Iterable[Certificate],
    *,
    anchors: Iterable[Certificate] | None = None,
    at: datetime | None = None,
) -> list[Problem]:
    """All that is wrong with a certificate.

    Args:
        certificate: the one to judge.
        authorities: certificates that may stand above it.
        anchors: those trusted without further proof; the self-signed authorities by default.
        at: the moment at which every certificate of the chain must be valid. None leaves times
            out: most public test certificates have expired.
    """
    return [
        *policy_problems(certificate),
        *profile_problems(certificate),
        *chain_problems(certificate, authorities, anchors=anchors, at=at),
    ]


def describe(certificate: Certificate) -> str:
    """A certificate in a few words, for messages."""
    who = certificate.subject_name or "certificate without a name"
    if certificate.eui is not None:
        who = profile.eui_text(certificate.eui)
        if certificate.role is not None:
            who += f" (role {certificate.role:02X})"
    return f"{who}, serial {certificate.serial:x}"


def policy_problems(certificate: Certificate) -> list[Problem]:
    """Whether the certificate is under a test policy; any other may be of the live system."""
    foreign = [policy for policy in certificate.policies if policy not in profile.TEST_POLICIES]
    if not foreign and certificate.policies:
        return []
    found = f"its policy is {', '.join(foreign)}" if foreign else "it names no policy"
    return [
        Problem(
            "policy",
            f"{found}, which is not a test policy. It may be a production certificate, and this "
            "lab cannot keep live keys safe: use test certificates",
        )
    ]


def refuse_production(certificate: Certificate) -> None:
    """Raises ProductionCertificateError unless the certificate is under a test policy."""
    for problem in policy_problems(certificate):
        raise ProductionCertificateError(f"{describe(certificate)}: {problem.reason}")


def profile_problems(certificate: Certificate) -> list[Problem]:
    """Whether the certificate has the shape of a device's, a party's or an authority's."""
    if certificate.is_authority:
        rows, reasons = profile.AUTHORITY_EXTENSIONS, _authority(certificate)
    elif certificate.is_device:
        rows, reasons = profile.DEVICE_EXTENSIONS, _device(certificate)
    else:
        rows, reasons = profile.ORGANISATION_EXTENSIONS, _organisation(certificate)
    found = (*_common(certificate), *_extensions(certificate, rows), *reasons)
    return [Problem("profile", reason) for reason in found]


def _common(certificate: Certificate) -> Iterator[str]:
    if not 0 < certificate.serial < 1 << 8 * profile.SERIAL_OCTETS:
        yield f"its serial number is not positive and at most {profile.SERIAL_OCTETS} octets"
    if certificate.not_after <= certificate.not_before:
        yield "its validity ends before it begins"
    if len(certificate.policies) > 1:
        yield "it names more than one policy"
    try:
        points.load_public_key(certificate.public_key)
    except CertificateError:
        yield "its public key is not a point of P-256"
    if certificate.key_identifier not in {None, profile.key_identifier(certificate.public_key)}:
        yield "its subjectKeyIdentifier is not that of its public key (RFC 5280 method 2)"
    authority_key = certificate.authority_key_identifier
    if authority_key is not None and len(authority_key) != profile.KEY_IDENTIFIER_OCTETS:
        yield f"its authorityKeyIdentifier has not {profile.KEY_IDENTIFIER_OCTETS} octets"


def _extensions(certificate: Certificate, rows: tuple[ExtensionRow, ...]) -> Iterator[str]:
    found = {extension.identifier: extension for extension in certificate.extensions}
    for row in rows:
        extension = found.pop(row.identifier, None)
        if extension is None:
            if row.required:
                yield f"it lacks {row.name}"
        elif extension.critical != row.critical:
            yield f"its {row.name} is {'' if extension.critical else 'not '}critical"
    for identifier in found:
        yield f"it has the extension {identifier}, which the profile does not have"


def _authority(certificate: Certificate) -> Iterator[str]:
    if certificate.key_usages != set(profile.AUTHORITY_KEY_USAGES):
        yield "its keyUsage is not keyCertSign and cRLSign"
    limits = certificate.basic_constraints
    if limits is not None and not limits.authority:
        yield "its basicConstraints say that it is no authority"
    if not certificate.is_device and certificate.role not in {*profile.AUTHORITY_ROLES, None}:
        yield f"role {certificate.role:02X} signs no certificates"


def _device(certificate: Certificate) -> Iterator[str]:
    yield from _one_usage(certificate)
    if certificate.eui is None:
        yield "its subjectAltName holds no hardwareModuleName with an EUI-64"
    if certificate.not_after != profile.NO_EXPIRY:
        yield "a device's certificate ends at 99991231235959Z"


def _organisation(certificate: Certificate) -> Iterator[str]:
    yield from _one_usage(certificate)
    if certificate.eui is None:
        yield "its subject has no uniqueIdentifier with an EUI-64"
    if certificate.role is None:
        yield "the OU of its subject is not a remote party role as two hexadecimal digits"
    elif certificate.role in profile.AUTHORITY_ROLES:
        yield f"role {certificate.role:02X} is an authority's, and keyCertSign is missing"
    elif certificate.role in profile.XML_ROLES and certificate.key_usages != {
        KeyUsage.DIGITAL_SIGNATURE
    }:
        yield "a certificate for XML signing has keyUsage digitalSignature"


def _one_usage(certificate: Certificate) -> Iterator[str]:
    if certificate.key_usages not in _PARTY_USAGES:
        yield "its keyUsage is not exactly one of digitalSignature and keyAgreement"


def chain_problems(
    certificate: Certificate,
    authorities: Iterable[Certificate],
    *,
    anchors: Iterable[Certificate] | None = None,
    at: datetime | None = None,
) -> list[Problem]:
    """Whether signatures lead from the certificate to a trust anchor, see `problems`."""
    above = list(authorities)
    trusted = list(anchors) if anchors is not None else [each for each in above if _is_root(each)]
    below = certificate
    for depth in range(_LONGEST_CHAIN):
        if at is not None and not below.not_before <= at <= below.not_after:
            return [Problem("time", _out_of_date(below, at))]
        if below in trusted:
            return []
        issuers = [each for each in above if _names_issuer(below, each)]
        if not issuers:
            return [Problem("chain", _no_issuer(below))]
        issuer = next((each for each in issuers if is_signed_by(below, each)), None)
        if issuer is None:
            return [
                Problem(
                    "chain",
                    f"the signature of {describe(below)} does not verify with the key of "
                    f"{below.issuer_name}: it was changed, or is another authority's",
                )
            ]
        reason = _may_not_issue(issuer, below, depth)
        if reason:
            return [Problem("chain", f"{describe(issuer)} {reason}")]
        if issuer == below:
            break
        below = issuer
    return [Problem("chain", f"its chain ends at {describe(below)}, which is no trust anchor")]


def is_signed_by(certificate: Certificate, issuer: Certificate) -> bool:
    """Whether the signature of a certificate verifies with the issuer's key."""
    try:
        key = points.load_public_key(issuer.public_key)
        key.verify(certificate.signature, certificate.signed, ec.ECDSA(hashes.SHA256()))
    except (CertificateError, InvalidSignature):
        return False
    return True


def _is_root(certificate: Certificate) -> bool:
    return certificate.is_authority and certificate.issuer == certificate.subject


def _names_issuer(certificate: Certificate, issuer: Certificate) -> bool:
    wanted = certificate.authority_key_identifier
    return certificate.issuer == issuer.subject and wanted in {None, issuer.key_identifier}


def _no_issuer(certificate: Certificate) -> str:
    key = certificate.authority_key_identifier
    with_key = f" with key identifier {key.hex()}" if key else ""
    return (
        f"its issuer {certificate.issuer_name}{with_key} is not held: "
        "add the certificate of that authority"
    )


def _may_not_issue(issuer: Certificate, below: Certificate, depth: int) -> str | None:
    limits = issuer.basic_constraints
    if not issuer.is_authority or limits is None or not limits.authority:
        return "is no authority and may not sign certificates"
    if limits.path_length is not None and limits.path_length < depth:
        return f"may have {limits.path_length} authorities below it, here are {depth}"
    if not set(below.policies) <= set(issuer.policies):
        return f"may not sign under policy {', '.join(below.policies)}"
    return None


def _out_of_date(certificate: Certificate, at: datetime) -> str:
    return (
        f"{describe(certificate)} is valid from {certificate.not_before:%Y-%m-%d %H:%M:%S} to "
        f"{certificate.not_after:%Y-%m-%d %H:%M:%S} UTC, not at {at:%Y-%m-%d %H:%M:%S}"
    )
