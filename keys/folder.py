"""The files of a keystore folder: what their names say, and reading one."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from keys import files, pem, points, profile, validate
from keys.certificate import Certificate
from keys.errors import CertificateError, KeystoreError, NotHeldError
from keys.profile import DEVICE_TYPES, DeviceType, KeyUsage, Usage

CERTIFICATE_SUFFIX = ".pem"
PRIVATE_KEY_SUFFIX = ".key"
PRIVATE_KEYS_FILE = "private_keys.json"

_NAMED = re.compile(
    f"([0-9A-Fa-f]{{16}})-({'|'.join(row.usage for row in profile.USAGES)})", re.ASCII
)
# File times advance in steps; within one, a change would not show.
_FILE_TIME_STEP = 1_000_000_000
_SCALAR = re.compile("[0-9A-Fa-f]{64}")


class Label(NamedTuple):
    """Whose key a file holds and what for."""

    eui: bytes
    usage: Usage

    @property
    def stem(self) -> str:
        """The file name without its suffix: `90b3d51f30010000-ds`."""
        return f"{self.eui.hex()}-{self.usage}"


def label(stem: str) -> Label | None:
    """What the name of a file says; None for a name of another convention."""
    found = _NAMED.fullmatch(stem)
    if found is None:
        return None
    usage = next(row.usage for row in profile.USAGES if row.usage == found[2])
    return Label(bytes.fromhex(found[1]), usage)


def canonical(stem: str) -> str:
    """The stem with its EUI in lower case, if it has one."""
    named = label(stem)
    return named.stem if named else stem


def belongs(certificate: Certificate, to: Label) -> bool:
    """Whether the certificate is the party's or device's and allows that usage."""
    xml = certificate.role in profile.XML_ROLES
    return (
        certificate.eui == to.eui
        and {profile.USAGE_BITS[to.usage]} == certificate.key_usages
        and xml == (to.usage == "xml")
    )


def label_of(certificate: Certificate, stem: str) -> Label | None:
    """What a certificate under a name of another convention is; None for an authority."""
    if certificate.eui is None or certificate.is_authority:
        return None
    for row in profile.USAGES:
        found = Label(certificate.eui, row.usage)
        # Only the file name tells prepayment from management, for example Z1-supplierPP-ka.
        if belongs(certificate, found) and (row.usage == "pp-ka") == (
            "PP" in stem and row.key_usage == KeyUsage.KEY_AGREEMENT
        ):
            return found
    return None


class Listing(NamedTuple):
    """The certificate files of a folder, and when it last changed (None: too lately to tell)."""

    stems: Mapping[str, str]  # canonical stem (as Label.stem) to the stem on disk
    changed: int | None


def listing(path: Path) -> Listing:
    """Lists a keystore folder without reading its files; NotHeldError when it is not there."""
    try:
        changed = path.stat().st_mtime_ns
        names = sorted(entry.name for entry in path.iterdir())
    except FileNotFoundError as error:
        raise NotHeldError(
            f"there is no keystore at {path}: make one with `hanlab keys new`"
        ) from error
    except OSError as error:
        raise KeystoreError(f"{path} is no keystore folder: {error.strerror}") from error
    stems = {}
    for name in names:
        if name.endswith(CERTIFICATE_SUFFIX):
            stem = name.removesuffix(CERTIFICATE_SUFFIX)
            stems[canonical(stem)] = stem
    settled = time.time_ns() - changed > _FILE_TIME_STEP
    return Listing(stems, changed if settled else None)


def has_changed(path: Path, since: Listing) -> bool:
    """Whether files may have come or gone since the listing."""
    try:
        return path.stat().st_mtime_ns != since.changed
    except OSError:
        return True


def read_public(path: Path) -> Certificate | bytes:
    """A certificate, or the 65 octets of a bare public key.

    Raises:
        KeystoreError: the file holds neither.
        ProductionCertificateError: the certificate is not under a test policy.
    """
    block = pem.decode(_octets(path), str(path))
    if block.label == pem.PUBLIC_KEY:
        point = block.octets.removeprefix(profile.P256_KEY_PREFIX)
        try:
            points.load_public_key(point)
        except CertificateError as error:
            raise KeystoreError(f"{path}: {error}") from error
        return point
    if block.label != pem.CERTIFICATE:
        raise KeystoreError(f"{path} holds a {block.label}, not a certificate or public key")
    try:
        certificate = Certificate.from_der(block.octets)
    except CertificateError as error:
        raise KeystoreError(f"{path}: {error}") from error
    validate.refuse_production(certificate)
    return certificate


def read_private(path: Path) -> bytes | None:
    """The 32-octet scalar in a PKCS#8 file; None when there is no such file."""
    if not path.exists():
        return None
    return points.from_pkcs8(_octets(path), str(path))


def read_private_keys(path: Path) -> Mapping[str, bytes]:
    """The scalars of `private_keys.json` by stem; empty when there is no such file."""
    file = path / PRIVATE_KEYS_FILE
    if not file.exists():
        return {}
    text = _octets(file)
    content: object = None
    # The decoder's own error carries the whole text, so it must not live on as a cause.
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    if not isinstance(content, dict) or not all(
        isinstance(value, str) and _SCALAR.fullmatch(value) for value in content.values()
    ):
        raise KeystoreError(
            f'{file} is not of the form {{"EUI-ka": "64 hexadecimal digits", ...}}'
        )
    return {canonical(stem): bytes.fromhex(value) for stem, value in content.items()}


def device_file(path: Path, eui: bytes) -> Path:
    """The file that tells the type of a device, which its certificates do not."""
    return path / f"{eui.hex()}.json"


def write_device_type(path: Path, eui: bytes, device_type: DeviceType) -> bool:
    """Notes the type of a device; False, and nothing done, when one is noted already."""
    content = json.dumps({"device_type": device_type}) + "\n"
    return files.write_new(device_file(path, eui), content.encode(), files.PUBLIC_MODE)


def read_device_type(path: Path, eui: bytes) -> DeviceType | None:
    """The type of a device; None when it is not noted."""
    file = device_file(path, eui)
    if not file.exists():
        return None
    content: object
    try:
        content = json.loads(_octets(file))
    except ValueError:
        content = None
    noted = content.get("device_type") if isinstance(content, dict) else None
    for device_type in DEVICE_TYPES:
        if device_type == noted:
            return device_type
    raise KeystoreError(
        f'{file} is not of the form {{"device_type": "esme"}}: correct or remove it'
    )


def _octets(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise KeystoreError(f"{path} cannot be read: {error.strerror}") from error
