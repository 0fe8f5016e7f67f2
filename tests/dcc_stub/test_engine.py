"""Requests through the engine: what comes back at once, what goes out, what comes later."""

from __future__ import annotations

import pytest

from dcc_stub.broker.settings import Settings
from dcc_stub.duis.identifiers import RequestId
from dcc_stub.inventory.status import Status
from smets.dlms import data as axdr
from smets.dlms.date_time import encode as encode_date_time
from smets.dlms.notification import DataNotification
from smets.gbcs import grouping, protection
from smets.gbcs.grouping import GroupingHeader
from smets.gbcs.message import Message
from tests.dcc_stub.lab import (
    BROKER,
    CHF,
    CLOCK,
    ESME,
    NETWORK_OPERATOR,
    NOW,
    OTHER_USER,
    SUITE,
    SUPPLIER,
    SUPPLIER_2,
    Hub,
    User,
    access_response,
    answer,
    commissioned,
    delivered,
    keys,
    make_dcc,
    protected,
    response_header,
)

ADD_DEVICE = {
    "DeviceID": ESME,
    "RequestType": "Add",
    "AddDeviceToCHFWhitelist": {
        "JoinTimePeriod": 90,
        "InstallCode": bytes(16),
        "ImportMPxN": "1312345678111",
    },
}


def test_a_read_is_accepted_sent_and_answered_at_the_webhook():
    dcc, user = commissioned(make_dcc()), User()
    request = user.request("4.1.1")
    assert user.ask(dcc, request).code == "I99"
    ((device, command),) = Hub(dcc).take()
    assert device == ESME
    secret = SUITE.shared_secret(
        keys().require_private_key(ESME, "ka"), keys().require_public_key(BROKER, "ka")
    )
    protection.check_mac(SUITE, secret, command)
    octets = answer(command)
    Hub(dcc).bring(ESME, octets)
    ((party, response),) = delivered(dcc)
    assert party == SUPPLIER
    assert response.code == "I0"
    assert response.request_id == request.request_id
    assert response.response_id == RequestId(ESME, SUPPLIER, request.request_id.counter)
    assert response.gbcs_message == octets


def test_a_critical_command_goes_out_with_the_users_signature():
    dcc, user = commissioned(make_dcc()), User()
    request = user.request("7.1")
    transformed = user.ask(dcc, request)
    assert transformed.code == "I0"
    assert transformed.fields["PreCommand"]["GBCSVersion"] == "4.3"
    hub = Hub(dcc)
    assert hub.take() == []
    assert user.ask(dcc, user.sign_pre_command(request, transformed)).code == "I99"
    ((_, command),) = hub.take()
    protection.check_signature(SUITE, keys().require_public_key(SUPPLIER, "ds"), command)
    hub.bring(ESME, answer(command))
    ((_, response),) = delivered(dcc)
    assert response.request_id == request.request_id


def test_a_pre_command_without_its_last_octet_is_taken_too():
    """DCC Boxed before 1.4.1 left out the length of the absent signature."""
    dcc, user = commissioned(make_dcc()), User()
    request = user.request("7.2")
    transformed = user.ask(dcc, request)
    short = transformed.fields["PreCommand"]["GBCSPayload"][:-1]
    transformed.fields["PreCommand"]["GBCSPayload"] = short
    assert user.ask(dcc, user.sign_pre_command(request, transformed)).code == "I99"


def test_a_command_can_be_returned_for_local_delivery():
    dcc, user = commissioned(make_dcc()), User()
    response = user.ask(dcc, user.request("4.1.1", command_variant=2))
    command = Message.decode(response.fields["LocalCommand"]["GBCSPayload"])
    assert command.header.message_code == 0x0027
    assert Hub(dcc).take() == []


def test_an_unknown_remote_party_is_spoken_for_and_its_response_finds_it():
    dcc, user = commissioned(make_dcc()), User(OTHER_USER)
    period = {"ReadLogPeriod": {"StartDateTime": NOW - 86_400, "EndDateTime": NOW}}
    request = user.request("4.8.1", fields=period)
    assert user.ask(dcc, request).code == "I99"
    hub = Hub(dcc)
    ((_, command),) = hub.take()
    header = command.header
    assert header.originator == BROKER
    assert header.supplementary_remote_party == OTHER_USER
    assert header.supplementary_remote_party_counter == request.request_id.counter
    certificate = keys().require_certificate(OTHER_USER, "ka")
    assert header.supplementary_certificate == certificate.encoded
    hub.bring(ESME, answer(command, 3))
    ((party, response),) = delivered(dcc)
    assert (party, response.request_id) == (OTHER_USER, request.request_id)


def test_the_brokers_counter_never_repeats(tmp_path):
    path = tmp_path / "dcc.sqlite"
    seen = []
    user = User(OTHER_USER)
    for _ in range(3):
        dcc = commissioned(make_dcc(path))
        for _ in range(2):
            user.ask(dcc, user.request("6.2.4"))
        seen += [message.header.originator_counter for _, message in Hub(dcc).take()]
        dcc.store.close()
    assert seen == sorted(set(seen))
    assert len(seen) == 6


