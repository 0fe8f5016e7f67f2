"""A lab of its own keys: DCC, users, and devices whose answers a test writes."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

from dcc_stub.broker.context import Context
from dcc_stub.broker.settings import Settings
from dcc_stub.duis import services, signature, xml
from dcc_stub.duis.elements import Fields
from dcc_stub.duis.identifiers import RequestId
from dcc_stub.duis.request import Request
from dcc_stub.duis.response import Response
from dcc_stub.duis.services import WebService
from dcc_stub.engine import Answer, DccStub
from dcc_stub.inventory.device import Device
from dcc_stub.inventory.status import Status
from keys import parties, pki
from keys.points import load_private_key
from keys.profile import Role
from keys.store import Keystore
from keys.suite import Suite
from smets.dlms.access import AccessRequest, encode_response
from smets.gbcs import grouping, protection, use_cases_text
from smets.gbcs.grouping import GroupingHeader
from smets.gbcs.message import Message
from tests.dcc_stub.stores import open_store

FIRST_DAY = date(2026, 1, 1)
NOW = 820_540_800 + 30 * 86_400
BROKER = parties.ACCESS_CONTROL_BROKER.eui
SUPPLIER = parties.SUPPLIER.eui
SUPPLIER_2 = parties.SUPPLIER_2.eui
NETWORK_OPERATOR = parties.NETWORK_OPERATOR.eui
OTHER_USER = parties.OTHER_USER.eui
ESME = parties.ESME.eui
GSME = parties.GSME.eui
CHF = parties.CHF.eui
GPF = parties.GPF.eui
SUITE = Suite()
NUMBERS = itertools.count(1)
MPRN = "1000999888"
DAY = {"ReadLogPeriod": {"StartDateTime": NOW - 86_400, "EndDateTime": NOW}}
CLOCK = {"CurrentDateTime": NOW, "TolerancePeriod": 60}


@cache
def keys() -> Keystore:
    folder = Path(tempfile.mkdtemp(prefix="hanlab-keys-"))
    pki.create(folder, valid_from=FIRST_DAY, seed=b"tests of the DCC stub")
    for device in (parties.ESME, parties.CHF, parties.GPF, parties.GSME):
        pki.add_device(
            folder, device.eui, device.type, valid_from=FIRST_DAY, seed=b"tests of the DCC stub"
        )
    return Keystore(folder)


def make_dcc(
    path: Path | str = ":memory:",
    settings: Settings | None = None,
    anomaly: Callable[[Request, int], bool] | None = None,
) -> DccStub:
    """A DCC whose hub is connected."""
    options = {"anomaly": anomaly} if anomaly else {}
    dcc = DccStub(
        Context(open_store(path), keys(), SUITE, BROKER, settings or Settings(), **options)
    )
    assert dcc.hub_connected(CHF)
    return dcc


def commissioned(dcc: DccStub, **changes: object) -> DccStub:
    """With an electricity meter that is in use."""
    device = Device(ESME, "ESME", Status.COMMISSIONED, hub=CHF)
    dcc.store.inventory.put(replace(device, **changes))
    return dcc


def gas_commissioned(dcc: DccStub, **changes: object) -> DccStub:
    """With a gas meter that is in use, and the gas proxy."""
    device = Device(GSME, "GSME", Status.COMMISSIONED, hub=CHF)
    dcc.store.inventory.put(replace(device, **changes))
    dcc.store.inventory.put(Device(GPF, "GPF", Status.INSTALLED_NOT_COMMISSIONED, hub=CHF))
    return dcc


class User:
    """A party that counts its requests."""

    def __init__(self, eui: bytes = SUPPLIER) -> None:
        self.eui = eui
        self.counter = 1000

    def request(
        self,
        variant: str,
        target: bytes = ESME,
        fields: Fields | None = None,
        command_variant: int | None = None,
        counter: int | None = None,
    ) -> Request:
        service = services.find(variant)
        assert service is not None
        self.counter += 1
        usual = {"plain": 1, "critical": 4, "non-device": 8}[service.kind]
        return Request(
            RequestId(self.eui, target, self.counter if counter is None else counter),
            usual if command_variant is None else command_variant,
            service,
            service.element,
            fields or {},
        )

    def sign(self, request: Request) -> bytes:
        return sign_document(request.tree(), self.eui)

    def post(
        self, dcc: DccStub, request: Request, now: int = NOW, service: str | None = None
    ) -> Answer:
        if service is None:
            variant = services.command_variant(request.command_variant)
            service = variant.service if variant else "S"
        return dcc.handle(WebService(service), self.sign(request), now)

    def ask(self, dcc: DccStub, request: Request, now: int = NOW) -> Response:
        return opened(self.post(dcc, request, now))

    def sign_pre_command(self, request: Request, transformed: Response) -> Request:
        message = Message.decode(transformed.fields["PreCommand"]["GBCSPayload"])
        private_key = keys().require_private_key(self.eui, "ds")
        protection.sign(SUITE, private_key, message)
        return signed_pre_command(request, message.encode())


def signed_pre_command(request: Request, payload: bytes) -> Request:
    return Request(
        request.request_id, 5, request.service, "SignedPreCommand", {"GBCSPayload": payload}
    )


def sign_document(root, party: bytes) -> bytes:
    private_key = load_private_key(keys().require_private_key(party, "xml"))
    return signature.sign(root, private_key, keys().require_certificate(party, "xml"))


def opened(answer: Answer) -> Response:
    """The response in an answer, after its signature has been checked."""
    assert answer.status == 200, answer.body
    return read_document(answer.body)


def read_document(document: bytes) -> Response:
    verified = signature.verify(xml.parse(document), keys().find)
    assert verified.certificate.eui == BROKER
    assert verified.certificate.role is Role.DSP_XML_SIGN
    return Response.read(verified.root)


def delivered(dcc: DccStub, now: int = NOW) -> list[tuple[bytes, Response]]:
    """What waits for the webhooks of users; it is taken out."""
    found = dcc.deliveries(now)
    for delivery in found:
        dcc.delivered(delivery.id)
    return [(delivery.party, read_document(delivery.document)) for delivery in found]


def send(
    dcc: DccStub, user: User, variant: str, target: bytes, fields: Fields | None = None
) -> Message:
    """The command that a request becomes, on its way to the hub."""
    request = user.request(variant, target, fields)
    answered = user.ask(dcc, request)
    if request.command_variant == 4:
        assert answered.code == "I0"
        answered = user.ask(dcc, user.sign_pre_command(request, answered))
    assert answered.code == "I99"
    ((_, command),) = Hub(dcc).take()
    return command


class Hub:
    """A hub that takes what is due, and devices that answer as they are told."""

    def __init__(self, dcc: DccStub, hub: bytes = CHF) -> None:
        self._dcc = dcc
        self._hub = hub

    def take(self, now: int = NOW) -> list[tuple[bytes, Message]]:
        """Devices and messages, acknowledged."""
        outbox = self._dcc.store.wan
        found = outbox.waiting(self._hub, now)
        for each in found:
            self._dcc.wan_acknowledged(self._hub, outbox.identifier(each.id), None, now)
        return [(each.device, Message.decode(each.message)) for each in found]

    def bring(self, device: bytes, message: bytes, now: int = NOW) -> str:
        """Brings a message of a device; returns the identifier it was given."""
        identifier = f"hub-{next(NUMBERS)}"
        self._dcc.wan_message(self._hub, identifier, device, message, now)
        return identifier


def response_header(command: Message) -> GroupingHeader:
    header = command.header
    return GroupingHeader(
        grouping.RESPONSE,
        header.originator_counter,
        header.recipient,
        header.originator,
        header.message_code,
        supplementary_remote_party=header.supplementary_remote_party,
        supplementary_remote_party_counter=header.supplementary_remote_party_counter,
    )


def access_response(command: Message, results: int | list[int] = 0) -> bytes:
    """The payload of a DLMS response without data: the result of each member."""
    request = AccessRequest.decode(command.payload)
    count = len(request.specifications)
    each = results if isinstance(results, list) else [results] * count
    choices = [min(entry.choice, 3) if entry.choice < 4 else 1 for entry in request.specifications]
    return encode_response(
        request.invoke_id, [b"\x00"] * count, list(zip(choices, each, strict=True))
    )


def protected(header: GroupingHeader, payload: bytes) -> bytes:
    """A device's message with the protection its use case has."""
    case = use_cases_text.load().find(header.message_code)
    assert case is not None
    message = Message(header, payload)
    device = header.originator
    if case.is_critical:
        protection.sign(SUITE, keys().require_private_key(device, "ds"), message)
    else:
        secret = SUITE.shared_secret(
            keys().require_private_key(device, "ka"),
            keys().require_public_key(header.recipient, "ka"),
        )
        message.mac = protection.message_mac(SUITE, secret, message)
    return message.encode()


def answer(command: Message, results: int | list[int] = 0) -> bytes:
    """A device's response to a DLMS command."""
    return protected(response_header(command), access_response(command, results))
