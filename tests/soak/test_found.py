"""What soaks have found, kept: each was a failure or taken once."""

from __future__ import annotations

import asyncio
import base64
import logging

import pytest

from dcc_stub.duis import signature, xml
from dcc_stub.service.webhooks import DEFAULT_PATH
from dcc_stub.smki import repository
from dcc_stub.user.client import DccUser
from dcc_stub.user.listener import Listener
from host.cli.benchmarks.household import NOW
from host.cli.benchmarks.soak.templates import METER, SUPPLIER
from host.conformance import corpus
from keys import points
from keys.certificate import Certificate
from keys.errors import CertificateError, KeysError
from keys.suite import Suite
from smets.codec.errors import AuthenticationError, DecodeError
from smets.gbcs.x509 import Certificate as DeviceCertificate

P256 = bytes.fromhex("06082a8648ce3d030107")
POLICY = bytes.fromhex("2a863a0001848fb90f010201")


@pytest.fixture
def der(keys):
    return keys.require_certificate(SUPPLIER, "ka").encoded


def changed(octets: bytes, old: bytes, new: bytes) -> bytes:
    assert octets.count(old) >= 1
    assert len(old) == len(new)
    return octets.replace(old, new)


def test_a_namespace_that_no_canonical_form_has(keys):
    user = DccUser(keys, Suite(), SUPPLIER, "http://engine")
    document = user.signed(user.request("4.1.1", METER, [], NOW))
    relative = document.replace(b'"http://www.dcc', b'"www.dcc')
    with pytest.raises(AuthenticationError, match="does not verify"):
        signature.verify(xml.parse(relative), keys.find)


@pytest.mark.parametrize("place", ["before", "behind"])
def test_text_beside_the_one_value_of_an_smki_request(keys, place):
    value = b"<CertificateSubjectAltName>%s</CertificateSubjectAltName>" % METER.hex().encode()
    inside = b"-1" + value if place == "before" else value + b"-1"
    element = b"<CertificateSearchRequest>%s</CertificateSearchRequest>"
    assert repository.search(keys, element % value).status == 200
    assert repository.search(keys, element % inside).status == repository.BAD_PARAMETERS


def test_a_private_key_of_a_curve_that_nobody_knows():
    pem = points.to_pkcs8(bytes(31) + b"\x07")
    body = base64.b64decode(b"".join(pem.splitlines()[1:-1]))
    other = changed(body, P256, P256[:-1] + b"\x7f")
    text = b"-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----\n"
    with pytest.raises(KeysError, match="not an unencrypted P-256"):
        points.from_pkcs8(text % base64.b64encode(other), "a file")


def test_a_public_key_beside_the_curve(der):
    point = Certificate.from_der(der).public_key
    beside = changed(der, point, point[:-1] + bytes((point[-1] ^ 1,)))
    with pytest.raises(CertificateError, match="not a point"):
        Certificate.from_der(beside)


def test_characters_that_no_printable_string_has(der):
    with pytest.raises(CertificateError, match="PrintableString"):
        Certificate.from_der(changed(der, b"\x13\x02H1", b"\x13\x02H@"))


@pytest.mark.parametrize("tag", [0x00, 0x82, 0x84])
def test_an_authority_key_identifier_of_another_kind(der, tag):
    extension = bytes.fromhex("0603551d23040c300a80")
    with pytest.raises(CertificateError, match="authority key identifier"):
        Certificate.from_der(changed(der, extension, extension[:-1] + bytes((tag,))))


@pytest.mark.parametrize("last", [b"\x80\x01", b"\x01\x81"])
def test_an_object_identifier_that_is_no_der_in_a_device(der, last):
    policy = der[der.index(POLICY[:9]) :][:13]
    DeviceCertificate(der)
    with pytest.raises(DecodeError, match="identifier"):
        DeviceCertificate(changed(der, policy, policy[:-2] + last))


async def test_a_sender_that_goes_away_in_the_middle_of_its_document(keys, caplog):
    logging.disable(logging.NOTSET)
    async with Listener(keys.find, port=0) as listener:
        _, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        lines = (
            f"POST {DEFAULT_PATH} HTTP/1.1",
            "Host: localhost",
            "Content-Type: application/xml",
            "Content-Length: 100",
            "",
            "<a>",
        )
        writer.write("\r\n".join(lines).encode())
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.close()
        await asyncio.sleep(0.1)
    assert "Exception" not in caplog.text


def test_separators_that_are_no_white_space_between_hex(tmp_path):
    folder = tmp_path / "USE_CASE"
    folder.mkdir()
    (folder / "A_COMMAND_GBCS.HEX").write_bytes(b"DD\x1d00")
    (reference,) = corpus.read(tmp_path)
    assert reference.octets is None
