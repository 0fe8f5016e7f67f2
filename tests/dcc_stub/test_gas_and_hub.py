"""Gas meter, gas proxy and hub in the inventory: joins, device logs, statuses, alerts."""

from __future__ import annotations

import pytest

from dcc_stub.duis.services import Role
from dcc_stub.engine import DccStub
from dcc_stub.inventory.device import Device
from dcc_stub.inventory.status import Status
from smets.dlms import data as axdr
from smets.dlms.date_time import encode as encode_date_time
from smets.dlms.notification import DataNotification
from smets.gbcs import der, grouping
from smets.gbcs.gbz import Gbz, GbzAlert
from smets.gbcs.grouping import GroupingHeader
from smets.gbcs.message import Message
from tests.dcc_stub.lab import (
    BROKER,
    CHF,
    CLOCK,
    DAY,
    ESME,
    GPF,
    GSME,
    MPRN,
    NETWORK_OPERATOR,
    NOW,
    OTHER_USER,
    SUPPLIER,
    SUPPLIER_2,
    Hub,
    User,
    answer,
    delivered,
    gas_commissioned,
    make_dcc,
    protected,
    response_header,
    send,
)

PPMID = bytes.fromhex("00db1234567890a4")
OLD_CHF = bytes.fromhex("00db123456789095")
OLD_GPF = bytes.fromhex("00db1234567890b3")
MPAN = "1312345678111"
EXTENDED_PAN_ID = bytes.fromhex("0001020304050607")
HASH = bytes(range(16))


def respond(dcc: DccStub, command: Message, payload: bytes) -> None:
    octets = protected(response_header(command), payload)
    Hub(dcc).bring(command.header.recipient, octets)


def status(dcc: DccStub, eui: bytes) -> Status:
    device = dcc.store.inventory.find(eui)
    assert device is not None
    return device.status


def alert(device: bytes, recipient: bytes, code: int, payload: bytes, counter: int = 7) -> bytes:
    return protected(GroupingHeader(grouping.ALERT, counter, device, recipient, code), payload)


def device_log_alert(*euis: bytes, counter: int = 7, device: bytes = CHF) -> bytes:
    entries = tuple(
        (axdr.STRUCTURE, ((axdr.OCTET_STRING, eui), (axdr.OCTET_STRING, HASH))) for eui in euis
    )
    time = (axdr.OCTET_STRING, encode_date_time(NOW))
    log = (axdr.STRUCTURE, (time, (axdr.OCTET_STRING, EXTENDED_PAN_ID), (axdr.ARRAY, entries)))
    body = (axdr.STRUCTURE, ((axdr.LONG_UNSIGNED, 0x8F12), time, log))
    return alert(device, BROKER, 0x0018, DataNotification(counter, body).encode(), counter)


def gpf_backup(*devices: tuple[bytes, int]) -> bytes:
    entries = b"".join(
        der.element(der.SEQUENCE, der.octet_string(eui) + der.integer(kind))
        for eui, kind in devices
    )
    time = der.element(der.GENERALIZED_TIME, b"20260131000000Z")
    log = der.element(der.SEQUENCE, entries)
    return der.element(der.SEQUENCE, der.integer(0x8071) + time + log)


def test_a_gas_meter_goes_from_the_notification_to_commissioned():
    dcc, user = make_dcc(), User()
    details = {"DeviceManufacturer": "AB01", "DeviceModel": "010A030B"}
    notified = {"DeviceID": GSME, "DeviceType": "GSME", **details}
    assert user.ask(dcc, user.request("12.2", BROKER, notified)).code == "I99"
    assert status(dcc, GSME) is Status.PENDING
    added = {"JoinTimePeriod": 90, "InstallCode": bytes(16), "ImportMPxN": MPRN}
    fields = {"DeviceID": GSME, "RequestType": "Add", "AddDeviceToCHFWhitelist": added}
    command = send(dcc, user, "8.11", CHF, fields)
    Hub(dcc).bring(CHF, answer(command))
    assert status(dcc, GSME) is Status.WHITELISTED
    dcc.device_joined(CHF, GSME)
    assert status(dcc, GSME) is Status.INSTALLED_NOT_COMMISSIONED
    clock = der.element(der.GENERALIZED_TIME, b"20260131000000Z")
    for reliable, expected in (
        (2, Status.INSTALLED_NOT_COMMISSIONED),
        (0, Status.COMMISSIONED),
    ):
        command = send(dcc, user, "8.1.1", GSME, CLOCK)
        assert command.header.message_code == 0x007F
        respond(dcc, command, der.element(der.SEQUENCE, clock + der.integer(reliable)))
        assert status(dcc, GSME) is expected
    # who installs a gas meter supplies gas there: another supplier may not ask
    other = User(SUPPLIER_2)
    assert other.ask(dcc, other.request("4.1.1", GSME)).code == "E4"


