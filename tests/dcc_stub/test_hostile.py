"""Hostile and wrong documents: the right code or status, one clear line, and nothing done."""

from __future__ import annotations

import base64
import copy
import logging
import random
import re

import pytest
from lxml import etree

from dcc_stub.duis import xml
from dcc_stub.duis.services import WebService
from dcc_stub.duis.signature import XML_DSIG
from dcc_stub.engine import DccStub
from dcc_stub.inventory.device import Device
from dcc_stub.inventory.status import Status
from keys import parties
from keys.points import load_private_key
from smets.gbcs import protection
from smets.gbcs.message import Message
from tests.dcc_stub.lab import (
    BROKER,
    CHF,
    ESME,
    NETWORK_OPERATOR,
    NOW,
    OTHER_USER,
    SUITE,
    SUPPLIER,
    SUPPLIER_2,
    Hub,
    User,
    commissioned,
    keys,
    make_dcc,
    opened,
    sign_document,
    signed_pre_command,
)

THRESHOLDS = {"LowMediumPowerThreshold": 1, "MediumHighPowerThreshold": 2}
DS = f"{{{XML_DSIG}}}"
BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;">]><a>&d;</a>"""
XXE = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>"""
PARAMETER_ENTITY = b"""<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x">%p;]><a/>"""


@pytest.fixture
def dcc() -> DccStub:
    return commissioned(make_dcc())


def signed(user: User | None = None) -> bytes:
    user = user or User()
    return user.sign(user.request("4.1.1"))


def test_the_document_these_tests_change_is_accepted(dcc: DccStub):
    assert opened(dcc.handle(WebService.SEND, signed(), NOW)).code == "I99"


@pytest.mark.parametrize(
    ("octets", "status", "reason"),
    [
        (b"", 400, "not well-formed"),
        (b"<a", 400, "not well-formed"),
        (b"\x00\xff\xfe", 400, "not well-formed"),
        (BOMB, 400, "document type"),
        (XXE, 400, "document type"),
        (PARAMETER_ENTITY, 400, "document type"),
        (BOMB.decode().replace('"1.0"', '"1.0" encoding="UTF-16"').encode("utf-16"), 400, ""),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?><a/>', 400, "UTF-8"),
        (b"<a>" * 60 + b"</a>" * 60, 400, "nested"),
        (b"<a>" * 5000, 400, "not well-formed"),
        (b"<a>" + b"x" * 300_000 + b"</a>", 400, "octets"),
        (b"<a><?php evil?></a>", 400, "processing instructions"),
        (b"<?xml-stylesheet href='x'?><a/>", 400, "processing instructions"),
        (b"<a/>", 403, "not signed"),
    ],
)
def test_what_is_no_plain_signed_xml_is_rejected(
    dcc: DccStub, octets: bytes, status: int, reason: str, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.WARNING):
        answer = dcc.handle(WebService.SEND, octets, NOW)
    assert answer.status == status
    assert reason in answer.body.decode()
    assert len(caplog.records) == 1
    assert str(status) in caplog.text
    assert "passwd" not in caplog.text


def changed(change) -> bytes:
    root = etree.fromstring(signed())
    change(root)
    return etree.tostring(root)


def _text(name: str, text: str):
    def change(root):
        root.find(f".//{{*}}{name}").text = text

    return change


def _algorithm(name: str, algorithm: str):
    def change(root):
        root.find(f".//{DS}{name}").set("Algorithm", algorithm)

    return change


def _second_signature(root):
    root.append(copy.deepcopy(root[-1]))


def _wrapped(root):
    """The signed document hidden inside another one, whose body is the attacker's."""
    inner = copy.deepcopy(root)
    root.find(".//{*}ReadInstantaneousImportRegisters").tag = root.find(
        ".//{*}ReadInstantaneousImportRegisters"
    ).tag.replace("ReadInstantaneousImportRegisters", "ReadMeterBalance")
    etree.SubElement(root[-1], f"{DS}Object").append(inner)


def _moved_signature(root):
    root[1].append(root[-1])


def _reference_elsewhere(root):
    root.find(f".//{DS}Reference").set("URI", "#other")


def _extra_transform(root):
    transforms = root.find(f".//{DS}Transforms")
    etree.SubElement(
        transforms, f"{DS}Transform", Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"
    )


