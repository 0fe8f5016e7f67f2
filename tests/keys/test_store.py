"""The keystore folder: the lab's own, and those of the public test material."""

import json
import re
import shutil
from pathlib import Path

import pytest

from keys import folder, parties, pem, points
from keys.errors import KeysError, KeystoreError, NotHeldError, ProductionCertificateError
from keys.profile import ORGANISATION_TEST_POLICY, USAGES, Role, parsed_eui
from keys.store import Keystore
from tests.outside import outside_data

UNKNOWN = bytes.fromhex("ffffffffffffff01")
SCALAR = "7e" * 32


@pytest.fixture
def rtds() -> Keystore:
    return Keystore(outside_data("rtds", "keystore"))


@pytest.fixture
def duis() -> Keystore:
    return Keystore(outside_data("duis", "keystore"))


def test_every_party_has_its_certificates_and_keys(store: Keystore) -> None:
    for party in parties.PARTIES:
        assert store.role(party.eui) is party.role
        assert not store.is_device(party.eui)
        for row in USAGES:
            certificate = store.certificate(party.eui, row.usage)
            private_key = store.private_key(party.eui, row.usage)
            assert (certificate is not None) == (row.usage in party.usages)
            assert (private_key is not None) == (row.usage in party.usages)
            if certificate and private_key:
                assert certificate.eui == party.eui
                assert certificate.role is parties.role_of(party, row.usage)
                assert points.public_key(private_key) == certificate.public_key
                assert store.public_key(party.eui, row.usage) == certificate.public_key


def test_devices_are_told_from_parties(store: Keystore) -> None:
    for device in parties.DEVICES:
        assert store.is_device(device.eui)
        assert store.role(device.eui) is None
        assert store.device_type(device.eui) == device.type
    assert not store.is_device(UNKNOWN)
    assert store.device_type(parties.SUPPLIER.eui) is None
    everybody = {each.eui for each in (*parties.PARTIES, *parties.DEVICES)}
    assert store.euis() == sorted(everybody)


def test_certificates_are_found_by_what_names_them(store: Keystore) -> None:
    certificate = store.require_certificate(parties.SUPPLIER.eui, "xml")
    assert certificate.key_identifier
    assert store.find("CN=H1, OU=07", certificate.serial) is certificate
    assert store.find("CN=H1,OU=07", certificate.serial + 1) is None
    assert store.find("CN=HA,OU=07", certificate.serial) is None
    assert store.find_by_key_identifier(certificate.key_identifier) is certificate
    assert store.find_by_key_identifier(bytes(8)) is None


def test_what_is_missing_is_none_or_named(store: Keystore) -> None:
    assert store.certificate(UNKNOWN, "ds") is None
    assert store.public_key(UNKNOWN, "ds") is None
    assert store.private_key(UNKNOWN, "ds") is None
    assert store.role(UNKNOWN) is None
    for look_up in (
        store.require_certificate,
        store.require_public_key,
        store.require_private_key,
    ):
        with pytest.raises(NotHeldError, match="FF-FF-FF-FF-FF-FF-FF-01 for ka"):
            look_up(UNKNOWN, "ka")
    with pytest.raises(NotHeldError, match="holds no certificate of the authority other"):
        store.authority("other")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotHeldError, match=r"there is no keystore at .*absent: make one with"):
        Keystore(tmp_path / "absent")
    (tmp_path / "file").touch()
    with pytest.raises(KeystoreError, match="file is no keystore folder"):
        Keystore(tmp_path / "file")


