"""Judging a whole keystore folder: every certificate, every private key, every file mode."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from keys import cbke, files, folder, validate, zigbee_folder
from keys.cbke import CbkeAuthority
from keys.certificate import Certificate
from keys.errors import KeysError, KeystoreError, ProductionCertificateError
from keys.store import Keystore
from keys.validate import Problem

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Finding(NamedTuple):
    """A problem and the name of the file that has it."""

    name: str
    problem: Problem


class Report(NamedTuple):
    """How much was checked, and what is wrong; nothing is when `findings` is empty."""

    certificates: int
    bare_public_keys: int
    private_keys: int
    cbke_certificates: int
    findings: tuple[Finding, ...]


def verify(path: str | Path, *, at: datetime | None = None) -> Report:
    """Checks a keystore folder; the roots in it are the trust anchors.

    Validity times count only when `at` is given. NotHeldError when there is no such folder.
    """
    store = Keystore(path)
    findings = list(_folder_findings(store.path))
    found: dict[str, Certificate | bytes] = {}
    private_keys = 0
    for stem in store.stems():
        try:
            public = store.public(stem)
        except ProductionCertificateError as error:
            findings.append(Finding(stem, Problem("policy", str(error))))
            continue
        except KeysError as error:
            findings.append(Finding(stem, Problem("file", str(error))))
            continue
        if public is not None:
            found[stem] = public
        try:
            private_keys += store.private_key_of(stem) is not None
        except KeysError as error:
            findings.append(Finding(stem, Problem("key", str(error))))
    certificates = {stem: each for stem, each in found.items() if isinstance(each, Certificate)}
    authorities = [each for each in certificates.values() if each.is_authority]
    for stem, certificate in certificates.items():
        findings += [
            Finding(stem, problem)
            for problem in (
                *_name_problems(stem, certificate),
                *validate.problems(certificate, authorities, at=at),
            )
        ]
    cbke_certificates, cbke_findings = _cbke(store)
    findings += cbke_findings
    return Report(
        len(certificates),
        len(found) - len(certificates),
        private_keys,
        cbke_certificates,
        tuple(sorted(findings)),
    )


def _cbke(store: Keystore) -> tuple[int, list[Finding]]:
    """How many certificates for key establishment there are, and what is wrong with them."""
    findings = []
    authorities: Mapping[int, CbkeAuthority] = {}
    try:
        authorities = store.cbke_authority() or {}
    except KeystoreError as error:
        findings.append(Finding(zigbee_folder.AUTHORITY_STEM, Problem("file", str(error))))
    for ca in authorities.values():
        findings += [
            Finding(zigbee_folder.AUTHORITY_STEM, found) for found in cbke.authority_problems(ca)
        ]
    certificates = 0
    for eui in store.zigbee_euis():
        stem = zigbee_folder.device_stem(eui)
        try:
            keys = store.require_zigbee_keys(eui).cbke.values()
        except KeystoreError as error:
            findings.append(Finding(stem, Problem("file", str(error))))
            continue
        for key in keys:
            certificates += 1
            ca_of_suite = authorities.get(key.suite)
            if ca_of_suite is None:
                reason = "the CA for key establishment is not held"
                findings.append(Finding(stem, Problem("chain", reason)))
                continue
            findings += [Finding(stem, found) for found in cbke.problems(ca_of_suite, eui, key)]
    return certificates, findings


def _name_problems(stem: str, certificate: Certificate) -> Iterator[Problem]:
    label = folder.label(stem)
    if label is not None and not folder.belongs(certificate, label):
        yield Problem(
            "file",
            f"the file holds another certificate than its name says: "
            f"{validate.describe(certificate)}; rename or replace it",
        )


def _folder_findings(path: Path) -> Iterator[Finding]:
    secrets = []
    try:
        for file in path.iterdir():
            if file.name.startswith(files.TEMPORARY_PREFIX):
                reason = "an interrupted run left it behind: remove it"
                yield Finding(file.name, Problem("file", reason))
            elif file.name == folder.PRIVATE_KEYS_FILE or zigbee_folder.is_secret(file):
                secrets.append(file)
            elif file.suffix == folder.PRIVATE_KEY_SUFFIX:
                secrets.append(file)
                if not file.with_suffix(folder.CERTIFICATE_SUFFIX).exists():
                    reason = "no certificate stands beside it: run `hanlab keys new` again"
                    yield Finding(file.name, Problem("file", reason))
        for file in (path, *secrets) if secrets else ():
            if file.stat().st_mode & _OTHERS:
                reason = "other users may read it: close it with `chmod go-rwx`"
                yield Finding(file.name, Problem("file", reason))
    except OSError as error:
        raise KeystoreError(f"{path} cannot be read: {error.strerror}") from error
