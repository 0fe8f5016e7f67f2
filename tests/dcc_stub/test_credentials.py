"""Handover and change of credentials: what is sent, and what the DCC learns from responses."""

from __future__ import annotations

from smets.gbcs import credentials, credentials_update, grouping, protection, roles
from smets.gbcs.credentials import CellDetails, CellIdentifier, RoleDetails
from smets.gbcs.credentials_update import CellOutcome, CredentialsUpdate, Outcome
from smets.gbcs.der import GENERALIZED_TIME, SEQUENCE, element, integer
from smets.gbcs.grouping import GroupingHeader
from tests.dcc_stub.lab import (
    BROKER,
    ESME,
    NOW,
    SUITE,
    SUPPLIER,
    SUPPLIER_2,
    Hub,
    User,
    commissioned,
    delivered,
    keys,
    make_dcc,
    protected,
    response_header,
)

PARTY = (roles.SUPPLIER, roles.DIGITAL_SIGNATURE, roles.MANAGEMENT)


def replacement(party: bytes = SUPPLIER) -> dict[str, object]:
    path = next(
        each.encoded
        for each in keys().authorities()
        if each.subject == keys().require_certificate(party, "ds").issuer
    )
    return {
        "RemotePartyRole": "Supplier",
        "RemotePartyFloorSeqNumber": 0,
        "ReplacementCertificates": {
            "DigitalSigningCertificate": keys().require_certificate(party, "ds").encoded,
            "KeyAgreementCertificate": keys().require_certificate(party, "ka").encoded,
            "KeyAgreementTopUpCertificate": keys().require_certificate(party, "pp-ka").encoded,
        },
        "CertificationPathCertificates": {"Certificate": (path,)},
        "ApplyTimeBasedCPVChecks": True,
    }


def outcome(counter: int, party: bytes, status: int = 0) -> Outcome:
    cell = CellOutcome(CellIdentifier(*PARTY), status, (BROKER, bytes(8)), (party, bytes(8)))
    return Outcome(counter, credentials_update.SUPPLIER_BY_SUPPLIER, (), (cell,))


def test_a_handover_is_signed_by_the_broker_and_makes_the_user_known():
    dcc, user = commissioned(make_dcc()), User()
    dcc.store.inventory.set_holder(ESME, roles.SUPPLIER, BROKER)
    hub = Hub(dcc)
    user.ask(dcc, user.request("4.16"))
    ((_, read),) = hub.take()
    assert read.header.supplementary_remote_party == SUPPLIER

    assert user.ask(dcc, user.request("6.21", fields=replacement())).code == "I99"
    ((_, command),) = hub.take()
    assert command.header.originator == BROKER
    assert command.header.supplementary_remote_party == b""
    protection.check_signature(SUITE, keys().require_public_key(BROKER, "ds"), command)
    update = CredentialsUpdate.decode(command.payload)
    assert update.control.sequence_number == command.header.originator_counter
    assert len(update.replacements) == 3

    payload = credentials_update.encode_response(outcome(1, SUPPLIER))
    hub.bring(ESME, protected(response_header(command), payload))
    assert dcc.store.inventory.holder(ESME, roles.SUPPLIER) == SUPPLIER
    user.ask(dcc, user.request("4.16"))
    ((_, read),) = hub.take()
    assert read.header.originator == SUPPLIER


def test_a_replacement_that_fails_changes_nothing():
    dcc, user = commissioned(make_dcc()), User()
    hub = Hub(dcc)
    user.ask(dcc, user.request("6.21", fields=replacement()))
    ((_, command),) = hub.take()
    failed = outcome(1, SUPPLIER, credentials.BAD_CERTIFICATE)
    payload = credentials_update.encode_response(failed)
    hub.bring(ESME, protected(response_header(command), payload))
    assert dcc.store.inventory.holder(ESME, roles.SUPPLIER) is None
    assert len(delivered(dcc)) == 1


def test_the_broker_learns_from_credential_details():
    dcc, user = commissioned(make_dcc()), User()
    hub = Hub(dcc)
    asked = {"RemotePartyRole": ("Supplier", "NetworkOperator")}
    assert user.ask(dcc, user.request("6.24.1", fields=asked)).code == "I99"
    ((_, command),) = hub.take()
    cell = CellDetails(roles.DIGITAL_SIGNATURE, roles.MANAGEMENT, SUPPLIER_2, bytes(8))
    payload = credentials.encode_details(
        [RoleDetails(roles.SUPPLIER, 0, 1, (cell,)), RoleDetails(roles.NETWORK_OPERATOR, 10)]
    )
    hub.bring(ESME, protected(response_header(command), payload))
    assert dcc.store.inventory.holder(ESME, roles.SUPPLIER) == SUPPLIER_2
    # ECS17b is for parties that the meter knows.
    assert user.ask(dcc, user.request("4.1.1")).code == "E4"


def test_a_future_dated_change_is_told_by_its_alert():
    dcc, user = commissioned(make_dcc()), User()
    hub = Hub(dcc)
    at = NOW + 86_400
    given = replacement()
    fields = {
        **given,
        "ExecutionDateTime": at,
        "ReplacementCertificates": {
            "SupplierOrNetworkOperatorCertificates": given["ReplacementCertificates"]
        },
    }
    request = user.request("6.15.1", fields=fields)
    user.ask(dcc, user.sign_pre_command(request, user.ask(dcc, request)))
    ((_, command),) = hub.take()
    assert CredentialsUpdate.decode(command.payload).activation == at
    payload = credentials_update.encode_response(None)
    hub.bring(ESME, protected(response_header(command), payload))
    assert dcc.store.inventory.holder(ESME, roles.SUPPLIER) is None

    counter = request.request_id.counter
    stamp = element(GENERALIZED_TIME, b"20260201000000Z")
    told = integer(0x8F66) + stamp + outcome(counter, SUPPLIER_2).encode()
    header = GroupingHeader(grouping.ALERT, 5, ESME, SUPPLIER, 0x00CB)
    hub.bring(ESME, protected(header, element(SEQUENCE, told, long_form=True)), at)
    (_, (party, alert)) = delivered(dcc, at)
    assert party == SUPPLIER
    assert alert.request_id == request.request_id
    message = alert.fields["FutureDatedDeviceAlertMessage"]
    assert message["FutureDatedAlertCode"] == "8F66"
    assert (message["InstructionNumber"], message["TotalCommandInstructions"]) == (1, 1)
    assert dcc.store.inventory.holder(ESME, roles.SUPPLIER) == SUPPLIER_2


def test_what_is_no_certificate_is_not_put_into_a_command():
    dcc, user = commissioned(make_dcc()), User()
    fields = replacement()
    fields["ReplacementCertificates"] = {"DigitalSigningCertificate": b"\x30\x03\x02\x01\x01"}
    answered = user.post(dcc, user.request("6.21", fields=fields))
    assert answered.status == 400
    assert Hub(dcc).take() == []