def _key_value(root):
    etree.SubElement(root.find(f".//{DS}KeyInfo"), f"{DS}KeyName").text = "mine"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (_text("CommandVariant", "2"), 403),
        (_text("DigestValue", base64.b64encode(bytes(32)).decode()), 403),
        (_text("SignatureValue", base64.b64encode(bytes(64)).decode()), 403),
        (_text("SignatureValue", base64.b64encode(bytes(63)).decode()), 403),
        (_text("SignatureValue", ""), 403),
        (_text("SignatureValue", "!!!"), 400),
        (_text("X509SerialNumber", "12345"), 403),
        (_text("X509SerialNumber", "abc"), 400),
        (_text("X509SerialNumber", "-1"), 400),
        (_text("X509IssuerName", "CN=nobody"), 403),
        (_algorithm("SignatureMethod", "http://www.w3.org/2000/09/xmldsig#hmac-sha1"), 400),
        (_algorithm("DigestMethod", "http://www.w3.org/2000/09/xmldsig#sha1"), 400),
        (_algorithm("CanonicalizationMethod", "http://www.w3.org/2006/12/xml-c14n11"), 400),
        (_second_signature, 400),
        (_wrapped, 400),
        (_moved_signature, 400),
        (_reference_elsewhere, 400),
        (_extra_transform, 400),
        (_key_value, 400),
    ],
)
def test_a_tampered_signature_is_rejected(dcc: DccStub, change, status: int):
    answer = dcc.handle(WebService.SEND, changed(change), NOW)
    assert answer.status == status, answer.body
    assert Hub(dcc).take() == []


def test_an_all_zero_signature_value_is_rejected_whatever_the_certificate(dcc: DccStub):
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    for r, s in ((0, 0), (0, 1), (1, 0), (order, order), (2**256 - 1, 2**256 - 1)):
        value = base64.b64encode(r.to_bytes(32) + s.to_bytes(32)).decode()
        assert (
            dcc.handle(WebService.SEND, changed(_text("SignatureValue", value)), NOW).status == 403
        )


def test_a_document_inside_a_comment_or_split_by_one_is_what_was_signed(dcc: DccStub):
    """Comments are not signed: a text they split must be read whole."""
    octets = signed().replace(
        b"<sr:CommandVariant>1<", b"<sr:CommandVariant><!-- 2 -->1<!-- 2 --><"
    )
    assert opened(dcc.handle(WebService.SEND, octets, NOW)).code == "I99"


@pytest.mark.parametrize("party", [SUPPLIER_2, BROKER, OTHER_USER])
def test_another_partys_signature_gets_e1(dcc: DccStub, party: bytes):
    request = User(SUPPLIER).request("4.1.1")
    octets = sign_document(request.tree(), party)
    assert opened(dcc.handle(WebService.SEND, octets, NOW)).code == "E1"
    assert dcc.store.requests.find(request.request_id) is None
    # and does not use up the counter of the party that was named
    user = User(SUPPLIER)
    assert user.ask(dcc, user.request("4.1.1")).code == "I99"


def test_a_signature_by_a_device_or_signing_key_is_no_xml_signature(dcc: DccStub):
    from dcc_stub.duis import signature

    for party, usage in ((SUPPLIER, "ds"), (ESME, "ds")):
        private_key = load_private_key(keys().require_private_key(party, usage))
        certificate = keys().require_certificate(party, usage)
        octets = signature.sign(User(party).request("4.1.1").tree(), private_key, certificate)
        assert opened(dcc.handle(WebService.SEND, octets, NOW)).code == "E1"


def test_a_certificate_out_of_its_dates_is_rejected(dcc: DccStub):
    for now in (NOW - 86_400 * 365, NOW + 86_400 * 365 * 20):
        answer = dcc.handle(WebService.SEND, signed(), now)
        assert (answer.status, b"not valid" in answer.body) == (403, True)


def test_a_replayed_document_is_rejected(dcc: DccStub):
    octets = signed()
    assert dcc.handle(WebService.SEND, octets, NOW).status == 200
    assert dcc.handle(WebService.SEND, octets, NOW + 5).status == 409
    assert len(Hub(dcc).take()) == 1


def test_a_counter_has_to_grow_towards_each_target(dcc: DccStub):
    user = User()
    assert user.ask(dcc, user.request("4.1.1", counter=5000)).code == "I99"
    for counter in (5000, 4999, 0):
        assert user.post(dcc, user.request("4.1.1", counter=counter)).status == 409
    assert (
        user.ask(dcc, user.request("8.2", BROKER, {"DeviceID": ESME}, counter=3000)).code == "I0"
    )
    assert user.ask(dcc, user.request("4.1.1", counter=5001)).code == "I99"


def test_a_refused_request_is_used_up_too(dcc: DccStub):
    user = User()
    request = user.request("4.2")
    dcc.store.users.suspend(SUPPLIER)
    assert user.ask(dcc, request).code == "E3"
    dcc.store.users.restore(SUPPLIER)
    assert user.post(dcc, request).status == 409


