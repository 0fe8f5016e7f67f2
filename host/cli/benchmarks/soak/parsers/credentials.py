"""Certificates and the files of a keystore folder."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.utils import CryptographyDeprecationWarning

from host.cli.benchmarks.soak.parsers.parser import Parser
from host.cli.benchmarks.soak.tally import LenientError
from host.cli.benchmarks.soak.templates import METER, SUPPLIER
from keys import folder, points, profile
from keys.certificate import Certificate
from keys.errors import KeysError
from keys.profile import Role
from keys.store import Keystore
from smets.codec.errors import SmetsError
from smets.gbcs import x509 as device_x509

# The extensions of SMKI certificates whose values are read whole.
KNOWN = {
    profile.KEY_USAGE,
    profile.SUBJECT_KEY_IDENTIFIER,
    profile.AUTHORITY_KEY_IDENTIFIER,
    profile.BASIC_CONSTRAINTS,
}


def parsers(keys: Keystore, place: Path) -> Iterator[Parser]:
    """Those of the host and, for comparison, the device's; they may write in `place`."""
    held = [each.certificate for each in keys.certificates()]
    ders = [each.encoded for each in held]
    pems = [each.to_pem() for each in held]
    members = [each.encoded for each in held if each.eui is not None and not _is_xml(each)]
    yield Parser("certificates, DER", ders, _take_der, (KeysError,))
    yield Parser("certificates, PEM", pems, _take_pem, (KeysError,))
    yield Parser("certificates, device", members, _take_in_device, (SmetsError,))
    yield _private_key_files(keys, place)
    yield _private_keys_json(keys, place)
    yield _certificate_files(keys, place)


def _is_xml(certificate: Certificate) -> bool:
    """The device knows no XML signing roles, so it is not given them."""
    return certificate.role is not None and certificate.role not in range(9)


def _take_der(octets: bytes) -> None:
    """What is taken, `cryptography` takes too, and reads the same in it."""
    found = Certificate.from_der(octets)
    if found.encoded != octets:
        raise LenientError("other octets than those it was read from")
    _compare(found)


def _compare(found: Certificate) -> None:
    try:
        with warnings.catch_warnings():
            # It takes serial numbers that are not positive too; `keys.validate` speaks of them.
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)
            other = x509.load_der_x509_certificate(found.encoded)
            serial = other.serial_number
        key = other.public_key()
        times = other.not_valid_before_utc, other.not_valid_after_utc
        if {each.identifier for each in found.extensions} <= KNOWN:
            _ = other.extensions  # a value of a kind that only the other reader knows is its own
    except ValueError as error:
        raise LenientError(f"another reader refuses it: {error}") from error
    assert isinstance(key, ec.EllipticCurvePublicKey)
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    if (serial, point, *times) != (
        found.serial,
        found.public_key,
        found.not_before,
        found.not_after,
    ):
        raise LenientError("another reader reads another number, key or time")
    try:
        names = other.subject.public_bytes(), other.issuer.public_bytes()
    except (TypeError, ValueError):
        return  # a kind of name that it does not know
    if names != (found.subject, found.issuer):
        raise LenientError("another reader reads other names")


def _take_pem(octets: bytes) -> None:
    _compare(Certificate.from_pem(octets))


def _take_in_device(octets: bytes) -> None:
    """What a device takes, the host takes too, and reads the same in it."""
    found = device_x509.Certificate(octets)
    try:
        other = Certificate.from_der(octets)
    except KeysError as error:
        raise LenientError(f"the host refuses it: {error}") from error
    role = found.role if found.role in set(Role) else None  # others are of nobody
    if (found.public_key, found.eui, role, found.identifier) != (
        other.public_key,
        other.eui or b"",
        other.role,
        other.key_identifier,
    ):
        raise LenientError("the host reads another key, party, role or identifier")


def _private_key_files(keys: Keystore, place: Path) -> Parser:
    """PKCS#8 beside its certificate: no other key is taken."""
    stem = f"{SUPPLIER.hex()}-ds"
    where = place / "pkcs8"
    where.mkdir()
    (where / f"{stem}.pem").write_bytes(keys.require_certificate(SUPPLIER, "ds").to_pem())
    right = keys.require_private_key(SUPPLIER, "ds")

    def take(octets: bytes) -> None:
        (where / f"{stem}.key").write_bytes(octets)
        if Keystore(where).private_key(SUPPLIER, "ds") != right:
            raise LenientError("a private key that does not belong to the certificate")

    return Parser("keystore, private key", [points.to_pkcs8(right)], take, (KeysError,))


def _private_keys_json(keys: Keystore, place: Path) -> Parser:
    where = place / "json"
    where.mkdir()
    file = where / folder.PRIVATE_KEYS_FILE

    def take(octets: bytes) -> None:
        file.write_bytes(octets)
        found = folder.read_private_keys(where)
        written = json.loads(octets)
        if sorted(each.lower() for each in written.values()) != sorted(
            each.hex() for each in found.values()
        ) and len(found) == len(written):
            raise LenientError("other keys than the file's")
        if any(len(each) != points.SCALAR_OCTETS for each in found.values()):
            raise LenientError("a private key of another length")

    content = {
        f"{eui.hex()}-{usage}": keys.require_private_key(eui, usage).hex()
        for eui in (SUPPLIER, METER)
        for usage in ("ds", "ka")
    }
    seeds = [json.dumps(content).encode(), json.dumps(content, indent=1).encode()]
    return Parser("keystore, private_keys.json", seeds, take, (KeysError,))


def _certificate_files(keys: Keystore, place: Path) -> Parser:
    """A party's file holds a certificate of that party for that use, or is passed over."""
    where = place / "certificates"
    where.mkdir()
    file = where / f"{SUPPLIER.hex()}-ka.pem"

    def take(octets: bytes) -> None:
        file.write_bytes(octets)
        found = Keystore(where).certificate(SUPPLIER, "ka")
        if found is not None and found.eui != SUPPLIER:
            raise LenientError("the certificate of another party")

    seeds = [
        keys.require_certificate(SUPPLIER, "ka").to_pem(),
        keys.require_certificate(METER, "ka").to_pem(),
    ]
    return Parser("keystore, certificate", seeds, take, (KeysError,))
