"""Each public request template becomes the public reference command, octet for octet."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from dcc_stub.broker.context import Context
from dcc_stub.duis import services, xml
from dcc_stub.duis.elements import Fields
from dcc_stub.duis.identifiers import RequestId
from dcc_stub.duis.request import SIGNED_PRE_COMMAND, Request
from dcc_stub.duis.services import CommandVariant, Kind
from dcc_stub.duis.types import DateTime
from dcc_stub.engine import DccStub
from dcc_stub.inventory.device import Device
from dcc_stub.inventory.status import Status
from dcc_stub.transform import rows
from keys.certificate import Certificate
from keys.profile import Usage
from keys.suite import Suite
from smets.gbcs import der, protection, roles
from smets.gbcs.der import DerReader
from smets.gbcs.message import Message
from tests.dcc_stub.public_data import templates
from tests.dcc_stub.public_lab import (
    BROKER,
    CHF,
    DEVICES,
    ESME,
    SUPPLIER,
    PublicDirectory,
    directory,
    make_dcc,
    post,
    response_of,
    sent,
)
from tests.outside import outside_data

NOW = 473_385_600  # 2015-01-01, when the messages that say so were made
PATH_CERTIFICATE = "71872bdbc82789bc1401ce01ba06ada3"

# What a request is about that its template does not say: the device it goes to.
DEVICE_OF_TEMPLATE = {
    "ECS23b": {"esme_variant": "C"},
    "ECS26k": {"esme_variant": "C"},
    "ECS26d": {"smets_chts_version": "SMETS V2.0"},
    "ECS26e": {"smets_chts_version": "SMETS V2.0"},
    "ECS26i": {"smets_chts_version": "CHTS V1.0"},
    "ECS35f": {"smets_chts_version": "SMETS V2.0"},
    "ECS70Commission": {"status": Status.WHITELISTED},
    "CCS05CCS04": {"smets_chts_version": "CHTS V1.0"},
    "GCS21d": {"smets_chts_version": "SMETS V2.0"},
    "GCS21e": {"smets_chts_version": "SMETS V2.0"},
    "GCS28Commission": {"status": Status.WHITELISTED},
    "GCS60": {"smets_chts_version": "SMETS V2.0"},
}
# The further device that a request names: its type, as the message has it where it has one.
OTHER_DEVICE_OF_MESSAGE = {
    "CCS03_8.12.1_SUCCESS": "CHF",
    "CCS03_8.12.1_ERROR": "CHF",
    "CS03A1_8.7.1_SUCCESS": "HCALCS",
    "CS03A1_8.7.1_ERROR": "PPMID",
    "CS03A2Critical_8.7.1_SUCCESS": "ESME",
    "CS03A2NonCritical_8.7.2_SUCCESS": "ESME",
    "CS03B_8.7.2_SUCCESS": "GPF",
    "CS03B_8.7.2_ERROR": "PPMID",
    "CS03CCritical_8.7.1_SUCCESS": "PPMID",
    "CS03CNonCritical_8.7.2_SUCCESS": "GSME",
    "CS04ACCritical_8.8.1_SUCCESS": "HCALCS",
    "CS04ACCritical_8.8.1_ERROR": "HCALCS",
    "CS04ACNonCritical_8.8.2_SUCCESS": "ESME",
    "CS04B_8.8.2_SUCCESS": "GPF",
    "GCS59_8.12.2_SUCCESS": "GPF",
}
# The user is no known remote party of the device, so that the broker asks for it.
UNKNOWN_PARTY = {
    "CS03B_8.7.2_ERROR",
    "CS07_8.9_ERROR",
    "ECS21b_4.14_URP_SUCCESS",
    "GCS61_4.17_SUCCESS",
}
# The templates have younger certificates than the reference messages: serial numbers of the
# digital signing, key agreement and top-up certificates in the message.
CERTIFICATES_OF_MESSAGE = {
    "CS02bSupplierBySupplier_6.15.1_IMMEDIATE_SUCCESS": (
        "4a07bc01d9253b51faf01f7ec7da5b2f",
        "52d7b8a109f26d898ce821c32878f618",
        "5bc2f4d9349c5e0f2de978bdbe476fe6",
    ),
    "CS02bSupplierBySupplier_6.15.1_FUTURE_DATED_SUCCESS": (
        "4a07bc01d9253b51faf01f7ec7da5b2f",
        "52d7b8a109f26d898ce821c32878f618",
        "5bc2f4d9349c5e0f2de978bdbe476fe6",
    ),
    "CS02bSupplierBySupplier_6.15.1_IMMEDIATE_ERROR": (
        "4a07bc01d9253b51faf01f7ec7da5b2f",
        "56bad381c75108cc442c8461baa79861",
        "5bc2f4d9349c5e0f2de978bdbe476fe6",
    ),
    "CS02bSupplierBySupplier_6.15.1_FUTURE_DATED_ERROR": (
        "4a07bc01d9253b51faf01f7ec7da5b2f",
        "56bad381c75108cc442c8461baa79861",
        "5bc2f4d9349c5e0f2de978bdbe476fe6",
    ),
    "CS02bSupplierBySupplierHandover_6.21_SUCCESS": (
        "4fbc525201a1d7586c1bc1c4734deb9f",
        "3b362657731e6b2bbe078650cfa14f15",
        "703733774ef2b8e50f7af2bbb33c198f",
    ),
    "CS02bNOByNO_6.15.1_SUCCESS": (
        "68aac8a913bcb4d9634cae09d909a533",
        "7d6279670ad9c802ce9419428f0701b5",
    ),
    "CS02bNOByNOHandover_6.21_SUCCESS": (
        "4fc0252e553ecd05d4f72dcfad55c8e7",
        "4bf733eeb936f53b7f91dc9b7f63dcfd",
    ),
}


def log_period(start: str, end: str) -> Fields:
    times = DateTime().parse(start), DateTime().parse(end)
    return {"ReadLogPeriod": dict(zip(("StartDateTime", "EndDateTime"), times, strict=True))}


# The key agreement certificate that an unknown party's request brings, by its serial number.
KEY_AGREEMENT_OF_MESSAGE = {
    "ECS21b_4.14_URP_SUCCESS": "3b362657731e6b2bbe078650cfa14f15",
    "GCS61_4.17_SUCCESS": "3b362657731e6b2bbe078650cfa14f15",
}
# Messages whose request differs from the template in more than certificates.
VALUES_OF_MESSAGE: dict[str, Fields] = {
    "CS02aMAC_6.24.1_ERROR": {"RemotePartyRole": ("ACB", "NetworkOperator")},
    "CS02bSupplierBySupplier_6.15.1_IMMEDIATE_ERROR": {"ApplyTimeBasedCPVChecks": True},
    "CS03B_8.7.2_ERROR": {"OtherDeviceID": bytes.fromhex("0102030405060708")},
    "CS04ACCritical_8.8.1_ERROR": {"OtherDeviceID": b"\x03" * 8},
    "GCS15c_4.4.3_SUCCESS": log_period("2015-01-01T00:00:01Z", "2016-01-01T00:00:01Z"),
    "GCS18_4.10_ERROR": log_period("2000-01-01T00:00:01Z", "2000-01-01T04:00:01Z"),
    "GCS61_4.17_SUCCESS": log_period("2014-12-22T00:00:00Z", "2016-12-21T00:00:00Z"),
}
# Templates without a message of their own name ask for the same command as another one.
MESSAGE_OF_TEMPLATE = {
    "ECS17b_4.1.1": "ECS17b_4.1.1_SINGLE_SUCCESS",
    "ECS17b_4.1.1_DSP_FUTURE_DATED": "ECS17b_4.1.1_SINGLE_SUCCESS",
}
# Templates of service requests that are offered, for devices or values that are not.
NOT_OFFERED = re.compile("GCS21b|CS08|CS02gLoadController|CS02bSupplierByTransCoS")

OTHER_MESSAGES = {
    # CS02f is sent here when a load controller's certificates are asked for; this one does not.
    "CS02fMAC_6.24.1_ERROR",
    # A join by certificate without the certificate.
    "CS03CNonCritical_8.7.2_ERROR",
    # The critical unjoin under the name of the other one.
    "CS04B_8.8.2_ERROR",
}

JOIN_BY_CERTIFICATE = 0x00AF
CERTIFICATE_ELEMENTS = (
    "DigitalSigningCertificate",
    "KeyAgreementCertificate",
    "KeyAgreementTopUpCertificate",
)


class Case:
    """A reference command and the template its request is made from.

    User, device and counter are those of the message.
    """

    def __init__(self, message_path: Path, template_path: Path) -> None:
        self.name = message_path.name.removesuffix("_COMMAND_GBCS.HEX")
        self.message = Message.decode(bytes.fromhex(message_path.read_text()))
        pre_command = message_path.with_name(f"{self.name}_PRECOMMAND_GBCS.HEX")
        self.pre_command = bytes.fromhex(pre_command.read_text()) if pre_command.exists() else None
        self.template = template_path.name.removesuffix("_REQUEST_DUIS.XML")
        self.request = self._request(template_path)

    def _request(self, path: Path) -> Request:
        template = Request.read(xml.parse(path.read_bytes()))
        header = self.message.header
        user, counter = header.originator, header.originator_counter
        if header.supplementary_remote_party_counter is not None:
            user = header.supplementary_remote_party
            counter = header.supplementary_remote_party_counter
        elif header.originator == BROKER:
            user, counter = SUPPLIER, template.request_id.counter
        fields = {**template.fields, **VALUES_OF_MESSAGE.get(self.name, {})}
        serial = KEY_AGREEMENT_OF_MESSAGE.get(self.name)
        if serial:
            fields["KAPublicSecurityCredentials"] = certificate(serial)
        serials = CERTIFICATES_OF_MESSAGE.get(self.name)
        if serials:
            fields = with_certificates(fields, [certificate(serial) for serial in serials])
        request_id = RequestId(user, header.recipient, counter)
        return replace(template, request_id=request_id, fields=fields)


def certificate(serial: str) -> bytes:
    path = outside_data("rtds", "from_cs02b", f"{serial}.pem")
    return Certificate.from_pem(path.read_bytes()).encoded


def with_certificates(fields: Fields, certificates: list[bytes]) -> Fields:
    given = dict(zip(CERTIFICATE_ELEMENTS, certificates, strict=False))
    if "SupplierOrNetworkOperatorCertificates" in fields["ReplacementCertificates"]:
        given = {"SupplierOrNetworkOperatorCertificates": given}
    path = {"Certificate": (certificate(PATH_CERTIFICATE),)}
    return {
        **fields,
        "ReplacementCertificates": given,
        "CertificationPathCertificates": path,
    }


@cache
def message_paths() -> dict[str, Path]:
    found = outside_data("rtds", "RTDS-4.5.0").glob("*/*_COMMAND_GBCS.HEX")
    return {path.name.removesuffix("_COMMAND_GBCS.HEX"): path for path in found}


@cache
def cases() -> tuple[list[Case], list[str]]:
    """Every command with a template, and the templates without a command."""
    commands = message_paths()
    by_name = {path.name.removesuffix("_REQUEST_DUIS.XML"): path for path in templates()}
    wanted = {
        name: path
        for name, path in by_name.items()
        if not NOT_OFFERED.match(name)
        and Request.read(xml.parse(path.read_bytes())).service.kind is not Kind.NON_DEVICE
    }
    found = []
    without = []
    for name, path in wanted.items():
        message = MESSAGE_OF_TEMPLATE.get(name, name)
        if message in commands:
            found.append(Case(commands[message], path))
        else:
            without.append(name)
        error = error_case(name)
        errors = {case.name for case in found} | OTHER_MESSAGES
        if error in commands and error not in errors:
            found.append(Case(commands[error], path))
    return found, without


def error_case(name: str) -> str:
    """The message of the ERROR case that goes with a template of the SUCCESS case."""
    exact = name.replace("SUCCESS", "ERROR")
    return exact if exact in message_paths() else re.sub("_(SINGLE|TWIN)_", "_", exact)


class OldDirectory(PublicDirectory):
    """The public keys as of when a join was made: the other device's certificate is in it."""

    def __init__(self, case: Case) -> None:
        super().__init__()
        fields = DerReader.over(case.message.payload).nested()
        fields.integer()
        self._other = fields.octets(8)
        fields.integer()
        self._certificate = Certificate.from_der(fields.element())

    def certificate(self, eui: bytes, usage: Usage) -> Certificate | None:
        old = eui == self._other and usage == "ka"
        return self._certificate if old else super().certificate(eui, usage)


