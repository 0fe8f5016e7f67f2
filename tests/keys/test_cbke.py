"""The lab's CA for key establishment, and what it issues."""

import json
import stat
from pathlib import Path

import pytest

from host.cli import main
from keys import cbke, parties, pki, zigbee_folder
from keys.errors import KeystoreError, NotHeldError
from keys.store import Keystore
from keys.verify import verify
from keys.zigbee_suite import ZigbeeSuite
from smets.zigbee import cbke_certificate
from smets.zigbee.cbke import BAD_KEY_CONFIRM, Initiator, Responder
from tests.keys.conftest import FIRST_DAY, SEED

GSME, CHF = parties.GSME.eui, parties.CHF.eui
SUITE = ZigbeeSuite()


def small_lab(path: Path, seed: bytes | None = SEED) -> Path:
    pki.create(path, valid_from=FIRST_DAY, seed=seed, organisations=())
    for device in (parties.GSME, parties.CHF):
        pki.add_device(path, device.eui, device.type, valid_from=FIRST_DAY, seed=seed)
    return path


def agree(one: Keystore, other: Keystore, suite: int) -> tuple[Initiator, Responder]:
    """A gas meter of one lab meets the hub of another."""
    initiator = Initiator(SUITE, one.cbke_identity(GSME, suite), CHF, secrets_of(b"i"))
    responder = Responder(SUITE, other.cbke_identity(CHF, suite), GSME, secrets_of(b"r"))
    command = initiator.start(0)
    side: Initiator | Responder = responder
    while True:
        answer = side.receive(*command, 0)
        if answer is None:
            return initiator, responder
        command = answer
        side = initiator if side is responder else responder


def secrets_of(name: bytes) -> cbke.Random:
    return lambda count: (name * count)[:count]


@pytest.mark.parametrize("suite", cbke.SUITES)
def test_devices_of_one_lab_agree_on_a_key(store: Keystore, suite: int) -> None:
    initiator, responder = agree(store, store, suite)
    assert initiator.link_key is not None
    assert initiator.link_key == responder.link_key


@pytest.mark.parametrize("suite", cbke.SUITES)
def test_devices_of_two_labs_do_not(store: Keystore, tmp_path: Path, suite: int) -> None:
    other = Keystore(small_lab(tmp_path, seed=b"another lab"))
    initiator, responder = agree(store, other, suite)
    assert initiator.link_key is responder.link_key is None
    assert initiator.ended is not None
    assert initiator.ended.status == BAD_KEY_CONFIRM  # both CAs have the lab's name


@pytest.mark.parametrize("suite", cbke.SUITES)
def test_certificates_say_who_and_since_when(store: Keystore, suite: int) -> None:
    key = store.require_zigbee_keys(GSME).cbke[suite]
    found = cbke_certificate.decode(suite, key.certificate)
    assert found.encode() == key.certificate
    assert (found.subject, found.issuer) == (GSME, cbke.ISSUER)
    assert found.valid_from == {1: None, 2: 1740787200}[suite]  # 2025-03-01
    authority = store.require_cbke_authority()[suite]
    assert list(cbke.problems(authority, GSME, key)) == []
    assert SUITE.curve_public_key(suite, key.private_key) == cbke_certificate.public_key(
        SUITE, key.certificate, suite, authority.public_key
    )


def test_a_seed_repeats_them_and_no_seed_does_not(tmp_path: Path) -> None:
    one, two, fresh = (
        small_lab(tmp_path / name, seed) for name, seed in (("1", SEED), ("2", SEED), ("3", None))
    )
    for stem in (zigbee_folder.AUTHORITY_STEM, zigbee_folder.device_stem(GSME)):
        name = f"{stem}.json"
        assert (one / name).read_bytes() == (two / name).read_bytes()
        assert (one / name).read_bytes() != (fresh / name).read_bytes()
        assert stat.S_IMODE((one / name).stat().st_mode) == 0o600


def test_no_two_devices_share_an_install_code(store: Keystore) -> None:
    codes = {store.require_zigbee_keys(device.eui).install_code for device in parties.DEVICES}
    assert len(codes) == len(parties.DEVICES)
    assert {len(code) for code in codes} == {16}


def test_what_is_there_is_kept_and_what_is_missing_added(tmp_path: Path) -> None:
    small_lab(tmp_path)
    file = tmp_path / f"{zigbee_folder.device_stem(GSME)}.json"
    before = file.read_bytes()
    again = pki.add_device(tmp_path, GSME, "gsme", valid_from=FIRST_DAY, seed=b"other")
    assert (again.made, file.read_bytes()) == ((), before)
    file.unlink()
    again = pki.add_device(tmp_path, GSME, "gsme", valid_from=FIRST_DAY, seed=SEED)
    assert (again.made, file.read_bytes()) == ((file.stem,), before)


