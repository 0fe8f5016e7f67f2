"""Every certificate of the lab as `cryptography` and openssl see it."""

import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from keys import parties, profile
from keys.certificate import Certificate
from keys.profile import KeyUsage
from keys.store import Held, Keystore
from tests.keys.programs import openssl


@pytest.fixture(scope="module")
def all_held(store: Keystore) -> list[Held]:
    held = list(store.certificates())
    assert len(held) == len(parties.AUTHORITIES) + 23 + 2 * len(parties.DEVICES)
    return held


def issuer_stems(certificate: Certificate) -> tuple[str, str]:
    if profile.DEVICE_TEST_POLICY in certificate.policies:
        return "device-root", "device-issuing"
    return "organisation-root", "organisation-issuing"


def verified_by_openssl(root: Path, issuing: Path, leaf: Path) -> bool:
    done = subprocess.run(
        [
            *(openssl(), "verify", "-x509_strict", "-attime", "1800000000", "-policy_check"),
            *("-CAfile", root, "-untrusted", issuing, leaf),
        ],
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def test_cryptography_reads_the_same_values(all_held: list[Held]) -> None:
    for held in all_held:
        ours = held.certificate
        theirs = x509.load_der_x509_certificate(ours.encoded)
        assert theirs.version == x509.Version.v3
        assert theirs.serial_number == ours.serial
        assert theirs.issuer.rfc4514_string() == ours.issuer_name
        assert theirs.not_valid_before_utc == ours.not_before
        assert theirs.not_valid_after_utc == ours.not_after
        assert theirs.tbs_certificate_bytes == ours.signed
        assert theirs.signature == ours.signature
        key = theirs.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        assert ours.public_key == key.public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        extensions = theirs.extensions
        assert [(extension.oid.dotted_string, extension.critical) for extension in extensions] == [
            (extension.identifier, extension.critical) for extension in ours.extensions
        ]
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        assert usage.digital_signature == (KeyUsage.DIGITAL_SIGNATURE in ours.key_usages)
        assert usage.key_agreement == (KeyUsage.KEY_AGREEMENT in ours.key_usages)
        assert usage.key_cert_sign == (KeyUsage.KEY_CERT_SIGN in ours.key_usages)
        policies = extensions.get_extension_for_class(x509.CertificatePolicies).value
        assert ours.policies == tuple(each.policy_identifier.dotted_string for each in policies)
        identifier = extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        assert identifier.digest == ours.key_identifier


def test_cryptography_finds_the_eui_and_the_role(store: Keystore) -> None:
    device = store.require_certificate(parties.ESME.eui, "ka")
    read = x509.load_der_x509_certificate(device.encoded)
    assert not list(read.subject)
    names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    (module,) = names.get_values_for_type(x509.OtherName)
    assert module.type_id.dotted_string == profile.HARDWARE_MODULE_NAME
    assert module.value.endswith(b"\x04\x08" + parties.ESME.eui)

    supplier = store.require_certificate(parties.SUPPLIER.eui, "xml")
    subject = x509.load_der_x509_certificate(supplier.encoded).subject
    (unit,) = subject.get_attributes_for_oid(x509.NameOID.ORGANIZATIONAL_UNIT_NAME)
    (unique,) = subject.get_attributes_for_oid(x509.NameOID.X500_UNIQUE_IDENTIFIER)
    assert unit.value == "87"
    assert unique.value == b"\x00" + parties.SUPPLIER.eui


def test_cryptography_verifies_every_signature(store: Keystore, all_held: list[Held]) -> None:
    for held in all_held:
        root, issuing = issuer_stems(held.certificate)
        issuer = store.authority(root if held.stem in {root, issuing} else issuing)
        x509.load_der_x509_certificate(held.certificate.encoded).verify_directly_issued_by(
            x509.load_der_x509_certificate(issuer.encoded)
        )


def test_openssl_verifies_every_chain(lab_keys: Path, all_held: list[Held]) -> None:
    for held in all_held:
        root, issuing = (lab_keys / f"{stem}.pem" for stem in issuer_stems(held.certificate))
        assert verified_by_openssl(root, issuing, lab_keys / f"{held.stem}.pem"), held.stem


def test_openssl_refuses_the_other_hierarchy_and_changed_octets(
    store: Keystore, lab_keys: Path, tmp_path: Path
) -> None:
    leaf = lab_keys / f"{parties.ESME.eui.hex()}-ka.pem"
    organisation = (lab_keys / "organisation-root.pem", lab_keys / "organisation-issuing.pem")
    device = (lab_keys / "device-root.pem", lab_keys / "device-issuing.pem")
    assert verified_by_openssl(*device, leaf)
    assert not verified_by_openssl(*organisation, leaf)

    certificate = store.require_certificate(parties.ESME.eui, "ka")
    changed = Certificate.from_der(certificate.encoded.replace(parties.ESME.eui, parties.GSME.eui))
    (tmp_path / "changed.pem").write_bytes(changed.to_pem())
    assert not verified_by_openssl(*device, tmp_path / "changed.pem")


def test_openssl_reads_the_private_keys(lab_keys: Path, store: Keystore) -> None:
    stem = f"{parties.SUPPLIER.eui.hex()}-ds"
    read = subprocess.run(
        [openssl(), "pkey", "-in", lab_keys / f"{stem}.key", "-pubout", "-outform", "DER"],
        capture_output=True,
        check=True,
    )
    assert (
        read.stdout
        == profile.P256_KEY_PREFIX
        + store.require_certificate(parties.SUPPLIER.eui, "ds").public_key
    )