def make_dcc_for(case: Case) -> DccStub:
    """A DCC whose next own counter is the one in the message."""
    by_certificate = case.message.header.message_code == JOIN_BY_CERTIFICATE
    dcc = make_dcc(keys=OldDirectory(case) if by_certificate else None)
    header = case.message.header
    if header.originator == BROKER:
        dcc.store.requests.set_broker_counter(BROKER, header.originator_counter - 1)
    changes = DEVICE_OF_TEMPLATE.get(case.template.partition("_")[0], {})
    for device in DEVICES:
        if device.eui == header.recipient:
            dcc.store.inventory.put(replace(device, **changes))
    if case.name in UNKNOWN_PARTY:
        for role in (roles.SUPPLIER, roles.NETWORK_OPERATOR):
            dcc.store.inventory.set_holder(header.recipient, role, BROKER)
    other = OTHER_DEVICE_OF_MESSAGE.get(case.name)
    if other is not None:
        names = ("OtherDeviceID", "OldCHFID", "OldGPFID")
        (eui,) = (case.request.fields[name] for name in names if name in case.request.fields)
        dcc.store.inventory.put(Device(eui, other, Status.INSTALLED_NOT_COMMISSIONED, hub=CHF))
        backup = BACKUPS.get(case.template)
        if backup is not None:
            dcc.store.inventory.keep_device_log(eui, backup())
    return dcc