@pytest.mark.parametrize(
    ("party", "variant", "target", "fields", "code"),
    [
        (SUPPLIER, "4.1.1", GSME, {}, "I99"),
        (NETWORK_OPERATOR, "4.1.1", GPF, {}, "I99"),
        (NETWORK_OPERATOR, "4.6.1", GSME, DAY, "E2"),
        (OTHER_USER, "4.8.1", GPF, DAY, "I99"),
        (OTHER_USER, "4.1.1", GPF, {}, "E2"),
        (SUPPLIER, "4.17", GSME, DAY, "E11"),
        (SUPPLIER, "7.2", GPF, {}, "E11"),
        (SUPPLIER, "7.1", GSME, {}, "E11"),
        (NETWORK_OPERATOR, "7.2", GSME, {}, "E2"),
        (SUPPLIER, "8.7.2", GSME, {"OtherDeviceID": GPF}, "I99"),
        (SUPPLIER, "8.7.2", GSME, {"OtherDeviceID": b"\x01" * 8}, "E19"),
        (SUPPLIER, "8.7.2", GSME, {"OtherDeviceID": CHF}, "E11"),
        (SUPPLIER, "8.7.1", GSME, {"OtherDeviceID": GPF}, "E11"),
        (NETWORK_OPERATOR, "8.7.2", GSME, {"OtherDeviceID": GPF}, "E2"),
        (SUPPLIER, "8.12.1", CHF, {"OldCHFID": b"\x01" * 8}, "E19"),
        (SUPPLIER, "8.9", CHF, {"ReadSecurityDetails": {}}, "I99"),
        (SUPPLIER, "8.9", GPF, {}, "I99"),
    ],
)
def test_who_may_ask_what_of_gas_devices_and_hub(party, variant, target, fields, code):
    dcc, user = gas_commissioned(make_dcc()), User(party)
    request = user.request(variant, target, fields)
    expected = "I0" if request.command_variant == 4 and code == "I99" else code
    assert user.ask(dcc, request).code == expected


def test_a_join_is_known_until_the_devices_part():
    dcc, user = gas_commissioned(make_dcc()), User()
    inventory = dcc.store.inventory
    dcc.store.inventory.put(Device(PPMID, "PPMID", Status.WHITELISTED, hub=CHF))
    respond(dcc, send(dcc, user, "8.7.2", GSME, {"OtherDeviceID": GPF}), der.integer(2))
    assert inventory.joined_with(GSME) == []
    respond(dcc, send(dcc, user, "8.7.2", GSME, {"OtherDeviceID": GPF}), der.integer(0))
    respond(dcc, send(dcc, user, "8.7.2", GPF, {"OtherDeviceID": GSME}), der.integer(0))
    respond(dcc, send(dcc, user, "8.7.2", GPF, {"OtherDeviceID": PPMID}), der.integer(0))
    assert inventory.joined_with(GSME) == [GPF]
    assert inventory.joined_with(GPF) == [GSME, PPMID]
    # nobody sets the clock of a display, so that its join is all there is to commission
    assert status(dcc, PPMID) is Status.COMMISSIONED
    assert status(dcc, GPF) is Status.INSTALLED_NOT_COMMISSIONED
    respond(dcc, send(dcc, user, "8.8.2", GPF, {"OtherDeviceID": PPMID}), der.integer(0))
    assert inventory.joined_with(PPMID) == []
    # the device's own word counts
    entry = der.element(der.SEQUENCE, der.octet_string(PPMID) + der.integer(5))
    log = der.integer(0) + der.element(der.SEQUENCE, entry)
    respond(dcc, send(dcc, user, "8.9", GPF), der.element(der.SEQUENCE, log))
    assert inventory.joined_with(GPF) == [PPMID]
    # a device that leaves the hub's log is joined with nobody
    fields = {"DeviceID": PPMID, "RequestType": "Remove"}
    Hub(dcc).bring(CHF, answer(send(dcc, user, "8.11", CHF, fields)))
    assert inventory.joined_with(GPF) == []


@pytest.mark.parametrize("payload", [b"", b"\x02\x01", b"\x30\x80", b"\x02\x01\x00\x00", b"\xff"])
def test_a_join_response_that_is_none_changes_nothing_and_reaches_its_user(payload: bytes):
    dcc, user = gas_commissioned(make_dcc()), User()
    respond(dcc, send(dcc, user, "8.7.2", GSME, {"OtherDeviceID": GPF}), payload)
    assert dcc.store.inventory.joined_with(GSME) == []
    ((party, response),) = delivered(dcc)
    assert (party, response.code) == (SUPPLIER, "I0")


