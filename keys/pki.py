"""Making the lab's PKI in a keystore folder; what is there already is always kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple

from keys import (
    cbke,
    files,
    folder,
    issue,
    names,
    parties,
    points,
    profile,
    randomness,
    zigbee_folder,
)
from keys.certificate import Certificate
from keys.errors import KeysError, KeystoreError, NotHeldError
from keys.folder import Label
from keys.issue import Authority, Terms
from keys.parties import AuthorityRow, Party
from keys.profile import DeviceType, Usage
from keys.store import Keystore

_DEVICE_USAGES: tuple[Usage, ...] = ("ds", "ka")


class Outcome(NamedTuple):
    """What was made, and what was there already, by file stem."""

    made: tuple[str, ...]
    kept: tuple[str, ...]


def create(
    path: str | Path,
    *,
    valid_from: date,
    seed: bytes | None = None,
    organisations: Sequence[Party] = parties.PARTIES,
) -> Outcome:
    """Makes the authorities and parties of a lab, and the CA for key establishment in the HAN.

    Args:
        path: the keystore folder; made if need be, and closed to other users.
        valid_from: the first day of the certificates, UTC.
        seed: makes keys and serial numbers repeatable, for tests only: whoever knows the seed
            has the keys.
        organisations: the parties to make.
    """
    folder_path = Path(path)
    files.make_folder(folder_path)
    maker = _Maker(folder_path, valid_from, seed)
    for row in parties.AUTHORITIES:
        maker.add_authority(row)
    for party in organisations:
        maker.add_organisation(party)
    maker.add_cbke_authority()
    return maker.outcome()


def add_device(
    path: str | Path,
    eui: bytes,
    device_type: DeviceType,
    *,
    valid_from: date,
    seed: bytes | None = None,
) -> Outcome:
    """Makes a device's two certificates and its keys for the HAN in a folder of `create`.

    Raises:
        KeystoreError: the EUI-64 is already that of a party or a device of another type.
        NotHeldError: the folder lacks the authority for devices.
    """
    folder_path = Path(path)
    maker = _Maker(folder_path, valid_from, seed)
    maker.add_device(profile.checked_eui(eui), device_type)
    return maker.outcome()


class _Maker:
    """Adds what is missing to one folder."""

    def __init__(self, path: Path, valid_from: date, seed: bytes | None) -> None:
        if not 1950 <= valid_from.year < 2050:
            raise KeysError(f"certificates cannot start on {valid_from}: choose 1950 to 2049")
        self._path = path
        self._valid_from = valid_from
        self._source = randomness.source(seed)
        self._made: list[str] = []
        self._kept: list[str] = []
        self._authorities: dict[str, Authority] = {}

    def outcome(self) -> Outcome:
        return Outcome(tuple(self._made), tuple(self._kept))

    def add_authority(self, row: AuthorityRow) -> None:
        self._add(row.stem, partial(self._certify_authority, row))

    def add_organisation(self, party: Party) -> None:
        for usage in party.usages:
            certify = partial(self._certify_organisation, party, usage)
            self._add(Label(party.eui, usage).stem, certify)

    def add_device(self, eui: bytes, device_type: DeviceType) -> None:
        self._check_new_device(eui, device_type)
        for usage in _DEVICE_USAGES:
            self._add(Label(eui, usage).stem, partial(self._certify_device, eui, usage))
        folder.write_device_type(self._path, eui, device_type)
        self._add_zigbee_keys(eui)

    def add_cbke_authority(self) -> None:
        stem = zigbee_folder.AUTHORITY_STEM
        made = zigbee_folder.read_authority(self._path) is None
        if made:
            authorities = {
                suite: cbke.new_authority(suite, self._stream(f"{stem} {suite}"))
                for suite in cbke.SUITES
            }
            made = zigbee_folder.write_authority(self._path, authorities)
        self._note(stem, made=made)

    def _add_zigbee_keys(self, eui: bytes) -> None:
        stem = zigbee_folder.device_stem(eui)
        made = zigbee_folder.read_device(self._path, eui) is None
        if made:
            install_code = self._stream(f"{stem} install code")(cbke.INSTALL_CODE_OCTETS)
            authorities = Keystore(self._path).require_cbke_authority()
            keys = {
                suite: cbke.issue(
                    ca,
                    eui,
                    self._valid_from,
                    self._stream(f"{stem} {suite} {ca.public_key.hex()} {self._valid_from}"),
                )
                for suite, ca in authorities.items()
            }
            made = zigbee_folder.write_device(self._path, eui, cbke.ZigbeeKeys(install_code, keys))
        self._note(stem, made=made)

    def _certify_authority(
        self, row: AuthorityRow, private_key: bytes, terms: Terms
    ) -> Certificate:
        name = names.authority(row.common_name, row.role)
        if row.issuer is None:
            return issue.root(name, row.policy, private_key, terms)
        issuer = self._authority(row.issuer)
        return issue.issuing_authority(issuer, name, points.public_key(private_key), terms)

    def _certify_organisation(
        self, party: Party, usage: Usage, private_key: bytes, terms: Terms
    ) -> Certificate:
        return issue.organisation(
            self._authority(parties.ORGANISATION_ISSUING),
            parties.role_of(party, usage),
            party.eui,
            usage,
            points.public_key(private_key),
            terms,
            # As in the public certificates: the name stands in the signing certificate only.
            party.common_name if usage == "ds" else None,
        )

    def _certify_device(
        self, eui: bytes, usage: Usage, private_key: bytes, terms: Terms
    ) -> Certificate:
        issuer = self._authority(parties.DEVICE_ISSUING)
        return issue.device(issuer, eui, usage, points.public_key(private_key), terms)

    def _add(self, stem: str, certify: Callable[[bytes, Terms], Certificate]) -> None:
        """Makes the certificate `stem`, and its private key unless that is there already."""
        file = self._path / f"{stem}{folder.CERTIFICATE_SUFFIX}"
        if file.exists():
            self._note(stem, made=False)
            return
        private_key = self._private_key(stem)
        label = f"{stem} {self._valid_from} {points.public_key(private_key).hex()}"
        terms = Terms(self._source.serial(label), self._valid_from)
        certificate = certify(private_key, terms)
        made = files.write_new(file, certificate.to_pem(), files.PUBLIC_MODE)
        self._note(stem, made=made)

    def _note(self, stem: str, *, made: bool) -> None:
        (self._made if made else self._kept).append(stem)

    def _stream(self, label: str) -> Callable[[int], bytes]:
        return randomness.stream(self._source, label)

    def _private_key(self, stem: str) -> bytes:
        file = self._path / f"{stem}{folder.PRIVATE_KEY_SUFFIX}"
        private_key = folder.read_private(file)
        if private_key is None:
            new = self._source.private_key(stem)
            if files.write_new(file, points.to_pkcs8(new), files.SECRET_MODE):
                return new
            private_key = folder.read_private(file)  # somebody else was faster
        if private_key is None:
            raise KeystoreError(f"{file} came and went: is another program at work on it?")
        return private_key

    def _authority(self, stem: str) -> Authority:
        if stem not in self._authorities:
            store = Keystore(self._path)
            private_key = store.private_key_of(stem)
            if private_key is None:
                raise NotHeldError(
                    f"{self._path} has no private key of the authority {stem}, so nothing can be "
                    "certified there: use the keystore that `hanlab keys new` made"
                )
            self._authorities[stem] = Authority(store.authority(stem), private_key)
        return self._authorities[stem]

    def _check_new_device(self, eui: bytes, device_type: DeviceType) -> None:
        store = Keystore(self._path)
        text = profile.eui_text(eui)
        if store.role(eui) is not None:
            raise KeystoreError(f"{text} is a party, not a device: choose another EUI-64")
        noted = store.device_type(eui)
        if noted not in {None, device_type}:
            raise KeystoreError(
                f"{text} is of type {noted} already, not {device_type}: choose another EUI-64"
            )