@pytest.mark.parametrize(
    ("variant", "service", "code"),
    [(1, "T", "E13"), (1, "D", "E13"), (2, "S", "E13"), (8, "S", "E12"), (4, "T", "E12")],
)
def test_wrong_service_or_command_variant(dcc: DccStub, variant: int, service: str, code: str):
    user = User()
    request = user.request("4.1.1", command_variant=variant)
    assert opened(user.post(dcc, request, service=service)).code == code


@pytest.mark.parametrize("variant", [3, 7, 9])
def test_command_variants_that_no_public_dcc_offers(dcc: DccStub, variant: int):
    user = User()
    assert opened(user.post(dcc, user.request("4.1.1", command_variant=variant))).code == "E12"


@pytest.mark.parametrize(
    ("party", "variant", "target", "code"),
    [
        (NETWORK_OPERATOR, "7.2", ESME, "E2"),
        (OTHER_USER, "4.1.1", ESME, "E2"),
        (SUPPLIER, "6.27", ESME, 501),
        (SUPPLIER, "1.7", ESME, 501),
        (SUPPLIER, "4.1.1", b"\x01" * 8, "E19"),
        (SUPPLIER, "4.1.1", CHF, "E11"),
        (SUPPLIER, "8.11", ESME, "E11"),
        (SUPPLIER, "8.1.1", ESME, "E5"),
        (SUPPLIER, "8.2", ESME, "E19"),
    ],
)
def test_who_may_ask_what_of_which_device(
    dcc: DccStub, party: bytes, variant: str, target: bytes, code: str | int
):
    user = User(party)
    fields = {
        "8.1.1": {"CurrentDateTime": NOW, "TolerancePeriod": 1},
        "8.2": {"DeviceID": ESME},
        "8.11": {"DeviceID": ESME, "RequestType": "Remove"},
    }
    if isinstance(code, int):
        octets = _unknown_body(user, variant, target)
        assert dcc.handle(WebService.SEND, octets, NOW).status == code
    else:
        assert user.ask(dcc, user.request(variant, target, fields.get(variant))).code == code
    assert Hub(dcc).take() == []


def test_requests_that_are_not_offered_for_gas_devices_are_told_from_wrong_ones():
    dcc, user = make_dcc(), User()
    dcc.store.inventory.put(Device(parties.GSME.eui, "GSME", Status.COMMISSIONED, hub=CHF))
    answered = user.post(dcc, user.request("4.13", parties.GSME.eui))
    assert (answered.status, b"GSME" in answered.body) == (501, True)
    # and one that no gas device has in DUIS is refused with its code
    request = user.request("6.12", parties.GSME.eui, THRESHOLDS)
    assert user.ask(dcc, request).code == "E11"


def test_a_device_that_nobody_notified_is_not_put_on_a_hubs_list(dcc: DccStub):
    fields = {"DeviceID": b"\x07" * 8, "RequestType": "Remove"}
    user = User()
    assert user.ask(dcc, user.request("8.11", CHF, fields)).code == "E19"


def _unknown_body(user: User, variant: str, target: bytes) -> bytes:
    """A request that DUIS has and this DCC does not offer."""
    from dcc_stub.duis import services

    root = user.request("4.1.1", target).tree()
    service = services.find(variant)
    assert service is not None
    root.find(".//{*}ServiceReference").text = service.reference
    root.find(".//{*}ServiceReferenceVariant").text = variant
    body = root.find(".//{*}Body")[0]
    body.tag = etree.QName(etree.QName(body).namespace, service.element).text
    return sign_document(root, user.eui)


@pytest.mark.parametrize("status", [s for s in Status if s.value not in ("Commissioned",)])
def test_a_device_is_read_only_when_it_is_in_use(status: Status):
    dcc, user = commissioned(make_dcc(), status=status), User()
    expected = "I99" if status is Status.INSTALLED_NOT_COMMISSIONED else "E5"
    assert user.ask(dcc, user.request("4.1.1")).code == expected


def test_a_device_without_hub_cannot_be_communicated_with():
    dcc, user = commissioned(make_dcc(), hub=None), User()
    assert user.ask(dcc, user.request("4.1.1")).code == "E20"


