"""Judging a whole keystore folder: every certificate, every private key, every file mode."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from keys import files, folder, validate
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
    return Report(
        len(certificates),
        len(found) - len(certificates),
        private_keys,
        tuple(sorted(findings)),
    )


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
            elif file.name == folder.PRIVATE_KEYS_FILE:
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