def test_nothing_is_read_before_it_is_asked_for(
    lab_keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    original = folder.read_public

    def counting(path: Path) -> object:
        read.append(path.name)
        return original(path)

    monkeypatch.setattr(folder, "read_public", counting)
    store = Keystore(lab_keys)
    assert read == []
    for _ in range(3):
        store.certificate(parties.ESME.eui, "ka")
    assert read == [f"{parties.ESME.eui.hex()}-ka.pem"]


def test_a_certificate_that_comes_later_is_found(lab_keys: Path, tmp_path: Path) -> None:
    store = Keystore(tmp_path)
    eui = parties.ESME.eui
    assert store.certificate(eui, "ka") is None
    assert store.find("CN=HDCA", 1) is None
    shutil.copy(lab_keys / f"{eui.hex()}-ka.pem", tmp_path)
    certificate = store.require_certificate(eui, "ka")
    assert store.find("CN=HDCA", certificate.serial) is certificate
    shutil.copy(lab_keys / f"{parties.GSME.eui.hex()}-ka.pem", tmp_path)
    later = Keystore(lab_keys).require_certificate(parties.GSME.eui, "ka")
    assert store.find("CN=HDCA", later.serial) == later
    assert store.euis() == [eui, parties.GSME.eui]


def test_names_in_capitals_are_the_same(lab_keys: Path, tmp_path: Path) -> None:
    eui = parties.SUPPLIER.eui
    for suffix in ("pem", "key"):
        name = f"{eui.hex()}-ds.{suffix}"
        shutil.copy(lab_keys / name, tmp_path / f"{eui.hex().upper()}-ds.{suffix}")
    store = Keystore(tmp_path)
    assert store.require_certificate(eui, "ds").eui == eui
    assert store.require_private_key(eui, "ds") == Keystore(lab_keys).private_key(eui, "ds")


def test_a_spoilt_file_concerns_only_who_asks_for_it(lab_keys: Path, tmp_path: Path) -> None:
    shutil.copy(lab_keys / f"{parties.ESME.eui.hex()}-ka.pem", tmp_path)
    (tmp_path / f"{parties.ESME.eui.hex()}-ds.pem").write_text("nothing")
    store = Keystore(tmp_path)
    certificate = store.require_certificate(parties.ESME.eui, "ka")
    assert store.find("CN=HDCA", certificate.serial) is certificate
    with pytest.raises(KeystoreError, match=r"a0-ds\.pem is not a PEM file"):
        store.certificate(parties.ESME.eui, "ds")


def test_a_key_that_does_not_belong_is_refused(lab_keys: Path, tmp_path: Path) -> None:
    eui = parties.SUPPLIER.eui.hex()
    shutil.copy(lab_keys / f"{eui}-ds.pem", tmp_path)
    shutil.copy(lab_keys / f"{eui}-ka.key", tmp_path / f"{eui}-ds.key")
    with pytest.raises(KeystoreError, match="does not belong to the public key"):
        Keystore(tmp_path).private_key(parties.SUPPLIER.eui, "ds")


def test_a_production_certificate_is_refused(lab_keys: Path, tmp_path: Path) -> None:
    store = Keystore(lab_keys)
    certificate = store.require_certificate(parties.SUPPLIER.eui, "ds")
    policy = bytes.fromhex("060d2a863a0001848fb90f01020104")  # ORGANISATION_TEST_POLICY
    assert certificate.policies == (ORGANISATION_TEST_POLICY,)
    live = certificate.encoded.replace(policy, policy[:-1] + b"\x02")
    name = f"{parties.SUPPLIER.eui.hex()}-ds.pem"
    (tmp_path / name).write_bytes(pem.encode(pem.CERTIFICATE, live))
    with pytest.raises(ProductionCertificateError, match="not a test policy"):
        Keystore(tmp_path).certificate(parties.SUPPLIER.eui, "ds")


def test_no_secret_is_shown_by_errors_or_repr(tmp_path: Path, store: Keystore) -> None:
    eui = parties.ESME.eui
    cases = {
        "private_keys.json": (
            '{"x": "' + SCALAR + '",}',
            json.dumps([SCALAR]),
            json.dumps({"x": SCALAR + "0"}),
            json.dumps({"x": int(SCALAR, 16)}),
        ),
        f"{eui.hex()}-ka.key": (
            SCALAR,
            f"-----BEGIN PRIVATE KEY-----\n{SCALAR}\n-----END PRIVATE KEY-----\n",
            f"-----BEGIN EC PRIVATE KEY-----\n{SCALAR}\n-----END EC PRIVATE KEY-----\n",
        ),
    }
    for name, texts in cases.items():
        for text in texts:
            (tmp_path / name).write_text(text)
            with pytest.raises(KeysError) as caught:
                Keystore(tmp_path).private_key(eui, "ka")
            shown = []
            error: BaseException | None = caught.value
            while error is not None:
                shown.append(f"{error!r} {error} {vars(error)}")
                error = error.__cause__ or error.__context__
            assert SCALAR[:16] not in "".join(shown)
            assert name in shown[0]
        (tmp_path / name).unlink()
    private_key = store.require_private_key(eui, "ka")
    assert private_key.hex() not in repr(store)
    assert repr(private_key) not in repr(store)


def test_public_keys_without_certificate_are_read(rtds: Keystore) -> None:
    eui = parsed_eui("ff-ff-ff-ff-ff-ff-ff-fe")
    public_key = rtds.public_key(eui, "ka")
    assert public_key
    assert len(public_key) == 65
    assert rtds.certificate(eui, "ka") is None
    example = parsed_eui("12-34-56-78-9a-bc-de-f0")
    private_key = rtds.require_private_key(example, "ds")
    assert points.public_key(private_key) == rtds.require_public_key(example, "ds")


def test_every_private_key_of_the_public_keystore_is_found(rtds: Keystore) -> None:
    names = json.loads((rtds.path / "private_keys.json").read_text())
    found = 0
    for name, scalar in names.items():
        label = folder.label(name)
        assert label
        private_key = rtds.private_key(label.eui, label.usage)
        if name == "90b3d51f30000007-ka":
            # This file holds the certificate of supplier 2, so the WAN provider has none.
            assert private_key is None
            assert rtds.certificate(label.eui, label.usage) is None
            continue
        assert private_key == bytes.fromhex(scalar)
        found += 1
    assert found == len(names) - 1 == 19


def test_roles_of_the_public_keystore(rtds: Keystore) -> None:
    assert {eui.hex(): role for eui in rtds.euis() if (role := rtds.role(eui)) is not None} == {
        "90b3d51f30000001": Role.RECOVERY,
        "90b3d51f30000002": Role.ACCESS_CONTROL_BROKER,
        "90b3d51f30000004": Role.TRANSITIONAL_COS,
        "90b3d51f30000007": Role.WAN_PROVIDER,
        "90b3d51f30010000": Role.SUPPLIER,
        "90b3d51f30010008": Role.LOAD_CONTROLLER,
        "90b3d51f30020000": Role.NETWORK_OPERATOR,
        "90b3d51f30030000": Role.SUPPLIER,
    }
    assert sum(rtds.is_device(eui) for eui in rtds.euis()) == 200


def test_xml_signing_keys_are_found_under_their_public_names(duis: Keystore) -> None:
    for eui, stem in (
        ("90b3d51f30010000", "xml-sign-90B3D51F30010000-ds"),
        ("90b3d51f30020000", "xml-sign-90B3D51F30020000-ds"),
        ("00db123456780004", "xml-sign-00DB123456780004-ds"),
        ("90b3d51f30000002", "dsp-xml-sign-90B3D51F30000002-ds"),
    ):
        certificate = duis.require_certificate(bytes.fromhex(eui), "xml")
        scalars = json.loads((duis.path / "private_keys.json").read_text())
        private_key = duis.require_private_key(bytes.fromhex(eui), "xml")
        assert private_key.hex() == scalars[stem]
        assert points.public_key(private_key) == certificate.public_key
    supplier = duis.require_certificate(parties.SUPPLIER.eui, "ds")
    assert supplier.not_after.year == 2026  # of Z1 and Z1b the later one
    assert duis.role(parties.SUPPLIER.eui) is Role.SUPPLIER
    assert duis.role(parties.OTHER_USER.eui) is None  # only an XML signing certificate is there


def test_signers_of_public_messages_are_found(duis: Keystore) -> None:
    names = re.compile(
        r"X509IssuerName>([^<]+)<.*?X509SerialNumber>(\d+)<", re.DOTALL | re.MULTILINE
    )
    signers = set()
    for path in sorted(outside_data("duis", "samples").iterdir()):
        for issuer, serial in names.findall(path.read_text(errors="replace")):
            certificate = duis.find(issuer, int(serial))
            if certificate:
                assert certificate.serial == int(serial)
                signers.add((certificate.eui, certificate.subject_name.partition("OU=")[2]))
    acb, supplier = parties.ACCESS_CONTROL_BROKER.eui, parties.SUPPLIER.eui
    assert signers >= {(acb, "89"), (supplier, "87")}