def test_a_new_hub_gets_the_log_that_the_old_one_told():
    dcc, user = gas_commissioned(make_dcc(), hub=OLD_CHF), User()
    inventory = dcc.store.inventory
    inventory.put(Device(OLD_CHF, "CHF", Status.COMMISSIONED))
    fields = {"OldCHFID": OLD_CHF}
    answered = user.post(dcc, user.request("8.12.1", CHF, fields))
    assert (answered.status, b"device log" in answered.body) == (409, True)
    told = device_log_alert(GSME, b"\x01" * 8)
    inventory.keep_device_log(OLD_CHF, Message.decode(told).payload)
    command = send(dcc, user, "8.12.1", CHF, fields)
    assert GSME + bytes((axdr.OCTET_STRING, 16)) + HASH in command.payload
    assert EXTENDED_PAN_ID in command.payload
    Hub(dcc).bring(CHF, answer(command, 1))
    assert inventory.find(GSME).hub == OLD_CHF
    Hub(dcc).bring(CHF, answer(send(dcc, user, "8.12.1", CHF, fields)))
    assert inventory.find(GSME).hub == CHF


def test_a_new_gas_proxy_gets_the_log_that_the_old_one_told():
    dcc, user = gas_commissioned(make_dcc()), User()
    inventory = dcc.store.inventory
    inventory.put(Device(OLD_GPF, "GPF", Status.COMMISSIONED, hub=CHF))
    request = user.request("8.12.2", GPF, {"OldGPFID": OLD_GPF})
    assert user.post(dcc, request).status == 409
    inventory.keep_device_log(OLD_GPF, gpf_backup((GSME, 0), (PPMID, 5)))
    command = send(dcc, user, "8.12.2", GPF, {"OldGPFID": OLD_GPF})
    assert command.header.originator == BROKER
    entries = command.payload[4:]
    assert entries == b"".join(
        bytes.fromhex("300d0408") + eui + b"\x02\x01" + bytes((kind,))
        for eui, kind in ((GSME, 0), (PPMID, 5))
    )


def test_a_changed_device_log_is_kept_and_told_to_the_suppliers_of_the_home():
    dcc = gas_commissioned(make_dcc(), import_mpxn=MPRN)
    inventory = dcc.store.inventory
    inventory.put(Device(ESME, "ESME", Status.COMMISSIONED, hub=CHF, import_mpxn=MPAN))
    inventory.register(MPRN, Role.GAS_SUPPLIER, SUPPLIER)
    inventory.register(MPAN, Role.IMPORT_SUPPLIER, SUPPLIER_2)
    octets = device_log_alert(GSME, ESME)
    Hub(dcc).bring(CHF, octets)
    Hub(dcc).bring(CHF, octets)
    found = delivered(dcc)
    assert {party for party, _ in found} == {SUPPLIER, SUPPLIER_2}
    assert len(found) == 2
    for _, response in found:
        assert response.message == "DeviceAlertMessage"
        assert response.fields["AlertCode"] == b"\x8f\x12"
        assert response.gbcs_message == octets
    assert inventory.device_log(CHF) == Message.decode(octets).payload
    Hub(dcc).bring(CHF, device_log_alert(GSME, counter=8))
    assert ESME not in (inventory.device_log(CHF) or b"")


def test_a_gas_proxys_backup_stays_with_the_dcc():
    dcc = gas_commissioned(make_dcc())
    payload = gpf_backup((GSME, 0))
    Hub(dcc).bring(GPF, alert(GPF, BROKER, 0x00B2, payload))
    assert delivered(dcc) == []
    assert dcc.store.inventory.device_log(GPF) == payload


def test_an_alert_of_a_gas_meter_reaches_the_supplier_it_names():
    dcc = gas_commissioned(make_dcc())
    payload = GbzAlert(0, 0x81A0, NOW, b"", ()).encode()
    Hub(dcc).bring(GSME, alert(GSME, SUPPLIER, 0x1001, payload))
    ((party, response),) = delivered(dcc)
    assert (party, response.fields["AlertCode"]) == (SUPPLIER, b"\x81\xa0")


@pytest.mark.parametrize("code", [0x0018, 0x00B2])
@pytest.mark.parametrize(
    "payload", [b"", b"\x30", b"\x0f", b"\x30\x03\x02\x01\x01", b"\x01\x09\x00", bytes(200)]
)
def test_a_device_log_that_is_none_is_not_kept(code: int, payload: bytes):
    dcc = gas_commissioned(make_dcc())
    sender = CHF if code == 0x0018 else GPF
    Hub(dcc).bring(sender, alert(sender, BROKER, code, payload))
    assert dcc.store.inventory.device_log(sender) is None