def test_pre_commands_that_were_not_transformed_are_rejected(dcc: DccStub):
    user = User()
    request = user.request("7.1")
    assert user.post(dcc, signed_pre_command(request, b"\x00")).status == 409
    transformed = user.ask(dcc, request)
    right = user.sign_pre_command(request, transformed)
    octets = right.fields["GBCSPayload"]
    message = Message.decode(octets)

    unsigned = Message(message.header, message.payload, b"").encode()
    forged = octets[:-1] + bytes((octets[-1] ^ 1,))
    other = Message(message.header, message.payload[:-1] + b"\x34", b"")
    protection.sign(SUITE, keys().require_private_key(SUPPLIER, "ds"), other)
    stranger = Message(message.header, message.payload, b"")
    protection.sign(SUITE, keys().require_private_key(SUPPLIER_2, "ds"), stranger)
    for payload, status in (
        (b"", 400),
        (octets[:-1], 400),
        (unsigned, 403),
        (forged, 403),
        (stranger.encode(), 403),
        (other.encode(), 409),
    ):
        assert user.post(dcc, signed_pre_command(request, payload)).status == status
    assert Hub(dcc).take() == []
    assert user.ask(dcc, right).code == "I99"
    assert user.post(dcc, right).status == 409
    assert len(Hub(dcc).take()) == 1


def test_another_service_may_not_be_slipped_in_with_the_pre_command(dcc: DccStub):
    user = User()
    request = user.request("7.1")
    signed_request = user.sign_pre_command(request, user.ask(dcc, request))
    slipped = signed_pre_command(user.request("7.2"), signed_request.fields["GBCSPayload"])
    slipped = type(slipped)(
        request.request_id, 5, slipped.service, slipped.element, slipped.fields
    )
    assert user.post(dcc, slipped).status == 409


@pytest.mark.parametrize(
    "fields",
    [
        {"ReadLogPeriod": {"StartDateTime": NOW, "EndDateTime": NOW - 1}},
        {"ReadLogPeriod": {"StartDateTime": -1, "EndDateTime": NOW}},
        {"ReadLogPeriod": {"StartDateTime": 0, "EndDateTime": 2**32}},
    ],
)
def test_log_periods_that_are_none(dcc: DccStub, fields: dict):
    user = User()
    assert user.post(dcc, user.request("4.8.1", fields=fields)).status == 400


def test_mutated_documents_are_refused_or_say_what_was_signed(
    dcc: DccStub, capsys: pytest.CaptureFixture[str]
):
    """No mutation of a signed document gets anything sent but the very request that was signed."""
    chance = random.Random(2026)
    user = User()
    outcomes: dict[int, int] = {}
    for _ in range(1500):
        request = user.request("4.1.1")
        octets = bytearray(user.sign(request))
        for _ in range(chance.choice((1, 1, 2, 8))):
            _mutate(octets, chance)
        answer = dcc.handle(WebService.SEND, bytes(octets), NOW)
        outcomes[answer.status] = outcomes.get(answer.status, 0) + 1
        assert answer.status in (200, 400, 403, 409), answer
        if answer.status == 200:
            response = opened(answer)
            assert response.request_id == request.request_id
            assert response.code == "I99"
    sent = len(Hub(dcc).take())
    assert sent == outcomes.get(200, 0)
    assert outcomes[400] + outcomes[403] > 1200
    with capsys.disabled():
        print(f"\nmutated signed requests by HTTP status: {outcomes}")


def _mutate(octets: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(octets))
    kind = chance.randrange(4)
    if kind == 0:
        octets[at] ^= 1 << chance.randrange(8)
    elif kind == 1:
        del octets[at : at + chance.randrange(1, 30)]
    elif kind == 2:
        octets[at:at] = chance.choice((b"<", b"&amp;", b"<!--x-->", b"]]>", b"\x00", b" "))
    else:
        other = chance.randrange(len(octets))
        octets[at:at] = octets[other : other + chance.randrange(1, 60)]


def test_no_secret_is_logged(dcc: DccStub, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        user = User()
        request = user.request("7.1")
        user.ask(dcc, user.sign_pre_command(request, user.ask(dcc, request)))
        for octets in (BOMB, signed(User(SUPPLIER_2)), b"<a/>"):
            dcc.handle(WebService.SEND, octets, NOW)
    for party in (SUPPLIER, BROKER):
        for usage in ("ds", "ka", "xml"):
            secret = keys().require_private_key(party, usage)
            assert secret.hex() not in caplog.text
            assert str(int.from_bytes(secret)) not in caplog.text
    assert not re.search("[0-9a-f]{64}", caplog.text)


def test_a_schema_of_the_lab_judges_too(dcc: DccStub, tmp_path):
    from tests.dcc_stub.public_data import schema

    object.__setattr__(dcc.context, "schema", schema())
    user = User()
    assert user.ask(dcc, user.request("4.1.1")).code == "I99"
    assert dcc.handle(WebService.SEND, xml.serialise(xml.parse(signed())), NOW).status == 409
