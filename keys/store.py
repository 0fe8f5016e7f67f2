"""The keystore folder: certificates and private keys by EUI and usage.

Files are `EUI-ds.pem`, `EUI-ka.pem`, `EUI-pp-ka.pem`, `EUI-xml.pem` (EUI in lower-case hex), each
a certificate or a bare public key; private keys are `.key` files beside them (PKCS#8) or entries
of one `private_keys.json`. Certificates under other names, such as `xml-sign-EUI-ds.pem`, are
found by what is in them. Keys for the HAN are in `cbke-ca.json` and `EUI-zigbee.json`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from keys import folder, names, points, profile, zigbee_folder
from keys.cbke import CbkeAuthority, ZigbeeKeys, identity
from keys.certificate import Certificate
from keys.errors import KeystoreError, NotHeldError
from keys.folder import Label
from keys.profile import Role, Usage
from smets.zigbee.cbke import Identity


class Held(NamedTuple):
    """A certificate of the folder, with its file name's stem and what it is for."""

    stem: str
    label: Label | None
    certificate: Certificate


class _Index:
    """The certificates of a folder by what names them in XML and in trust anchor cells."""

    def __init__(self, certificates: Iterable[Certificate]) -> None:
        self.by_serial: dict[tuple[str, int], Certificate] = {}
        self.by_key: dict[bytes | None, Certificate] = {}
        for certificate in certificates:
            issuer = names.comparable(certificate.issuer_name)
            self.by_serial[issuer, certificate.serial] = certificate
            self.by_key[certificate.key_identifier] = certificate