def chf_backup() -> bytes:
    """The reference alert's device log, for the extended PAN identifier in the command."""
    message = Message.decode(alert("NA_CS14", "CS14_NA_8F12_ALERT"))
    extended_pan_id, other = bytes.fromhex("0001020304050607"), bytes.fromhex("0000000000000140")
    assert message.payload.count(extended_pan_id) == 1
    return message.payload.replace(extended_pan_id, other)


def gpf_backup() -> bytes:
    """The reference alert with the devices of the command."""
    fields = DerReader.over(Message.decode(alert("NA_GCS62", "GCS62_NA_8071_ALERT")).payload)
    body = fields.nested()
    start = der.integer(body.integer()) + der.element(
        der.GENERALIZED_TIME, body.contents(der.GENERALIZED_TIME)
    )
    entries = ("300d04080011223344556677020105", "300d04088899aabbccddeeff020106")
    devices = b"".join(bytes.fromhex(entry) for entry in entries)
    return der.element(der.SEQUENCE, start + der.element(der.SEQUENCE, devices))


def alert(folder: str, name: str) -> bytes:
    path = outside_data("rtds", "RTDS-4.5.0", folder, f"{name}_GBCS.HEX")
    return bytes.fromhex(path.read_text())


BACKUPS = {"CCS03_8.12.1_SUCCESS": chf_backup, "GCS59_8.12.2_SUCCESS": gpf_backup}