def test_what_is_not_held_is_named(tmp_path: Path) -> None:
    small_lab(tmp_path)
    keystore = Keystore(tmp_path)
    assert keystore.zigbee_keys(bytes(8)) is None
    with pytest.raises(NotHeldError, match="--device 00-00"):
        keystore.require_zigbee_keys(bytes(8))
    (tmp_path / "cbke-ca.json").unlink()
    with pytest.raises(NotHeldError, match="no CA for key establishment"):
        keystore.cbke_identity(GSME)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b"\xff", b'{"install_code": 7}', b'{"suites": {"1": {}}, "issuer": "00"}'],
)
def test_broken_files_are_named_and_not_shown(tmp_path: Path, content: bytes) -> None:
    small_lab(tmp_path)
    for stem in (zigbee_folder.AUTHORITY_STEM, zigbee_folder.device_stem(GSME)):
        file = tmp_path / f"{stem}.json"
        file.write_bytes(content)
        with pytest.raises(KeystoreError, match="restore it, or remove it"):
            Keystore(tmp_path).cbke_identity(GSME)
        findings = verify(tmp_path).findings
        assert stem in {name for name, _ in findings}


def changed(path: Path, stem: str, name: str, suite: str = "2", at: int = 3) -> None:
    """One digit of one value becomes another."""
    file = path / f"{stem}.json"
    document = json.loads(file.read_text())
    value = document["suites"][suite][name]
    digit = "0" if value[at] != "0" else "1"
    document["suites"][suite][name] = value[:at] + digit + value[at + 1 :]
    file.write_text(json.dumps(document))


@pytest.mark.parametrize(
    ("name", "suite", "at", "check"),
    [
        ("private_key", "1", 40, "key"),
        ("private_key", "2", 70, "key"),
        ("certificate", "1", 50, "file"),
        ("certificate", "2", 60, "file"),
        ("certificate", "1", 70, "chain"),
        ("certificate", "2", 30, "chain"),
        ("certificate", "2", 19, "profile"),
        ("certificate", "1", 90, "key"),
    ],
)
def test_verify_tells_each_fault(
    tmp_path: Path, name: str, suite: str, at: int, check: str
) -> None:
    small_lab(tmp_path)
    assert verify(tmp_path).findings == ()
    assert verify(tmp_path).cbke_certificates == 4
    stem = zigbee_folder.device_stem(GSME)
    changed(tmp_path, stem, name, suite, at)
    findings = verify(tmp_path).findings
    assert {where for where, _ in findings} == {stem}
    assert check in {problem.check for _, problem in findings}


def test_verify_finds_a_wrong_ca_and_open_files(tmp_path: Path) -> None:
    small_lab(tmp_path)
    changed(tmp_path, zigbee_folder.AUTHORITY_STEM, "private_key", at=70)
    (tmp_path / f"{zigbee_folder.device_stem(GSME)}.json").chmod(0o644)
    checks = {name: problem.check for name, problem in verify(tmp_path).findings}
    assert checks == {
        zigbee_folder.AUTHORITY_STEM: "key",
        f"{zigbee_folder.device_stem(GSME)}.json": "file",
    }


def test_nothing_shows_a_secret(store: Keystore) -> None:
    for suite, authority in store.require_cbke_authority().items():
        key = store.require_zigbee_keys(GSME).cbke[suite]
        for shown, secret in ((authority, authority.private_key), (key, key.private_key)):
            assert secret.hex() not in repr(shown)
            assert repr(secret) not in repr(shown)
    keys = store.require_zigbee_keys(GSME)
    assert repr(keys.install_code) not in repr(keys)


def test_export(lab_keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["keys", "export", "--keystore", str(lab_keys), "--form", "cbke-json"]
    assert main.run(arguments) == 0
    public = capsys.readouterr().out
    keys = Keystore(lab_keys).require_zigbee_keys(GSME)
    document = json.loads(public)
    device = document["devices"]["00-DB-12-34-56-78-90-A1"]
    assert device == {
        "suites": {
            str(suite): {"certificate": key.certificate.hex()} for suite, key in keys.cbke.items()
        }
    }
    assert keys.install_code.hex() not in public
    assert "private_key" not in public
    out = tmp_path / "all.json"
    assert main.run([*arguments, "--private", "--out", str(out)]) == 0
    secret = json.loads(out.read_text())
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    device = secret["devices"]["00-DB-12-34-56-78-90-A1"]
    assert device["install_code"] == keys.install_code.hex()
    assert device["suites"]["2"]["private_key"] == keys.cbke[2].private_key.hex()
    assert len(secret["suites"]["1"]["private_key"]) == 42