class Keystore:
    """Reads a keystore folder, each file when it is first asked for.

    A file that appears later is found; one that changes is not read again. A certificate that is
    not under a test policy raises ProductionCertificateError as soon as it is met.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._listing = folder.listing(self._path)
        self._public: dict[str, Certificate | bytes] = {}
        self._private: dict[str, bytes] = {}
        self._private_keys: Mapping[str, bytes] | None = None
        self._otherwise_named: dict[Label, Held] | None = None
        self._index: _Index | None = None

    def __repr__(self) -> str:
        """The folder; nothing that it holds."""
        return f"Keystore({str(self._path)!r})"

    @property
    def path(self) -> Path:
        """The folder."""
        return self._path

    def certificate(self, eui: bytes, usage: Usage) -> Certificate | None:
        """The certificate of a party or device; None when it is not held."""
        held = self._held(Label(eui, usage))
        return held.certificate if held else None

    def public_key(self, eui: bytes, usage: Usage) -> bytes | None:
        """The 65-octet public key; None when it is not held."""
        held = self._held(Label(eui, usage))
        if held:
            return held.certificate.public_key
        bare = self._file(Label(eui, usage).stem)
        return bare if isinstance(bare, bytes) else None

    def private_key(self, eui: bytes, usage: Usage) -> bytes | None:
        """The 32-octet private key; None when it is not held.

        KeystoreError when it does not belong to the public key that is held.
        """
        wanted = Label(eui, usage)
        held = self._held(wanted)
        if held is None and isinstance(self._file(wanted.stem), Certificate):
            return None  # the certificate under this name is another party's, so is the key
        return self.private_key_of(held.stem if held else wanted.stem)

    def private_key_of(self, stem: str) -> bytes | None:
        """The 32-octet private key beside the file with this stem; None when it is not held."""
        if stem in self._private:
            return self._private[stem]
        name = self._listing.stems.get(stem, stem)
        private_key = folder.read_private(self._path / f"{name}{folder.PRIVATE_KEY_SUFFIX}")
        if private_key is None:
            if self._private_keys is None:
                self._private_keys = folder.read_private_keys(self._path)
            private_key = self._private_keys.get(stem)
        if private_key is None:
            return None
        public = self._file(stem)
        public_key = public.public_key if isinstance(public, Certificate) else public
        if public_key is not None and points.public_key(private_key) != public_key:
            raise KeystoreError(
                f"the private key of {stem} in {self._path} does not belong to the public key "
                "beside it: put the right one there"
            )
        self._private[stem] = private_key
        return private_key

    def require_certificate(self, eui: bytes, usage: Usage) -> Certificate:
        """The certificate; NotHeldError when it is not held."""
        found = self.certificate(eui, usage)
        if found is None:
            raise self._missing("certificate", eui, usage)
        return found

    def require_public_key(self, eui: bytes, usage: Usage) -> bytes:
        """The 65-octet public key; NotHeldError when it is not held."""
        found = self.public_key(eui, usage)
        if found is None:
            raise self._missing("certificate", eui, usage)
        return found

    def require_private_key(self, eui: bytes, usage: Usage) -> bytes:
        """The 32-octet private key; NotHeldError when it is not held."""
        found = self.private_key(eui, usage)
        if found is None:
            raise self._missing("private key", eui, usage)
        return found

    def role(self, eui: bytes) -> Role | None:
        """The role of a party; None for a device or when no certificate of it is held."""
        for row in profile.USAGES:
            certificate = self.certificate(eui, row.usage)
            if certificate and certificate.role not in profile.XML_ROLES:
                return certificate.role
        return None

    def is_device(self, eui: bytes) -> bool:
        """Whether the EUI-64 is of a device whose certificate is held."""
        found = (self.certificate(eui, row.usage) for row in profile.USAGES)
        return any(certificate.is_device for certificate in found if certificate)

    def device_type(self, eui: bytes) -> profile.DeviceType | None:
        """The type of a device that `keys.pki.add_device` made; None for any other."""
        return folder.read_device_type(self._path, eui)

    def cbke_authority(self) -> Mapping[int, CbkeAuthority] | None:
        """The CA for key establishment by suite; None when it is not held."""
        return zigbee_folder.read_authority(self._path)

    def require_cbke_authority(self) -> Mapping[int, CbkeAuthority]:
        """The CA for key establishment; NotHeldError when it is not held."""
        found = self.cbke_authority()
        if found is None:
            raise NotHeldError(
                f"{self._path} has no CA for key establishment: make it with `hanlab keys new`"
            )
        return found

    def zigbee_keys(self, eui: bytes) -> ZigbeeKeys | None:
        """A device's install code and keys for key establishment; None when not held."""
        return zigbee_folder.read_device(self._path, eui)

    def require_zigbee_keys(self, eui: bytes) -> ZigbeeKeys:
        """A device's install code and keys; NotHeldError when they are not held."""
        found = self.zigbee_keys(eui)
        if found is None:
            raise NotHeldError(
                f"{self._path} has no Zigbee keys of {profile.eui_text(eui)}: make them with "
                f"`hanlab keys new --device {profile.eui_text(eui)} --type TYPE`"
            )
        return found

    def cbke_identity(self, eui: bytes, suite: int = 2) -> Identity:
        """What a device proves itself with in key establishment; NotHeldError."""
        authority = self.require_cbke_authority()[suite]
        return identity(authority, self.require_zigbee_keys(eui).cbke[suite])

    def zigbee_euis(self) -> list[bytes]:
        """The devices whose keys for the HAN are held, sorted."""
        return zigbee_folder.euis(self._path)

    def euis(self) -> list[bytes]:
        """The EUI-64s of all parties and devices, sorted."""
        named = {label.eui for label in map(folder.label, self._listing.stems) if label}
        return sorted(named | {label.eui for label in self._other_names()})

    def stems(self) -> list[str]:
        """The names of the certificate files without suffix, sorted."""
        return sorted(self._listing.stems)

    def certificates(self) -> Iterator[Held]:
        """All certificates by file name; files that cannot be read are left to `keys.verify`."""
        return self._read(self.stems())

    def authority(self, stem: str) -> Certificate:
        """The certificate of an authority by file name, see `keys.parties.AUTHORITIES`."""
        found = self._file(stem)
        if not isinstance(found, Certificate):
            raise NotHeldError(
                f"{self._path} holds no certificate of the authority {stem}: "
                "make it with `hanlab keys new`"
            )
        return found

    def authorities(self) -> list[Certificate]:
        """The certificates of roots and issuing authorities."""
        others = (stem for stem in self.stems() if folder.label(stem) is None)
        found = (held.certificate for held in self._read(others))
        return [certificate for certificate in found if certificate.is_authority]

    def find(self, issuer_name: str, serial: int) -> Certificate | None:
        """The certificate that an X509IssuerSerial names; None when it is not held."""
        wanted = names.comparable(issuer_name), serial
        found = self._indexed().by_serial.get(wanted)
        if found is None and self._list_again():
            found = self._indexed().by_serial.get(wanted)
        return found

    def find_by_key_identifier(self, key_identifier: bytes) -> Certificate | None:
        """The certificate with this 8-octet subject key identifier; None when it is not held."""
        found = self._indexed().by_key.get(key_identifier)
        if found is None and self._list_again():
            found = self._indexed().by_key.get(key_identifier)
        return found

    def public(self, stem: str) -> Certificate | bytes | None:
        """What the file with this stem holds; KeystoreError when that is neither."""
        return self._file(stem)

    def _held(self, wanted: Label) -> Held | None:
        found = self._file(wanted.stem)
        if isinstance(found, Certificate):
            return Held(wanted.stem, wanted, found) if folder.belongs(found, wanted) else None
        return None if found else self._other_names().get(wanted)

    def _file(self, stem: str) -> Certificate | bytes | None:
        if stem not in self._public:
            if stem not in self._listing.stems:
                self._list_again()
            name = self._listing.stems.get(stem)
            if name is None:
                return None
            file = self._path / f"{name}{folder.CERTIFICATE_SUFFIX}"
            self._public[stem] = folder.read_public(file)
        return self._public[stem]

    def _read(self, stems: Iterable[str]) -> Iterator[Held]:
        for stem in stems:
            try:
                found = self._file(stem)
            except KeystoreError:
                continue
            if isinstance(found, Certificate):
                yield Held(stem, folder.label(stem) or folder.label_of(found, stem), found)

    def _other_names(self) -> Mapping[Label, Held]:
        if self._otherwise_named is None:
            others = (stem for stem in self.stems() if folder.label(stem) is None)
            # Of several the one that lasts longest, so the last in this order, is taken.
            held = sorted(self._read(others), key=lambda each: each.certificate.not_after)
            self._otherwise_named = {each.label: each for each in held if each.label}
        return self._otherwise_named

    def _indexed(self) -> _Index:
        if self._index is None:
            self._index = _Index(held.certificate for held in self.certificates())
        return self._index

    def _list_again(self) -> bool:
        """Looks for files that came since; whether there are any."""
        if not folder.has_changed(self._path, self._listing):
            return False
        before = self._listing.stems
        self._listing = folder.listing(self._path)
        if self._listing.stems == before:
            return False
        self._otherwise_named = self._index = None
        return True

    def _missing(self, what: str, eui: bytes, usage: Usage) -> NotHeldError:
        return NotHeldError(
            f"{self._path} holds no {what} of {profile.eui_text(eui)} for {usage}: "
            "add it, or make it with `hanlab keys new`"
        )
