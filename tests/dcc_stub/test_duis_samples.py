"""Every public sample gets the verdict that its publisher's own tool gives it."""

from __future__ import annotations

import pytest
from lxml import etree

from dcc_stub.duis import xml
from dcc_stub.duis.request import Request
from dcc_stub.duis.response import Response
from dcc_stub.duis.signature import verify
from keys.profile import Role
from smets.codec.errors import AuthenticationError, DecodeError
from tests.dcc_stub.public_data import samples, schema, xml_signing_keys

UNSIGNED = (AuthenticationError, "not signed")
PLACEHOLDER = (AuthenticationError, "does not verify")
VALID = (None, "")

# Verdicts of the signing tool's own tests, and what the file names say.
VERDICTS_BY_SOURCE = {
    "dccboxed-signing-tool": {
        "ECS17b_4.1.1_SINGLE_SUCCESS_REQUEST_DUIS-invalid.XML": UNSIGNED,
        "ECS17b_4.1.1_SINGLE_SUCCESS_REQUEST_DUIS-nonexist-businessid.XML": UNSIGNED,
        "ECS17b_4.1.1_SINGLE_SUCCESS_REQUEST_DUIS-signed.XML": PLACEHOLDER,
        "ECS17b_4.1.1_SINGLE_SUCCESS_REQUEST_DUIS.XML": UNSIGNED,
        "ECS50_9.1_SUCCESS_REQUEST_DUIS.XML": PLACEHOLDER,
        "acknowledgement-error.xml": UNSIGNED,
        "duis-xxe.xml": (DecodeError, "document type"),
        "message.xml": VALID,
        "message2.xml": UNSIGNED,
        "read-inventory-response-4g.xml": VALID,
        "read-inventory-response-5.4.xml": VALID,
        "readfw-response-badsignature.xml": PLACEHOLDER,
        "readfw-response-invalid.xml": PLACEHOLDER,
        "readfw-response-no-serial.xml": (DecodeError, "shape"),
        "readfw-response-no-signature.xml": UNSIGNED,
        "readfw-response-nonexist-serial.xml": (AuthenticationError, "not known"),
        "readfw-response-resigned.xml": VALID,
        "readfw-response.xml": VALID,
    },
    "duis-parser": {
        "CS02aMAC_6.24.1_SUCCESS_REQUEST_DUIS.XML": PLACEHOLDER,
        "ECS01a_1.1.1_IMMEDIATE_BLOCK_SUCCESS_REQUEST_DUIS.XML": PLACEHOLDER,
        "GCS13a_4.1.1_SUCCESS_RELIABLE_GSME_REQUEST_DUIS.XML": PLACEHOLDER,
        "acknowledgement-error.xml": UNSIGNED,
        "readfw-response.xml": VALID,
    },
    "duis-sign-wrap": {
        "8.2_READ_INVENTORY_REQUEST_DUIS-invalid.XML": PLACEHOLDER,
        "8.2_READ_INVENTORY_REQUEST_DUIS-unknown-originator.XML": PLACEHOLDER,
        "8.2_READ_INVENTORY_REQUEST_DUIS-unknown-serial.XML": PLACEHOLDER,
        "8.2_READ_INVENTORY_REQUEST_DUIS.XML": PLACEHOLDER,
        "readfw-version-response.xml": VALID,
    },
    "made-here": {
        "ECS17b_4.1.1_SINGLE_REQUEST_signed_by_tool.xml": VALID,
    },
    "test": {
        "data__12.2_DEVICE_PRE_NOTIFICATION_REQUEST_DUIS.XML": PLACEHOLDER,
        "data__CS03A2NonCritical_8.7.2_SUCCESS_REQUEST_DUIS.XML": PLACEHOLDER,
        "data__ECS01a_1.1.1_IMMEDIATE_BLOCK_SUCCESS_REQUEST_DUIS.XML": PLACEHOLDER,
        "data__ECS01a_1.1.1_IMMEDIATE_TOU_SUCCESS_REQUEST_DUIS.XML": PLACEHOLDER,
        "data__ECS17b_4.1.1_SINGLE_SUCCESS_REQUEST_DUIS.XML": PLACEHOLDER,
        "data__ECS52_11.2_SUCCESS_REQUEST_DUIS.XML": PLACEHOLDER,
        "data__ECS52_11.2_SUCCESS_RESPONSE_DUIS.XML": VALID,
        "data__ECS99b_4.1.1_SINGLE_SUCCESS_REQUEST_DUIS.XML": PLACEHOLDER,
        "data__GCS13a_4.1.1_ERROR_REQUEST_DUIS.XML": PLACEHOLDER,
    },
}
VERDICTS = {
    f"{source}__{name}": verdict
    for source, verdicts in VERDICTS_BY_SOURCE.items()
    for name, verdict in verdicts.items()
}


def test_every_sample_has_a_verdict():
    assert [path.name for path in samples()] == sorted(VERDICTS)


@pytest.mark.parametrize("name", sorted(VERDICTS))
def test_sample_gets_its_verdict(name: str):
    octets = next(path for path in samples() if path.name == name).read_bytes()
    error, reason = VERDICTS[name]
    if error is None:
        verified = verify(xml.parse(octets), xml_signing_keys().find)
        assert verified.certificate.role in {Role.DSP_XML_SIGN, Role.XML_SIGN, 4, None}
    else:
        with pytest.raises(error, match=reason):
            verify(xml.parse(octets), xml_signing_keys().find)


@pytest.mark.parametrize("name", sorted(n for n, verdict in VERDICTS.items() if verdict is VALID))
def test_a_changed_sample_no_longer_verifies(name: str):
    octets = next(path for path in samples() if path.name == name).read_bytes()
    changed = octets.replace(b"90-B3-D5-1F-30-01-00-00", b"90-B3-D5-1F-30-02-00-00", 1)
    assert changed != octets
    with pytest.raises(AuthenticationError, match="does not verify"):
        verify(xml.parse(changed), xml_signing_keys().find)


@pytest.mark.parametrize("name", sorted(n for n, verdict in VERDICTS.items() if verdict is VALID))
def test_the_records_and_the_schema_accept_a_valid_sample(name: str):
    octets = next(path for path in samples() if path.name == name).read_bytes()
    root = verify(xml.parse(octets), xml_signing_keys().find).root
    record = Request if etree.QName(root).localname == "Request" else Response
    schema().check(root)
    read = record.read(root)
    schema().check(read.tree())
    assert record.read(xml.parse(xml.serialise(read.tree()))) == read
