"""Judging whole folders."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from keys import parties, pem
from keys.store import Keystore
from keys.verify import verify
from tests.outside import outside_data

SUPPLIER = parties.SUPPLIER.eui.hex()


@pytest.fixture
def folder(lab_keys: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(lab_keys, tmp_path / "keys"))


def findings(path: Path) -> list[tuple[str, str, str]]:
    return [
        (finding.name, finding.problem.check, finding.problem.reason)
        for finding in verify(path).findings
    ]


def test_a_new_lab_has_no_problem(lab_keys: Path) -> None:
    report = verify(lab_keys, at=datetime(2026, 1, 1, tzinfo=UTC))
    assert report.findings == ()
    assert report.certificates == report.private_keys == len(Keystore(lab_keys).stems())
    assert report.bare_public_keys == 0


def test_an_expired_lab_is_told(lab_keys: Path) -> None:
    report = verify(lab_keys, at=datetime(2036, 1, 1, tzinfo=UTC))
    expired = {finding.name for finding in report.findings}
    assert f"{SUPPLIER}-ds" in expired
    assert f"{parties.ESME.eui.hex()}-ds" not in expired
    assert {finding.problem.check for finding in report.findings} == {"time"}


def test_a_swapped_file_is_named(folder: Path) -> None:
    shutil.copy(folder / f"{SUPPLIER}-ka.pem", folder / f"{SUPPLIER}-ds.pem")
    found = findings(folder)
    assert [(name, check) for name, check, _ in found] == [
        (f"{SUPPLIER}-ds", "file"),
        (f"{SUPPLIER}-ds", "key"),
    ]
    assert "another certificate than its name says" in found[0][2]
    assert "does not belong to the public key" in found[1][2]


def test_what_is_no_certificate_is_named(folder: Path) -> None:
    (folder / f"{SUPPLIER}-ds.pem").write_text("spoilt")
    (folder / f"{SUPPLIER}-ka.pem").write_bytes(pem.encode(pem.PRIVATE_KEY, b"\x30\x00"))
    assert [(name, check) for name, check, _ in findings(folder)] == [
        (f"{SUPPLIER}-ds", "file"),
        (f"{SUPPLIER}-ka", "file"),
    ]


def test_a_spoilt_private_key_is_named(folder: Path) -> None:
    (folder / f"{SUPPLIER}-ds.key").write_text("spoilt")
    ((name, check, reason),) = findings(folder)
    assert (name, check) == (f"{SUPPLIER}-ds", "key")
    assert "is not an unencrypted P-256 private key in PKCS#8 PEM" in reason


def test_a_production_certificate_is_named(folder: Path) -> None:
    certificate = Keystore(folder).require_certificate(parties.SUPPLIER.eui, "ds")
    policy = bytes.fromhex("060d2a863a0001848fb90f01020104")
    live = certificate.encoded.replace(policy, policy[:-1] + b"\x02")
    (folder / f"{SUPPLIER}-ds.pem").write_bytes(pem.encode(pem.CERTIFICATE, live))
    ((name, check, reason),) = findings(folder)
    assert (name, check) == (f"{SUPPLIER}-ds", "policy")
    assert "1.2.826.0.1.8641679.1.2.1.2, which is not a test policy" in reason


def test_files_that_others_may_read_are_named(folder: Path) -> None:
    folder.chmod(0o755)
    (folder / f"{SUPPLIER}-ds.key").chmod(0o644)
    assert [(name, check) for name, check, _ in findings(folder)] == [
        (f"{SUPPLIER}-ds.key", "file"),
        ("keys", "file"),
    ]


def test_leftovers_are_named(folder: Path) -> None:
    (folder / ".new-abcdef").touch()
    (folder / f"{SUPPLIER}-ds.pem").unlink()
    assert [(name, check) for name, check, _ in findings(folder)] == [
        (".new-abcdef", "file"),
        (f"{SUPPLIER}-ds.key", "file"),
    ]


def test_without_its_authority_nothing_is_proven(folder: Path) -> None:
    (folder / "device-issuing.pem").unlink()
    (folder / "device-issuing.key").unlink()
    found = findings(folder)
    assert len(found) == 2 * len(parties.DEVICES)
    assert all(check == "chain" and "CN=HDCA" in reason for _, check, reason in found)


def test_the_public_keystore() -> None:
    path = outside_data("rtds", "keystore")
    report = verify(path)
    names = len(json.loads((path / "private_keys.json").read_text()))
    assert (report.certificates, report.bare_public_keys) == (416, 3)
    assert report.private_keys == names - 2  # two stand for public keys that are not there
    checks = {finding.problem.check for finding in report.findings}
    assert checks <= {"chain", "file"}
    wan_provider = next(
        finding.problem.reason
        for finding in report.findings
        if finding.name == "90b3d51f30000007-ka" and finding.problem.check == "file"
    )
    assert "90-B3-D5-1F-30-03-00-00" in wan_provider