def test_installing_and_commissioning_move_the_status():
    dcc, user = make_dcc(), User()
    hub = Hub(dcc)
    notify = {
        "DeviceID": ESME,
        "DeviceManufacturer": "AB01",
        "DeviceModel": "010A030B",
        "DeviceType": "ESME",
        "SMETSCHTSVersion": "SMETS V5.1",
        "ESMEVariant": "AD",
    }
    assert user.ask(dcc, user.request("12.2", BROKER, notify)).code == "I99"
    assert _status(dcc) is Status.PENDING
    assert user.ask(dcc, user.request("4.1.1")).code == "E5"

    assert user.ask(dcc, user.request("8.11", CHF, ADD_DEVICE)).code == "I99"
    ((device, command),) = hub.take()
    assert (device, command.header.originator) == (CHF, BROKER)
    assert _status(dcc) is Status.PENDING
    hub.bring(CHF, answer(command))
    assert _status(dcc) is Status.WHITELISTED
    dcc.device_joined(CHF, ESME)
    assert _status(dcc) is Status.INSTALLED_NOT_COMMISSIONED

    request = user.request("8.1.1", fields=CLOCK)
    signed = user.sign_pre_command(request, user.ask(dcc, request))
    assert user.ask(dcc, signed).code == "I99"
    ((_, command),) = hub.take()
    hub.bring(ESME, answer(command))
    assert _status(dcc) is Status.COMMISSIONED

    inventory = user.ask(dcc, user.request("8.2", BROKER, {"DeviceID": ESME}))
    records = {each["DeviceID"]: each for each in inventory.fields["DSPInventory"]["Device"]}
    assert records[ESME]["DeviceStatus"] == "Commissioned"
    assert records[ESME]["ImportMPxN"] == "1312345678111"
    assert records[ESME]["DeviceGBCSVersion"] == "4.1"
    assert CHF in records


def test_a_device_that_refuses_is_not_whitelisted_or_commissioned():
    dcc, user = make_dcc(), User()
    hub = Hub(dcc)
    commissioned(dcc, status=Status.PENDING, hub=None)
    user.ask(dcc, user.request("8.11", CHF, ADD_DEVICE))
    ((_, command),) = hub.take()
    hub.bring(CHF, answer(command, [0, 3, 0]))
    assert _status(dcc) is Status.PENDING

    commissioned(dcc, status=Status.INSTALLED_NOT_COMMISSIONED)
    request = user.request("8.1.1", fields=CLOCK)
    user.ask(dcc, user.sign_pre_command(request, user.ask(dcc, request)))
    ((_, command),) = hub.take()
    hub.bring(ESME, answer(command, [0, 3, 0, 0, 0]))
    assert _status(dcc) is Status.INSTALLED_NOT_COMMISSIONED


def test_a_supplier_that_is_not_registered_is_not_authorised():
    dcc, user = make_dcc(), User()
    hub = Hub(dcc)
    commissioned(dcc, status=Status.PENDING, hub=None)
    user.ask(dcc, user.request("8.11", CHF, ADD_DEVICE))
    ((_, command),) = hub.take()
    hub.bring(CHF, answer(command))
    dcc.device_joined(CHF, ESME)
    other, operator = User(SUPPLIER_2), User(NETWORK_OPERATOR)
    assert other.ask(dcc, other.request("4.1.1")).code == "E4"
    assert user.ask(dcc, user.request("4.1.1")).code == "I99"
    assert operator.ask(dcc, operator.request("4.1.1")).code == "I99"


def test_a_future_dated_command_waits_at_the_dcc():
    dcc, user = commissioned(make_dcc()), User()
    at = NOW + 3600
    request = user.request("4.1.1", fields={"ExecutionDateTime": at})
    assert user.ask(dcc, request).code == "I99"
    assert Hub(dcc).take(at - 1) == []
    later = user.request("4.1.1")
    user.ask(dcc, later)
    assert len(Hub(dcc).take(NOW)) == 1
    assert len(Hub(dcc).take(at)) == 1


@pytest.mark.parametrize(
    ("stored", "future", "code"),
    [(False, False, "E20"), (True, False, "E21"), (True, True, "E30")],
)
def test_a_command_without_response_is_given_up(stored: bool, future: bool, code: str):
    dcc, user = commissioned(make_dcc(settings=Settings(response_timeout=60))), User()
    at = NOW + 3600 if future else NOW
    request = user.request("4.1.1", fields={"ExecutionDateTime": at} if future else {})
    user.ask(dcc, request)
    if stored:
        ((_, command),) = Hub(dcc).take(at)
    assert dcc.poll(at + 59) == 0
    assert dcc.poll(at + 60) == 1
    ((party, response),) = delivered(dcc, at + 60)
    assert (party, response.code, response.request_id) == (SUPPLIER, code, request.request_id)
    assert Hub(dcc).take(at + 61) == []
    if stored:
        Hub(dcc).bring(ESME, answer(command), at + 62)
        assert delivered(dcc, at + 62) == []


