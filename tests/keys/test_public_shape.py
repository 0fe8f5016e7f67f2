"""The lab's certificates against the public ones: the same DER but for keys, names and dates."""

import re
import subprocess
from pathlib import Path

import pytest

from keys import parties, pki
from keys.certificate import Certificate
from keys.profile import Usage, key_identifier
from keys.store import Keystore
from tests.keys.programs import openssl
from tests.outside import outside_data

LINE = re.compile(r"\s*\d+:d=(\d+)\s+hl=\d+\s+l=\s*(\d+)\s+(prim|cons):\s+(.*?)\s*$")
VALUE = re.compile(r"([A-Z0-9 ]+?)\s*(\[HEX DUMP\])?:(.*)")
TIMES = {"UTCTIME", "GENERALIZEDTIME"}

ESME, SUPPLIER = parties.ESME.eui, parties.SUPPLIER.eui


def shape(certificate: Certificate) -> list[tuple[str, ...]]:
    """The certificate as openssl sees it: depth, type, length and value of every element, without
    what differs between two holders: serial, key, identifiers, names, day and signature."""
    listed = subprocess.run(
        [openssl(), "asn1parse", "-inform", "DER"],
        input=certificate.encoded,
        capture_output=True,
        check=True,
    )
    elements: list[tuple[str, ...]] = []
    attribute = ""
    for line in listed.stdout.decode().splitlines():
        found = LINE.fullmatch(line)
        assert found, line
        depth, length, _, rest = found.groups()
        split = VALUE.fullmatch(rest)
        kind, value = (split[1], split[3]) if split else (rest, "")
        if kind == "OBJECT":
            attribute = value
        elif kind in TIMES:
            value = value[6 if kind == "UTCTIME" else 8 :]
        elif kind == "OCTET STRING":
            value = value[: -2 * 8] if len(value) > 2 * 8 else value
        elif attribute != "organizationalUnitName" and kind != "BOOLEAN":
            value = ""
        # The length of (r, s), and so of all around it, depends on the signature; CN on the name.
        if found[3] == "cons" or kind == "BIT STRING" or attribute == "commonName":
            length = ""
        elements.append((depth, length, found[3], kind, value))
    return elements


# The lab's certificate and the public one of the same kind.
PAIRS: tuple[tuple[bytes, Usage, tuple[str, ...]], ...] = (
    (ESME, "ka", ("rtds", "keystore", "00db1234567890a0-ka.pem")),
    (ESME, "ds", ("rtds", "keystore", "00db1234567890a0-ds.pem")),
    (SUPPLIER, "ds", ("rtds", "keystore", "90b3d51f30010000-ds.pem")),
    (SUPPLIER, "ka", ("rtds", "keystore", "90b3d51f30010000-ka.pem")),
    (SUPPLIER, "pp-ka", ("rtds", "keystore", "90b3d51f30010000-pp-ka.pem")),
    (parties.NETWORK_OPERATOR.eui, "ds", ("rtds", "keystore", "90b3d51f30020000-ds.pem")),
    (parties.NETWORK_OPERATOR.eui, "ka", ("rtds", "keystore", "90b3d51f30020000-ka.pem")),
    (parties.ACCESS_CONTROL_BROKER.eui, "ds", ("rtds", "keystore", "90b3d51f30000002-ds.pem")),
    (parties.ACCESS_CONTROL_BROKER.eui, "ka", ("rtds", "keystore", "90b3d51f30000002-ka.pem")),
    (
        parties.ACCESS_CONTROL_BROKER.eui,
        "xml",
        ("duis", "keystore", "Z1-accessControlBroker-dSPXmlSign.pem"),
    ),
    (parties.RECOVERY.eui, "ds", ("rtds", "keystore", "90b3d51f30000001-ds.pem")),
    (parties.TRANSITIONAL_COS.eui, "ds", ("rtds", "keystore", "90b3d51f30000004-ds.pem")),
    (parties.WAN_PROVIDER.eui, "ds", ("rtds", "keystore", "90b3d51f30000007-ds.pem")),
)
ISSUING = ("rtds", "from_cs02b", "71872bdbc82789bc1401ce01ba06ada3.pem")


def public(parts: tuple[str, ...]) -> Certificate:
    return Certificate.from_pem(outside_data(*parts).read_bytes())


@pytest.mark.parametrize(("eui", "usage", "parts"), PAIRS, ids=lambda value: str(value)[-30:])
def test_party_and_device_certificates_have_the_public_shape(
    store: Keystore, eui: bytes, usage: Usage, parts: tuple[str, ...]
) -> None:
    ours = store.require_certificate(eui, usage)
    theirs = public(parts)
    # The public device authority has a four-letter name as ours has.
    assert shape(ours) == shape(theirs)
    assert (ours.eui, ours.role, ours.key_usages) == (theirs.eui, theirs.role, theirs.key_usages)
    assert abs(len(ours.encoded) - len(theirs.encoded)) <= 8


def test_the_issuing_authority_has_the_public_shape(tmp_path: Path) -> None:
    theirs = public(ISSUING)
    pki.create(tmp_path, valid_from=theirs.not_before.date(), organisations=())
    ours = Keystore(tmp_path).authority(parties.ORGANISATION_ISSUING)
    assert shape(ours) == shape(theirs)
    assert (ours.not_before, ours.not_after) == (theirs.not_before, theirs.not_after)


def test_a_party_certificate_lasts_as_long_as_the_public_one(tmp_path: Path) -> None:
    theirs = public(("rtds", "keystore", "90b3d51f30010000-ds.pem"))
    pki.create(tmp_path, valid_from=theirs.not_before.date(), organisations=(parties.SUPPLIER,))
    ours = Keystore(tmp_path).require_certificate(SUPPLIER, "ds")
    assert (ours.not_before, ours.not_after) == (theirs.not_before, theirs.not_after)


def test_the_shape_tells_two_kinds_apart(store: Keystore) -> None:
    kinds: tuple[tuple[bytes, Usage], ...] = (
        (ESME, "ka"),
        (ESME, "ds"),
        (SUPPLIER, "ds"),
        (SUPPLIER, "ka"),
        (SUPPLIER, "xml"),
    )
    shapes = [shape(store.require_certificate(eui, usage)) for eui, usage in kinds]
    assert all(one != other for at, one in enumerate(shapes) for other in shapes[:at])


def test_no_certificate_is_longer_than_the_longest_public_one(store: Keystore) -> None:
    folder = Keystore(outside_data("rtds", "keystore"))
    longest = max(len(held.certificate.encoded) for held in folder.certificates())
    assert max(len(held.certificate.encoded) for held in store.certificates()) <= longest


def test_key_identifiers_follow_the_rule_of_all_public_certificates() -> None:
    checked = 0
    for parts in (("rtds", "keystore"), ("rtds", "from_cs02b"), ("duis", "keystore")):
        for held in Keystore(outside_data(*parts)).certificates():
            assert held.certificate.key_identifier == key_identifier(held.certificate.public_key)
            checked += 1
    assert checked > 450


def test_every_public_certificate_is_read_and_written_back() -> None:
    for path in sorted(outside_data("rtds", "from_cs02b").glob("*.pem")):
        certificate = Certificate.from_pem(path.read_bytes())
        assert Certificate.from_pem(certificate.to_pem()) == certificate
        assert certificate.to_pem().split() == path.read_bytes().split()
        assert f"{certificate.serial:032x}" == path.stem
