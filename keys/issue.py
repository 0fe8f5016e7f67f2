"""Issuing certificates with the SMKI profile, octet for octet in the shape of the public ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from keys import der, names, points, profile
from keys.certificate import Certificate
from keys.profile import KeyUsage, Role, Usage

_Extensions = Sequence[tuple[x509.ExtensionType, bool]]


@dataclass(frozen=True)
class Authority:
    """A certificate and the private key that signs what stands below it."""

    certificate: Certificate
    private_key: bytes = field(repr=False)


class Terms(NamedTuple):
    """What differs between two certificates of one holder: the serial and the first day."""

    serial: int
    valid_from: date


def root(name: bytes, policy: str, private_key: bytes, terms: Terms) -> Certificate:
    """A self-signed root with the DER `name`; one authority may stand below it."""
    public_key = points.public_key(private_key)
    return _issue(
        name,
        name,
        public_key,
        terms,
        _last_second(terms.valid_from, profile.ROOT_YEARS),
        _authority_extensions(public_key, policy, path_length=1),
        private_key,
    )


def issuing_authority(
    issuer: Authority, name: bytes, public_key: bytes, terms: Terms
) -> Certificate:
    """An authority with the DER `name` that signs the certificates of parties or devices."""
    (policy,) = issuer.certificate.policies
    return _issue(
        issuer.certificate.subject,
        name,
        public_key,
        terms,
        _last_second(terms.valid_from, profile.ISSUING_AUTHORITY_YEARS),
        (
            *_authority_extensions(public_key, policy, path_length=0),
            _authority_key_identifier(issuer),
        ),
        issuer.private_key,
    )


def organisation(
    issuer: Authority,
    role: Role,
    eui: bytes,
    usage: Usage,
    public_key: bytes,
    terms: Terms,
    common_name: str | None = None,
) -> Certificate:
    """The certificate of a party. `eui` has 8 octets, `public_key` 65."""
    return _issue(
        issuer.certificate.subject,
        names.organisation(role, eui, common_name),
        public_key,
        terms,
        _last_second(terms.valid_from, profile.ORGANISATION_YEARS),
        (
            _key_usage(profile.USAGE_BITS[usage]),
            _subject_key_identifier(public_key),
            _policy(profile.ORGANISATION_TEST_POLICY),
            _authority_key_identifier(issuer),
        ),
        issuer.private_key,
    )


def device(
    issuer: Authority, eui: bytes, usage: Usage, public_key: bytes, terms: Terms
) -> Certificate:
    """The certificate of a device. `eui` has 8 octets, `public_key` 65."""
    return _issue(
        issuer.certificate.subject,
        names.EMPTY,
        public_key,
        terms,
        profile.NO_EXPIRY,
        (
            _key_usage(profile.USAGE_BITS[usage]),
            _subject_key_identifier(public_key),
            _hardware_module(eui),
            _policy(profile.DEVICE_TEST_POLICY),
            _authority_key_identifier(issuer),
        ),
        issuer.private_key,
    )


def _issue(
    issuer: bytes,
    subject: bytes,
    public_key: bytes,
    terms: Terms,
    last: datetime,
    extensions: _Extensions,
    issuer_private_key: bytes,
) -> Certificate:
    builder = x509.CertificateBuilder(
        x509.Name.from_bytes(issuer),
        x509.Name.from_bytes(subject),
        points.load_public_key(public_key),
        terms.serial,
        datetime.combine(terms.valid_from, time.min, UTC),
        last,
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    signed = builder.sign(
        points.load_private_key(issuer_private_key), hashes.SHA256(), ecdsa_deterministic=True
    )
    return Certificate.from_der(signed.public_bytes(serialization.Encoding.DER))


def _last_second(valid_from: date, years: int) -> datetime:
    year = valid_from.year + years
    try:
        end = valid_from.replace(year=year)
    except ValueError:  # 29 February
        end = date(year, 3, 1)
    return datetime.combine(end, time.min, UTC) - timedelta(seconds=1)


def _authority_extensions(public_key: bytes, policy: str, path_length: int) -> _Extensions:
    return (
        _key_usage(*profile.AUTHORITY_KEY_USAGES),
        (x509.BasicConstraints(ca=True, path_length=path_length), True),
        _policy(policy),
        _subject_key_identifier(public_key),
    )


def _key_usage(*bits: KeyUsage) -> tuple[x509.ExtensionType, bool]:
    return (
        x509.KeyUsage(
            digital_signature=KeyUsage.DIGITAL_SIGNATURE in bits,
            key_agreement=KeyUsage.KEY_AGREEMENT in bits,
            key_cert_sign=KeyUsage.KEY_CERT_SIGN in bits,
            crl_sign=KeyUsage.CRL_SIGN in bits,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            encipher_only=False,
            decipher_only=False,
        ),
        True,
    )


def _subject_key_identifier(public_key: bytes) -> tuple[x509.ExtensionType, bool]:
    return x509.SubjectKeyIdentifier(profile.key_identifier(public_key)), False


def _authority_key_identifier(issuer: Authority) -> tuple[x509.ExtensionType, bool]:
    identifier = profile.key_identifier(issuer.certificate.public_key)
    return x509.AuthorityKeyIdentifier(identifier, None, None), False


def _policy(policy: str) -> tuple[x509.ExtensionType, bool]:
    information = x509.PolicyInformation(x509.ObjectIdentifier(policy), None)
    return x509.CertificatePolicies((information,)), True


def _hardware_module(eui: bytes) -> tuple[x509.ExtensionType, bool]:
    # RFC 4108 section 5: SEQUENCE { hwType, hwSerialNum }
    value = der.write(
        der.SEQUENCE,
        der.write_identifier(profile.HARDWARE_TYPE),
        der.write(der.OCTET_STRING, profile.checked_eui(eui)),
    )
    identifier = x509.ObjectIdentifier(profile.HARDWARE_MODULE_NAME)
    return x509.SubjectAlternativeName((x509.OtherName(identifier, value),)), True