def test_templates_become_the_reference_commands(capsys: pytest.CaptureFixture[str]):
    found, without = cases()
    matched = [case for case in found if _is_matched(case)]
    templates_matched = {case.template for case in matched}
    with capsys.disabled():
        print(
            f"\nRTDS commands from DUIS templates: {len(matched)} of {len(found)} octet for octet"
        )
        print(f"templates matched: {len(templates_matched)}; without a message here: {without}")
    assert len(templates_matched) >= 107
    assert len(matched) == len(found) >= 166


def _is_matched(case: Case) -> bool:
    dcc = make_dcc_for(case)
    variant = services.command_variant(case.request.command_variant)
    assert variant is not None
    critical = variant.kind is Kind.CRITICAL
    octets = _critical(dcc, case) if critical else _plain(dcc, case, variant)
    assert octets == case.message.encode(), case.name
    return True


def _plain(dcc: DccStub, case: Case, variant: CommandVariant) -> bytes:
    response = response_of(post(dcc, variant.service, case.request, NOW))
    if variant.returns_command:
        assert response.code == "I0"
        return response.fields["LocalCommand"]["GBCSPayload"]
    assert response.code == "I99"
    due = case.request.fields.get("ExecutionDateTime", NOW)
    if due > NOW:
        assert sent(dcc, due - 1) == []
    (octets,) = sent(dcc, due)
    return _with_the_reference_signature(dcc.context, case, octets)