def test_a_hub_that_came_by_itself_is_notified_afterwards_with_its_gas_proxy():
    dcc, user = make_dcc(), User()
    details = {"DeviceManufacturer": "AB01", "DeviceModel": "010A030B"}
    notified = {"DeviceID": CHF, "DeviceType": "CHF", **details}
    wrong = {**notified, "DeviceType": "ESME"}
    assert user.ask(dcc, user.request("12.2", BROKER, wrong)).code == "E11"
    fields = {**notified, "AssociatedGPFDeviceID": GPF}
    assert user.ask(dcc, user.request("12.2", BROKER, fields)).code == "I99"
    assert (status(dcc, CHF), status(dcc, GPF)) == (
        Status.COMMISSIONED,
        Status.INSTALLED_NOT_COMMISSIONED,
    )
    gpf = dcc.store.inventory.find(GPF)
    assert (gpf.hub, gpf.manufacturer) == (CHF, "AB01")
    assert user.ask(dcc, user.request("12.2", BROKER, fields)).code == "E5"


def test_the_number_of_samples_is_that_of_the_period_and_no_more_than_the_log_holds():
    dcc, user = gas_commissioned(make_dcc()), User()
    for period, number in (
        (DAY, 49),
        ({"ReadLogPeriod": {"StartDateTime": 0, "EndDateTime": NOW}}, 19_056),
    ):
        command = send(dcc, user, "4.8.1", GSME, period)
        (component,) = Gbz.decode(command.payload).components
        assert int.from_bytes(component.payload[-2:], "little") == number


def test_a_gas_meter_may_sleep_over_a_wake_before_its_command_is_given_up():
    dcc, user = gas_commissioned(make_dcc()), User()
    settings = dcc.context.settings
    user.ask(dcc, user.request("4.1.1", GSME))
    user.ask(dcc, user.request("4.1.1", GPF))
    assert dcc.poll(NOW + settings.response_timeout) == 1
    late = NOW + settings.sleep + settings.response_timeout
    assert dcc.poll(late - 1) == 0
    assert dcc.poll(late) == 1
    targets = [response.request_id.target for _, response in delivered(dcc, late)]
    assert targets == [GPF, GSME]


def test_an_mprn_is_set_on_a_gas_meter_and_mpans_are_not():
    dcc, user = gas_commissioned(make_dcc()), User()
    command = send(dcc, user, "6.20.1", GSME, {"ImportMPRN": MPRN})
    assert command.payload.endswith(bytes((len(MPRN),)) + MPRN.encode())
    for fields in ({"ImportMPRN": "12345678x"}, {"ImportMPANs": {"ImportMPAN": MPAN}}):
        assert user.post(dcc, user.request("6.20.1", GSME, fields)).status == 400


INSTALLED = {
    "DeviceID": CHF,
    "CHFInstallType": "New CHF Install",
    "MPxN": MPAN,
    "AerialInstall": True,
    "CHFLocation": "Deep indoors",
}
RETURNED = {"DeviceID": CHF, "CHFNoFaultReturnType": "Lost or Stolen Hub"}


def test_a_hub_is_installed_and_goes_back_with_its_gas_proxy():
    dcc, user = gas_commissioned(make_dcc()), User()
    inventory = dcc.store.inventory
    inventory.put(Device(OLD_CHF, "CHF", Status.PENDING, associated_gpf=OLD_GPF))
    inventory.put(Device(OLD_GPF, "GPF", Status.PENDING))

    def ask(variant: str, fields: dict) -> str:
        return user.ask(dcc, user.request(variant, BROKER, fields)).code

    assert ask("8.14.1", {**INSTALLED, "DeviceID": OLD_CHF}) == "I99"
    assert status(dcc, OLD_CHF) is Status.INSTALLED_NOT_COMMISSIONED
    assert ask("8.14.1", INSTALLED) == "I99"
    assert status(dcc, CHF) is Status.COMMISSIONED
    assert ask("8.14.4", {**RETURNED, "DeviceID": OLD_CHF}) == "I99"
    assert {status(dcc, OLD_CHF), status(dcc, OLD_GPF)} == {Status.DECOMMISSIONED}
    assert not dcc.hub_connected(OLD_CHF)
    assert ask("8.14.1", {**INSTALLED, "DeviceID": OLD_CHF}) == "E5"
    assert ask("8.14.4", {**RETURNED, "DeviceID": GSME}) == "E11"
    assert ask("8.14.4", {**RETURNED, "DeviceID": b"\x01" * 8}) == "E19"
    stranger = User(NETWORK_OPERATOR)
    answered = stranger.ask(dcc, stranger.request("8.14.4", BROKER, RETURNED))
    assert answered.code == "E2"