def test_a_command_that_the_hub_cannot_deliver_fails_at_once():
    dcc, user = commissioned(make_dcc()), User()
    request = user.request("4.1.1")
    user.ask(dcc, request)
    outbox = dcc.store.wan
    (waiting,) = outbox.waiting(CHF, NOW)
    dcc.wan_acknowledged(CHF, outbox.identifier(waiting.id), "not in the device log", NOW)
    ((_, response),) = delivered(dcc)
    assert response.code == "E20"


def test_repeated_messages_of_a_hub_are_taken_once():
    dcc, user = commissioned(make_dcc()), User()
    user.ask(dcc, user.request("4.1.1"))
    ((_, command),) = Hub(dcc).take()
    octets = answer(command)
    for _ in range(3):
        dcc.wan_message(CHF, "the same", ESME, octets, NOW)
    dcc.wan_message(CHF, "another", ESME, octets, NOW)
    assert len(delivered(dcc)) == 1


def test_an_alert_goes_to_the_party_it_names_once():
    dcc = commissioned(make_dcc())
    header = GroupingHeader(grouping.ALERT, 77, ESME, SUPPLIER, 0x0067)
    when = encode_date_time(NOW)
    body = (
        axdr.STRUCTURE,
        ((axdr.LONG_UNSIGNED, 0x8F35), (axdr.OCTET_STRING, when), (axdr.OCTET_STRING, when)),
    )
    octets = protected(header, DataNotification(77, body).encode())
    for _ in range(2):
        Hub(dcc).bring(ESME, octets)
        dcc.wan_message(CHF, "again", ESME, octets, NOW)
    ((party, response),) = delivered(dcc)
    assert party == SUPPLIER
    assert response.message == "DeviceAlertMessage"
    assert response.fields["AlertCode"] == bytes.fromhex("8f35")
    assert response.gbcs_message == octets


def test_an_unusual_request_is_held_back_and_its_user_told():
    dcc = commissioned(make_dcc(anomaly=lambda request, now: request.service.variant == "7.2"))
    user = User()
    request = user.request("7.2")
    user.ask(dcc, user.sign_pre_command(request, user.ask(dcc, request)))
    assert Hub(dcc).take() == []
    ((party, response),) = delivered(dcc)
    assert party == SUPPLIER
    assert response.fields["DCCAlertCode"] == "AD1"
    breach = response.fields["DCCAlert"]["QuarantinedRequest"]["ADUserThresholdBreach"]
    assert breach["RequestID"] == request.request_id
    assert user.ask(dcc, user.request("4.1.1")).code == "I99"


def test_responses_that_are_not_the_devices_are_dropped():
    dcc, user = commissioned(make_dcc()), User(OTHER_USER)
    user.ask(dcc, user.request("6.2.4"))
    hub = Hub(dcc)
    ((_, command),) = hub.take()
    right = answer(command)
    wrong_mac = right[:-1] + bytes((right[-1] ^ 1,))
    unprotected = Message(response_header(command), access_response(command)).encode()
    for octets in (wrong_mac, unprotected, b"", b"\xff" * 40, right[:-20]):
        hub.bring(ESME, octets)
    hub.bring(CHF, right)
    assert delivered(dcc) == []
    hub.bring(ESME, right)
    assert len(delivered(dcc)) == 1


def test_a_hub_may_not_speak_for_anothers_device():
    dcc, user = commissioned(make_dcc()), User()
    user.ask(dcc, user.request("4.1.1"))
    ((_, command),) = Hub(dcc).take()
    Hub(dcc, b"\x01" * 8).bring(ESME, answer(command))
    assert delivered(dcc) == []


def test_documents_are_tried_again_and_end_as_dead_letters():
    settings = Settings(first_retry=2, longest_retry=5, delivery_attempts=4)
    dcc, user = commissioned(make_dcc(settings=settings)), User()
    user.ask(dcc, user.request("4.1.1"))
    ((_, command),) = Hub(dcc).take()
    Hub(dcc).bring(ESME, answer(command))
    now, waits = NOW, []
    for attempt in range(4):
        (delivery,) = dcc.store.deliveries.waiting(now)
        assert delivery.attempts == attempt
        dcc.delivery_failed(delivery.id, delivery.attempts, "no answer", now)
        wait = next((w for w in range(1, 9) if dcc.store.deliveries.waiting(now + w)), None)
        waits.append(wait)
        now += wait or 0
    assert waits == [2, 4, 5, None]
    assert [reason for _, _, reason in dcc.store.deliveries.dead()] == ["no answer"]


def _status(dcc) -> Status:
    device = dcc.store.inventory.find(ESME)
    assert device is not None
    return device.status