def _with_the_reference_signature(context: Context, case: Case, octets: bytes) -> bytes:
    """Where the broker signs, a message differs in its signature, and so in its MAC."""
    message = Message.decode(octets)
    if not message.signature:
        return octets
    secret = context.shared_secret(message.header.recipient)
    assert secret is not None
    protection.check_mac(Suite(), secret, message)
    public_key = directory().public_key(BROKER, "ds")
    assert public_key is not None
    protection.check_signature(Suite(), public_key, message)
    message.signature = case.message.signature
    message.mac = protection.message_mac(Suite(), secret, message)
    return message.encode()


def _critical(dcc: DccStub, case: Case) -> bytes:
    transformed = response_of(post(dcc, "T", case.request, NOW))
    assert transformed.code == "I0"
    pre_command = transformed.fields["PreCommand"]["GBCSPayload"]
    assert case.pre_command is not None
    assert pre_command == case.pre_command + b"\x00", case.name
    unprotected = Message(case.message.header, case.message.payload, case.message.signature)
    request = replace(
        case.request,
        command_variant=5,
        element=SIGNED_PRE_COMMAND,
        fields={"GBCSPayload": unprotected.encode()},
    )
    assert response_of(post(dcc, "S", request, NOW)).code == "I99"
    (octets,) = sent(dcc, NOW)
    return octets


def test_every_row_of_the_transform_is_met_by_a_template_or_named_here():
    found, without = cases()
    codes = {case.message.header.message_code for case in found}
    unmet = {f"{row.message_code:04X}" for row in rows.ROWS if row.message_code not in codes}
    # Half of the public reference data is not in this copy.
    assert unmet <= {"0030", "0036", "003B", "004E", "0077", "00D9", "0094", "00BA"}
    assert without


def test_a_known_party_speaks_for_itself_and_an_unknown_one_through_the_broker():
    def originator(name: str, prepare: Callable[[DccStub], None]) -> bytes:
        found, _ = cases()
        case = next(case for case in found if case.name == name)
        dcc = make_dcc()
        prepare(dcc)
        assert response_of(post(dcc, "S", case.request, NOW)).code == "I99"
        (octets,) = sent(dcc, NOW)
        return Message.decode(octets).header.originator

    name = "ECS22c_4.8.2_SUCCESS"
    supplier = 2
    assert originator(name, lambda dcc: None) != BROKER
    assert (
        originator(name, lambda d: d.store.inventory.set_holder(ESME, supplier, BROKER)) == BROKER
    )
