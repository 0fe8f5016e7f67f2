"""A DCC with the public test keys and devices, and the parties that talk to it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from lxml import etree

from dcc_stub.broker.context import Context
from dcc_stub.broker.settings import Settings
from dcc_stub.duis import signature, xml
from dcc_stub.duis.identifiers import RequestId
from dcc_stub.duis.request import Request
from dcc_stub.duis.response import Response
from dcc_stub.duis.services import WebService
from dcc_stub.engine import Answer, DccStub
from dcc_stub.inventory.device import Device
from dcc_stub.inventory.status import Status
from keys.certificate import Certificate
from keys.points import load_private_key
from keys.profile import Role, Usage
from keys.store import Keystore
from keys.suite import Suite
from tests.dcc_stub.public_data import rtds_keys, xml_signing_keys
from tests.dcc_stub.stores import open_store

NOW = 820_540_800  # 2026-01-01
BROKER = bytes.fromhex("90b3d51f30000002")
SUPPLIER = bytes.fromhex("90b3d51f30010000")
SUPPLIER_2 = bytes.fromhex("90b3d51f30030000")
NETWORK_OPERATOR = bytes.fromhex("90b3d51f30020000")
OTHER_USER = bytes.fromhex("00db123456780004")
ESME = bytes.fromhex("00db1234567890a0")
GSME = bytes.fromhex("00db1234567890a1")
CHF = bytes.fromhex("00db1234567890a2")
GPF = bytes.fromhex("00db1234567890a3")
PPMID = bytes.fromhex("00db1234567890a4")
HCALCS = bytes.fromhex("00db1234567890a5")
# Other parties of the public test PKI have no XML signing key, so a supplier signs as itself only.
DEVICES = (
    Device(CHF, "CHF", Status.COMMISSIONED, associated_gpf=GPF),
    Device(GPF, "GPF", Status.COMMISSIONED, hub=CHF),
    Device(ESME, "ESME", Status.COMMISSIONED, hub=CHF, esme_variant="A"),
    Device(GSME, "GSME", Status.COMMISSIONED, hub=CHF),
    Device(PPMID, "PPMID", Status.COMMISSIONED, hub=CHF),
    Device(HCALCS, "HCALCS", Status.COMMISSIONED, hub=CHF),
)


class PublicDirectory:
    """The GBCS keys of RTDS and the XML signing keys of the DUIS samples as one directory."""

    def __init__(self) -> None:
        self._gbcs = rtds_keys()
        self._xml = xml_signing_keys()

    def _keystore(self, usage: Usage) -> Keystore:
        return self._xml if usage == "xml" else self._gbcs

    def certificate(self, eui: bytes, usage: Usage) -> Certificate | None:
        return self._keystore(usage).certificate(eui, usage)

    def public_key(self, eui: bytes, usage: Usage) -> bytes | None:
        return self._keystore(usage).public_key(eui, usage)

    def private_key(self, eui: bytes, usage: Usage) -> bytes | None:
        return self._keystore(usage).private_key(eui, usage)

    def role(self, eui: bytes) -> Role | None:
        return Role.OTHER if eui == OTHER_USER else self._gbcs.role(eui)

    def find(self, issuer_name: str, serial: int) -> Certificate | None:
        return self._xml.find(issuer_name, serial)


@cache
def directory() -> PublicDirectory:
    return PublicDirectory()


def make_dcc(
    settings: Settings | None = None,
    anomaly: Callable[[Request, int], bool] | None = None,
    path: str = ":memory:",
    keys: PublicDirectory | None = None,
) -> DccStub:
    options = {"anomaly": anomaly} if anomaly else {}
    dcc = DccStub(
        Context(
            open_store(path),
            keys or directory(),
            Suite(),
            BROKER,
            settings or Settings(check_validity=False),
            **options,
        )
    )
    for device in DEVICES:
        dcc.store.inventory.put(device)
    return dcc


def signed(root: etree._Element, party: bytes) -> bytes:
    """A document with the XML signature of a party."""
    keys = xml_signing_keys()
    private_key = load_private_key(keys.require_private_key(party, "xml"))
    return signature.sign(root, private_key, keys.require_certificate(party, "xml"))


def post(dcc: DccStub, service: str, request: Request, now: int = NOW) -> Answer:
    """Signs a request as its originator and posts it."""
    octets = signed(request.tree(), request.request_id.originator)
    return dcc.handle(WebService(service), octets, now)


def response_of(answer: Answer) -> Response:
    """The response in an answer, after its signature has been checked."""
    assert answer.status == 200, answer.body
    return opened(answer.body)


def opened(document: bytes) -> Response:
    verified = signature.verify(xml.parse(document), xml_signing_keys().find)
    assert verified.certificate.eui == BROKER
    assert verified.certificate.role is Role.DSP_XML_SIGN
    return Response.read(verified.root)


def delivered(dcc: DccStub, now: int = NOW) -> list[tuple[bytes, Response]]:
    """What waits for the webhooks of users; it is taken out."""
    found = dcc.store.deliveries.waiting(now)
    for delivery in found:
        dcc.store.deliveries.delivered(delivery.id)
    return [(delivery.party, opened(delivery.document)) for delivery in found]


def sent(dcc: DccStub, now: int = NOW) -> list[bytes]:
    """The messages that wait for the hub."""
    return [outgoing.message for outgoing in dcc.store.wan.waiting(CHF, now)]


def request_id(originator: bytes, target: bytes, counter: int) -> RequestId:
    return RequestId(originator, target, counter)
