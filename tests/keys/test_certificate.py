"""Reading certificates: strict where octets are wrong, quiet about a NULL."""

import random
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from keys import der, names, parties, points, validate
from keys.certificate import Certificate
from keys.errors import CertificateError
from keys.profile import Role, eui_text, parsed_eui
from keys.store import Keystore
from smets.codec.errors import DecodeError
from tests.keys.conftest import authority
from tests.outside import outside_data

ALGORITHM = bytes.fromhex("300a06082a8648ce3d040302")
ALGORITHM_WITH_NULL = bytes.fromhex("300c06082a8648ce3d0403020500")


def with_null(store: Keystore, certificate: Certificate) -> bytes:
    """The certificate with a NULL in both algorithms, signed anew."""
    parts = [
        ALGORITHM_WITH_NULL if part.encoded == ALGORITHM else part.encoded
        for part in der.elements(der.element(certificate.signed, "signed").content)
    ]
    signed = der.write(der.SEQUENCE, *parts)
    key = points.load_private_key(authority(store, "organisation-issuing").private_key)
    signature = key.sign(signed, ec.ECDSA(hashes.SHA256()))
    return der.write(
        der.SEQUENCE,
        signed,
        ALGORITHM_WITH_NULL,
        der.write(der.BIT_STRING, b"\x00" + signature),
    )


def test_what_gbcs_needs_is_read(store: Keystore) -> None:
    certificate = store.require_certificate(parties.SUPPLIER.eui, "ds")
    assert certificate.eui == parties.SUPPLIER.eui
    assert certificate.role is Role.SUPPLIER
    assert certificate.key_usages == {0}
    assert certificate.issuer_name == "CN=H1,OU=07"
    assert certificate.subject_name == "2.5.4.45=#03090090b3d51f30010000,OU=02,CN=LABSUPPLIER"
    assert certificate.common_name == "LABSUPPLIER"
    assert len(certificate.public_key) == 65
    assert certificate.serial.bit_length() == 127


def test_public_certificates_tell_role_and_eui() -> None:
    folder = outside_data("rtds", "from_cs02b")
    transitional = Certificate.from_pem(
        (folder / "3ce369ab08f102975c5490d6b88fc066.pem").read_bytes()
    )
    assert (transitional.role, transitional.eui) == (
        Role.TRANSITIONAL_COS,
        parsed_eui("90-B3-D5-1F-30-00-00-04"),
    )
    issuing = Certificate.from_pem((folder / "71872bdbc82789bc1401ce01ba06ada3.pem").read_bytes())
    assert (issuing.role, issuing.eui, issuing.is_authority) == (
        Role.ISSUING_AUTHORITY,
        None,
        True,
    )
    # Unused bit count 1, then keyCertSign and cRLSign; pathLenConstraint 0.
    assert issuing.key_usages == {5, 6}
    assert issuing.basic_constraints == (True, 0)


def test_a_null_in_the_algorithm_is_read_without_a_warning(store: Keystore) -> None:
    # pytest turns every warning into an error here.
    plain = store.require_certificate(parties.SUPPLIER.eui, "ka")
    certificate = Certificate.from_der(with_null(store, plain))
    assert certificate.public_key == plain.public_key
    assert validate.problems(certificate, store.authorities()) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda octets: b"",
        lambda octets: octets[:-1],
        lambda octets: octets + b"\x00",
        lambda octets: octets.replace(ALGORITHM, ALGORITHM[:-1] + b"\x03"),
        lambda octets: octets.replace(bytes.fromhex("a003020102"), bytes.fromhex("a003020101")),
        lambda octets: octets.replace(b"\x01\x01\xff", b"\x01\x01\x01", 1),
        lambda octets: octets.replace(bytes.fromhex("03020308"), bytes.fromhex("03020008")),
        lambda octets: octets.replace(bytes.fromhex("034200" + "04"), bytes.fromhex("03420002")),
        lambda octets: octets.replace(b"250301000000Z", b"251301000000Z"),
        lambda octets: octets.replace(b"250301000000Z", b"250301000000+"),
        lambda octets: octets.replace(bytes.fromhex("03090090b3"), bytes.fromhex("03090190b3")),
    ],
    ids=[
        "empty",
        "cut",
        "more behind",
        "SHA-384",
        "version 2",
        "flag 01",
        "bits not minimal",
        "compressed point",
        "month 13",
        "no Z",
        "unused bits in the EUI",
    ],
)
def test_wrong_octets_are_refused(store: Keystore, change: Callable[[bytes], bytes]) -> None:
    octets = store.require_certificate(parties.SUPPLIER.eui, "ka").encoded
    changed = change(octets)
    assert changed != octets
    with pytest.raises(CertificateError, match="not a certificate that this lab can use"):
        Certificate.from_der(changed)


