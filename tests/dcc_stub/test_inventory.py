"""The inventory requests: 12.2, 8.2 and 8.4."""

from __future__ import annotations

from typing import Any

import pytest

from dcc_stub.engine import DccStub
from dcc_stub.inventory.device import Device
from dcc_stub.inventory.status import Status
from dcc_stub.transform.versions import NEWEST, Version, gbcs_version
from keys import parties
from tests.dcc_stub.lab import BROKER, CHF, ESME, User, commissioned, make_dcc

GPF = parties.GPF.eui
NOTIFICATION = {
    "DeviceID": ESME,
    "DeviceManufacturer": "AB01",
    "DeviceModel": "010A030B",
    "DeviceType": "ESME",
}


def ask(dcc: DccStub, variant: str, fields: dict[str, Any], user: User) -> str:
    return user.ask(dcc, user.request(variant, BROKER, fields)).code


@pytest.mark.parametrize(
    ("status", "change", "code", "after"),
    [
        (Status.PENDING, {"DeleteDevice": {}}, "I99", None),
        (Status.COMMISSIONED, {"DeleteDevice": {}}, "E5", Status.COMMISSIONED),
        (
            Status.WHITELISTED,
            {"UpdateDeviceStatusExceptCH": "InstalledNotCommissioned"},
            "I99",
            Status.INSTALLED_NOT_COMMISSIONED,
        ),
        (
            Status.COMMISSIONED,
            {"UpdateDeviceStatusExceptCH": "Pending"},
            "E5",
            Status.COMMISSIONED,
        ),
        (Status.PENDING, {"UpdateDeviceStatusCH": "Commissioned"}, "E11", Status.PENDING),
    ],
)
def test_status_changes_follow_the_table(status, change, code, after):
    dcc, user = commissioned(make_dcc(), status=status), User()
    assert ask(dcc, "8.4", {"DeviceID": ESME, **change}, user) == code
    device = dcc.store.inventory.find(ESME)
    assert (device.status if device else None) is after


def test_a_hub_is_withdrawn_and_may_not_connect_again():
    dcc, user = make_dcc(), User()
    withdraw = {"DeviceID": CHF, "UpdateDeviceStatusCH": "Withdrawn"}
    assert (
        ask(dcc, "8.4", {"DeviceID": CHF, "UpdateDeviceStatusExceptCH": "Pending"}, user) == "E11"
    )
    assert ask(dcc, "8.4", withdraw, user) == "I99"
    assert not dcc.hub_connected(CHF)


def test_details_and_supply_points_are_changed_one_by_one():
    dcc, user = commissioned(make_dcc(), model="old", manufacturer="M"), User()
    details = {"UpdateDeviceDetails": {"DeviceModel": "new", "FirmwareVersion": "00000002"}}
    assert ask(dcc, "8.4", {"DeviceID": ESME, **details}, user) == "I99"
    number = {"UpdateMPxN": {"ExportMPAN": "1312345678333"}}
    assert ask(dcc, "8.4", {"DeviceID": ESME, **number}, user) == "I99"
    device = dcc.store.inventory.find(ESME)
    assert (device.model, device.manufacturer) == ("new", "M")
    assert (device.firmware_version, device.export_mpan) == ("00000002", "1312345678333")


def test_a_device_is_notified_once_and_a_hub_brings_its_gas_proxy():
    dcc, user = make_dcc(), User()
    assert ask(dcc, "12.2", NOTIFICATION, user) == "I99"
    assert ask(dcc, "12.2", NOTIFICATION, user) == "E5"
    other = {"DeviceID": b"\x03" * 8, "DeviceType": "CHF", "AssociatedGPFDeviceID": GPF}
    assert ask(dcc, "12.2", {**NOTIFICATION, **other}, user) == "I99"
    proxy = dcc.store.inventory.find(GPF)
    assert (proxy.type, proxy.status, proxy.hub) == ("GPF", Status.PENDING, b"\x03" * 8)


def test_the_inventory_is_read_by_device_or_supply_point():
    dcc, user = commissioned(make_dcc(), import_mpxn="1312345678111"), User()
    dcc.store.inventory.put(Device(b"\x09" * 8, "IHD", hub=CHF, manufacturer="M", model="1"))

    def found(fields: dict[str, Any]) -> set[bytes]:
        response = user.ask(dcc, user.request("8.2", BROKER, fields))
        assert response.code == "I0"
        return {each["DeviceID"] for each in response.fields["DSPInventory"]["Device"]}

    network = {CHF, ESME, b"\x09" * 8}
    assert found({"DeviceID": CHF}) == network
    assert found({"DeviceID": ESME}) == network
    assert found({"MPxN": "1312345678111"}) == network
    for fields in ({"DeviceID": b"\x01" * 8}, {"MPxN": "1"}, {"UPRN": 5}):
        assert ask(dcc, "8.2", fields, user) == "E19"


def test_a_non_device_request_is_addressed_to_the_dcc():
    dcc, user = commissioned(make_dcc()), User()
    assert user.ask(dcc, user.request("8.2", ESME, {"DeviceID": ESME})).code == "E19"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("SMETS V1.58", Version(1, 0)),
        ("SMETS2 V5.1", Version(4, 1)),
        ("SMETS V4.2", Version(3, 2)),
        ("CHTS V1.4", Version(4, 2)),
        (None, NEWEST),
        ("anything", NEWEST),
    ],
)
def test_the_gbcs_version_goes_with_that_of_smets_and_chts(text, version):
    assert gbcs_version(text) == version
