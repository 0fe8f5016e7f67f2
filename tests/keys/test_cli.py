"""`hanlab keys` as a user calls it."""

import io
import json
import stat
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from host.cli import main
from keys import parties, points, profile
from keys.store import Keystore

EUI = profile.eui_text(parties.ESME.eui)


class Outcome(NamedTuple):
    exit_code: int
    stdout: str
    stderr: str


def run(*arguments: str | Path) -> Outcome:
    stdout, stderr = io.StringIO(), io.StringIO()
    with redirect_stdout(stdout), redirect_stderr(stderr):
        exit_code = main.run(["keys", *(str(argument) for argument in arguments)])
    return Outcome(exit_code, stdout.getvalue(), stderr.getvalue())


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    path = tmp_path / "lab"
    assert run("new", "--lab", path, "--device", EUI, "--type", "esme").exit_code == 0
    return path


def test_new_makes_what_is_missing_and_keeps_the_rest(tmp_path: Path) -> None:
    first = json.loads(run("new", "--lab", tmp_path, "--json").stdout)
    assert len(first["made"]) == 28
    assert first["kept"] == []
    second = run("new", "--lab", tmp_path, "--device", EUI, "--type", "esme")
    assert second.stdout == f"{tmp_path / 'keys'}: 3 certificates and key files made, 28 kept\n"
    assert Keystore(tmp_path / "keys").device_type(parties.ESME.eui) == "esme"


def test_new_warns_of_a_seed(tmp_path: Path) -> None:
    arguments = ("new", "--seed", "7", "--from", "2025-03-01", "--lab")
    assert "no secret" in run(*arguments, tmp_path / "one").stderr
    run(*arguments, tmp_path / "two")
    one, two = (Keystore(tmp_path / name / "keys") for name in ("one", "two"))
    assert list(one.certificates()) == list(two.certificates())


@pytest.mark.parametrize(
    ("arguments", "exit_code", "message"),
    [
        (("new", "--device", EUI), 2, "give one --type for each --device"),
        (("new", "--device", "12", "--type", "esme"), 2, "'12' is not an EUI-64"),
        (("new", "--from", "1.3.2025"), 2, "write YYYY-MM-DD"),
        (("show",), 5, "make one with `hanlab keys new`"),
        (("verify",), 5, "make one with `hanlab keys new`"),
        (("export",), 5, "make one with `hanlab keys new`"),
        (("export", "--private"), 2, "private keys are not printed"),
        (("export", "--form", "der"), 2, "needs --out FOLDER"),
    ],
)
def test_wrong_calls_are_told_what_to_do(
    tmp_path: Path, arguments: tuple[str, ...], exit_code: int, message: str
) -> None:
    result = run(*arguments, "--lab", tmp_path)
    assert (result.exit_code, result.stdout) == (exit_code, "")
    assert message in result.stderr


def test_show_lists_every_certificate_and_no_secret(lab: Path) -> None:
    rows = json.loads(run("show", "--lab", lab, "--json").stdout)
    assert len(rows) == 29 + 2
    row = next(row for row in rows if row["file"] == f"{parties.ESME.eui.hex()}-ka.pem")
    assert (row["eui"], row["device_type"], row["usage"]) == (EUI, "esme", "ka")
    assert row["private_key"] is True
    table = run("show", "--lab", lab).stdout
    assert EUI in table
    private_key = Keystore(lab / "keys").require_private_key(parties.ESME.eui, "ka")
    assert private_key.hex() not in table + json.dumps(rows)


def test_verify_tells_each_reason(lab: Path) -> None:
    good = run("verify", "--times", "--lab", lab)
    assert (good.exit_code, good.stdout.split(": ")[1]) == (
        0,
        "29 certificates, 0 bare public keys, 29 private keys, 2 certificates for key "
        "establishment, 0 problems\n",
    )
    (lab / "keys" / "device-issuing.pem").unlink()
    bad = run("verify", "--lab", lab)
    assert bad.exit_code == 1
    stem = parties.ESME.eui.hex()
    assert f"{stem}-ds, {stem}-ka: chain: its issuer CN=HDCA" in bad.stdout
    as_json = run("verify", "--lab", lab, "--json")
    assert as_json.exit_code == 1
    assert {problem["check"] for problem in json.loads(as_json.stdout)["problems"]} == {
        "chain",
        "file",
    }


def test_export_pem_without_and_with_private_keys(lab: Path, tmp_path: Path) -> None:
    public = run("export", "--lab", lab).stdout
    assert len(x509.load_pem_x509_certificates(public.encode())) == 29
    assert "PRIVATE" not in public
    out = tmp_path / "all.pem"
    assert run("export", "--lab", lab, "--private", "--out", out).stdout == ""
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert out.read_text().count("BEGIN PRIVATE KEY") == 29


def test_export_der(lab: Path, tmp_path: Path) -> None:
    out = tmp_path / "der"
    assert run("export", "--lab", lab, "--form", "der", "--out", out).exit_code == 0
    read = [x509.load_der_x509_certificate(path.read_bytes()) for path in out.iterdir()]
    assert len({certificate.serial_number for certificate in read}) == 29


def test_export_for_dcc_user_tools(lab: Path, tmp_path: Path) -> None:
    out = tmp_path / "keystore.json"
    run("export", "--lab", lab, "--form", "keystore-json", "--private", "--out", out)
    document = json.loads(out.read_text())
    store = Keystore(lab / "keys")
    assert set(document) == {eui.hex() for eui in store.euis()}
    supplier = document[parties.SUPPLIER.eui.hex()]
    assert set(supplier) == {"digitalSignature", "keyAgreement"}
    assert sorted(entry["name"] for usage in supplier.values() for entry in usage.values()) == [
        "hanlab-supplier-ds",
        "hanlab-supplier-ka",
        "hanlab-supplierPP-ka",
        "xml-sign-90B3D51F30010000-ds",
    ]
    entries = 0
    for eui, usages in document.items():
        for usage, by_serial in usages.items():
            for serial, entry in by_serial.items():
                certificate = x509.load_pem_x509_certificate(entry["certificate"].encode())
                assert str(certificate.serial_number) == serial
                key = load_pem_private_key(entry["privateKey"].encode(), None)
                assert key.public_key() == certificate.public_key()
                extension = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
                assert extension.digital_signature == (usage == "digitalSignature")
                units = certificate.subject.get_attributes_for_oid(
                    x509.NameOID.ORGANIZATIONAL_UNIT_NAME
                )
                assert entry.get("role") == (int(str(units[0].value), 16) if units else None)
                assert bytes.fromhex(eui) in certificate.public_bytes(Encoding.DER)
                entries += 1
    assert entries == 25


def test_private_keys_are_left_out_unless_asked_for(lab: Path) -> None:
    text = run("export", "--lab", lab, "--form", "keystore-json").stdout
    assert "privateKey" not in text
    assert "PRIVATE" not in text
    store = Keystore(lab / "keys")
    for stem in store.stems():
        private_key = store.private_key_of(stem)
        assert private_key
        assert private_key.hex() not in text
        assert points.to_pkcs8(private_key).decode().splitlines()[1] not in text


@pytest.mark.parametrize("command", ["new", "show", "verify", "export"])
def test_help_has_a_worked_example(command: str) -> None:
    assert "Example: ./hanlab keys " in run(command, "--help").stdout