def test_mutated_certificates_never_raise_anything_else(store: Keystore) -> None:
    random_ = random.Random(7)
    sources = [
        store.require_certificate(parties.SUPPLIER.eui, "ds"),
        store.require_certificate(parties.ESME.eui, "ka"),
        store.authority("organisation-issuing"),
    ]
    refused = 0
    for turn in range(3000):
        octets = bytearray(sources[turn % len(sources)].encoded)
        for _ in range(random_.randint(1, 3)):
            at = random_.randrange(len(octets))
            match random_.randrange(3):
                case 0:
                    octets[at] = random_.randrange(256)
                case 1:
                    del octets[at:][: random_.randint(1, 8)]
                case _:
                    octets[at:at] = random_.randbytes(random_.randint(1, 4))
        try:
            certificate = Certificate.from_der(bytes(octets))
        except CertificateError:
            refused += 1
            continue
        # What is still read is no trusted certificate, unless nothing was changed after all.
        if bytes(octets) not in {source.encoded for source in sources}:
            assert validate.problems(certificate, store.authorities())
    assert refused > 1000


@pytest.mark.parametrize("octets", ["3080", "308100", "30820001", "1f0100", "30"])
def test_der_is_strict_about_lengths_and_tags(octets: str) -> None:
    with pytest.raises(DecodeError):
        der.element(bytes.fromhex(octets), "test")


@pytest.mark.parametrize("content", ["", "0001", "ff80", "007f"])
def test_integers_have_one_form(content: str) -> None:
    with pytest.raises(DecodeError):
        der.integer(bytes.fromhex(content))
    assert der.integer(bytes.fromhex("0080")) == 128
    assert der.integer(bytes.fromhex("80")) == -128


@pytest.mark.parametrize(
    ("identifier", "encoded"),
    [
        ("1.2.840.10045.4.3.2", "06082a8648ce3d040302"),
        ("2.5.4.45", "060355042d"),
        ("1.2.826.0.1.8641679.1.2.1.4", "060d2a863a0001848fb90f01020104"),
        ("2.999.3", "0603883703"),
    ],
)
def test_object_identifiers(identifier: str, encoded: str) -> None:
    item = der.element(bytes.fromhex(encoded), "test")
    assert der.dotted(item.content) == identifier
    assert der.write_identifier(identifier) == item.encoded


@pytest.mark.parametrize("content", ["", "80", "2a80", "2a8001"])
def test_object_identifiers_have_one_form(content: str) -> None:
    with pytest.raises(DecodeError):
        der.dotted(bytes.fromhex(content))


def test_names_compare_whatever_their_spacing() -> None:
    assert names.comparable("CN=U1, OU=07") == names.comparable("cn = U1,ou=07")
    assert names.comparable("CN=U1,OU=07") != names.comparable("CN=u1,OU=07")


def test_special_characters_of_a_name_are_escaped() -> None:
    name = names.authority("a, b=c", Role.ROOT)
    assert names.rfc4514(name) == "CN=a\\, b\\=c,OU=00"
    printable = names.authority("\x1b[2J", None)
    utf8 = printable.replace(b"\x13\x04\x1b", b"\x0c\x04\x1b")
    assert names.rfc4514(utf8) == "CN=\\1B[2J"
    with pytest.raises(DecodeError, match="PrintableString"):
        names.rfc4514(printable)


def test_euis_are_written_as_duis_writes_them() -> None:
    assert eui_text(parties.SUPPLIER.eui) == "90-B3-D5-1F-30-01-00-00"
    assert parsed_eui("90B3D51F30010000") == parties.SUPPLIER.eui
