"""Every service request for a hub and its gas proxy, answered by the hub's own functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dcc_stub.duis.types import DateTime
from dcc_stub.engine import DccStub
from dcc_stub.inventory.device import Device
from dcc_stub.inventory.status import Status
from dcc_stub.transform import rows
from dcc_stub.user.opening import Opened, Opener
from host.boards.provision import provision_store
from host.hub import functions
from host.hub.database import Database
from host.hub.device_log import DeviceLog
from host.hub.mirror_store import READ_AT, TOTAL, MirrorStore
from host.hub.trust_centre import Contact
from smets.codec.reader import Reader
from smets.gbcs import roles, use_cases_text
from smets.zigbee import zcl_data
from smets.zigbee.clusters import BASIC, METERING
from tests.dcc_stub.asking import ask, gas_meter
from tests.dcc_stub.lab import (
    CHF,
    DAY,
    GPF,
    GSME,
    MPRN,
    NETWORK_OPERATOR,
    NOW,
    OTHER_USER,
    SUITE,
    SUPPLIER,
    Hub,
    delivered,
    keys,
    make_dcc,
)
from tests.dcc_stub.test_credentials import replacement
from tests.dcc_stub.test_gas_and_hub import OLD_CHF, OLD_GPF, gpf_backup, status
from tests.dcc_stub.test_with_gas_meter import OLD

CHTS_1 = {"smets_chts_version": "CHTS V1.0"}
ADDED = {"JoinTimePeriod": 90, "InstallCode": bytes(range(16)), "ImportMPxN": MPRN}
ADD = {"DeviceID": GSME, "RequestType": "Add", "AddDeviceToCHFWhitelist": ADDED}
REMOVE = {"DeviceID": GSME, "RequestType": "Remove"}
ROLES = {"RemotePartyRole": ("Supplier", "NetworkOperator", "ACB")}
CERTIFICATES = replacement()["ReplacementCertificates"]
CREDENTIALS = {
    **replacement(),
    "ReplacementCertificates": {
        "SupplierOrNetworkOperatorCertificates": {
            name: CERTIFICATES[name]
            for name in ("DigitalSigningCertificate", "KeyAgreementCertificate")
        }
    },
}
# The gas proxy's own manufacturer, model and hardware version.
IDENTITY = {0x0004: b"HANL", 0x0005: b"GPF 1", 0x0003: 1}
# Codes of commands that the hub's functions do not have yet.
NOT_IN_THE_HUB = {0x009F, 0x009D, 0x00DA}
# Service request, who asks which device, its fields, changes to the device in the inventory.
REQUESTS: list[tuple[str, bytes, bytes, dict[str, Any], dict[str, Any]]] = [
    ("8.11", SUPPLIER, CHF, ADD, {}),
    ("8.9", SUPPLIER, CHF, {}, {}),
    ("8.9", SUPPLIER, CHF, {}, CHTS_1),
    ("8.9", SUPPLIER, CHF, {"ReadSecurityDetails": {}}, {}),
    ("6.2.4", OTHER_USER, CHF, {}, {}),
    ("6.2.4", SUPPLIER, CHF, {}, CHTS_1),
    ("6.13", SUPPLIER, CHF, {**DAY, "LogToRead": "Event"}, {}),
    ("6.13", SUPPLIER, CHF, {**DAY, "LogToRead": "Security"}, {}),
    ("6.24.1", SUPPLIER, CHF, {"RemotePartyRole": ("ACB",)}, {}),
    ("8.12.1", SUPPLIER, CHF, {"OldCHFID": OLD_CHF}, {}),
    ("11.2", SUPPLIER, CHF, {}, {}),
    ("3.3", SUPPLIER, GPF, {}, {}),
    ("4.1.1", NETWORK_OPERATOR, GPF, {}, {}),
    ("4.1.2", SUPPLIER, GPF, {}, {}),
    ("4.1.4", SUPPLIER, GPF, {}, {}),
    ("4.3", SUPPLIER, GPF, {}, {}),
    ("4.4.3", SUPPLIER, GPF, DAY, {}),
    ("4.6.1", SUPPLIER, GPF, DAY, {}),
    ("4.8.1", SUPPLIER, GPF, DAY, {}),
    ("4.8.1", OTHER_USER, GPF, DAY, {}),
    ("4.14", SUPPLIER, GPF, DAY, {}),
    ("4.17", OTHER_USER, GPF, DAY, {}),
    ("4.18", SUPPLIER, GPF, {}, {}),
    ("4.18", SUPPLIER, GPF, {}, OLD),
    ("6.2.4", SUPPLIER, GPF, {}, {}),
    ("6.2.7", SUPPLIER, GPF, {}, {}),
    ("6.2.9", SUPPLIER, GPF, {}, {}),
    ("6.13", SUPPLIER, GPF, {**DAY, "LogToRead": "Event"}, {}),
    ("6.13", SUPPLIER, GPF, {**DAY, "LogToRead": "Security"}, {}),
    ("6.15.1", SUPPLIER, GPF, CREDENTIALS, {}),
    ("6.24.1", SUPPLIER, GPF, ROLES, {}),
    ("7.4", SUPPLIER, GPF, {}, {}),
    ("8.7.2", SUPPLIER, GPF, {"OtherDeviceID": GSME}, {}),
    ("8.9", SUPPLIER, GPF, {}, {}),
    ("8.8.2", SUPPLIER, GPF, {"OtherDeviceID": GSME}, {}),
    ("8.12.2", SUPPLIER, GPF, {"OldGPFID": OLD_GPF}, {}),
    ("11.2", SUPPLIER, GPF, {}, {}),
    ("8.11", SUPPLIER, CHF, REMOVE, {}),
]


class HubFunctions:
    """CHF and GPF of a hub whose mirror holds what the firmware's gas meter has reported."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path)
        self.log = DeviceLog(self.database)
        with self.database.transaction():
            for eui, kind in ((CHF, roles.CHF), (GPF, roles.GPF)):
                store = functions.store_of(self.database, eui.hex())
                provision_store(store, keys(), eui, kind)
        self._made = functions.make(self.database, self.log, CHF.hex(), GPF.hex())

    def receive(self, device: bytes, command: bytes) -> bytes | None:
        with self.database.transaction():
            return self._made[device.hex()]().receive(command, NOW)

    def said(self, device: bytes) -> list[bytes]:
        """The messages in a function's outbox, taken out."""
        with self.database.transaction():
            function = self._made[device.hex()]()
            function.poll(NOW)
            waiting = function.pending()
            for number, _ in waiting:
                function.delivered(number)
        return [message for _, message in waiting]

    def mirror(self) -> None:
        """A day of totals, and every attribute that a command reads."""
        meter, store = gas_meter(), MirrorStore(self.database)
        read = meter.objects.read
        with self.database.transaction():
            self.log.add(GSME.hex(), roles.GSME)
            self.log.join(GSME.hex(), roles.GSME, NOW)
            self.log.agreed(GSME.hex(), bytes(range(16)))
            store.put_attributes(GPF.hex(), BASIC, IDENTITY, NOW)
            for at in range(NOW - 86_400, NOW + 1, 1800):
                total = 1_000_000 + (at - NOW) // 60
                store.put_attributes(GSME.hex(), METERING, {TOTAL: total, READ_AT: at}, at)
            for cluster, attribute in sorted(attributes()):
                if meter.objects.has_attribute(cluster, attribute) and (
                    (cluster, attribute) != (METERING, TOTAL)
                ):
                    reader = Reader(read(cluster, attribute, NOW))
                    value = zcl_data.read(reader, reader.octet())
                    store.put_attributes(GSME.hex(), cluster, {attribute: value}, NOW)


def attributes() -> Iterator[tuple[int, int]]:
    for case in use_cases_text.load().all():
        for command in case.zcl_commands:
            for attribute in command.attributes:
                yield command.cluster, attribute


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubFunctions]:
    made = HubFunctions(tmp_path_factory.mktemp("hub") / "hub.sqlite")
    made.mirror()
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def dcc(dcc: DccStub) -> DccStub:
    """With an old hub and gas proxy in the inventory."""
    inventory = dcc.store.inventory
    inventory.put(Device(OLD_CHF, "CHF", Status.COMMISSIONED))
    inventory.put(Device(OLD_GPF, "GPF", Status.COMMISSIONED, hub=CHF))
    inventory.keep_device_log(OLD_GPF, gpf_backup((GSME, roles.GSME)))
    return dcc


def install(dcc: DccStub, target: bytes, **changes: object) -> None:
    """Hub, gas proxy and gas meter in the inventory, in use unless the changes say otherwise."""
    for device in (
        Device(CHF, "CHF", Status.COMMISSIONED, associated_gpf=GPF),
        Device(GPF, "GPF", Status.INSTALLED_NOT_COMMISSIONED, hub=CHF),
        Device(GSME, "GSME", Status.COMMISSIONED, hub=CHF),
    ):
        mine = changes if device.eui == target else {}
        dcc.store.inventory.put(replace(device, **mine))


def ask_hub(
    dcc: DccStub, hub: HubFunctions, party: bytes, variant: str, target: bytes, fields: Any
) -> Opened:
    """A request and the function's answer; the alerts that follow are brought to the DCC."""

    def receive(command: bytes) -> bytes:
        reply = hub.receive(target, command)
        assert reply is not None
        return reply

    opened = ask(dcc, target, receive, party, variant, fields)
    for device in (CHF, GPF):
        for message in hub.said(device):
            Hub(dcc).bring(device, message)
    return opened


@pytest.mark.parametrize(
    ("variant", "party", "target", "fields", "changes"),
    REQUESTS,
    ids=[f"{row[0]}-{'GPF' if row[2] == GPF else 'CHF'}-{n}" for n, row in enumerate(REQUESTS)],
)
def test_the_hub_answers(dcc, hub: HubFunctions, variant, party, target, fields, changes):
    install(dcc, target, **changes)
    if variant == "8.12.1":
        # the log that this hub has told stands for that of an old one
        told = dcc.store.inventory.device_log(CHF)
        assert told is not None
        dcc.store.inventory.keep_device_log(OLD_CHF, told)
    opened = ask_hub(dcc, hub, party, variant, target, fields)
    assert opened.succeeded, opened.results
    assert opened.results
    delivered(dcc)


def test_the_devices_of_the_hub_s_log_are_told_by_names(dcc, tmp_path):
    hub = HubFunctions(tmp_path / "hub.sqlite")
    hub.mirror()
    with hub.database.transaction():
        hub.log.heard(GSME.hex(), Contact(-60, 200), NOW)
    install(dcc, CHF)
    opened = ask_hub(dcc, hub, SUPPLIER, "8.9", CHF, {})
    hub.database.close()
    (devices,) = (each["value"] for each in opened.results if each["name"] == "DeviceLog")
    (device,) = devices
    assert device["DeviceID"] == GSME.hex("-").upper()
    assert (device["AverageRSSI dBm"], device["MinimumLQI"], device["Hops"]) == (-60, 200, 1)
    assert device["LastCommunication"] == DateTime().format(NOW)


def test_every_command_to_hub_and_gas_proxy_is_asked_here():
    asked = {(row[0], "GPF" if row[2] == GPF else "CHF") for row in REQUESTS}
    # A function holds its supplier's certificates from the start, so none is handed over.
    asked |= {("6.21", "GPF"), ("6.21", "CHF"), ("6.15.1", "CHF")}
    for row in rows.ROWS:
        for kind in {"CHF", "GPF"} & set(row.device_types):
            assert (row.variant, kind) in asked or row.message_code in NOT_IN_THE_HUB, row


def test_the_log_that_a_hub_tells_is_the_one_that_it_is_asked_for(tmp_path: Path):
    dcc, hub = make_dcc(), HubFunctions(tmp_path / "hub.sqlite")
    install(dcc, CHF)
    dcc.store.inventory.put(Device(GSME, "GSME"))
    ask_hub(dcc, hub, SUPPLIER, "8.11", CHF, ADD)
    assert status(dcc, GSME) is Status.WHITELISTED
    (alert,) = [response for _, response in delivered(dcc)]
    told = Opener(keys(), SUITE, SUPPLIER).open(alert.gbcs_message or b"").results[0]
    assert told["title"] == "CHF device log changed"
    assert told["content"]["Devices"] == [
        {"DeviceID": "00-DB-12-34-56-78-90-A1", "LinkKeyHash": ""}
    ]
    read = ask_hub(dcc, hub, SUPPLIER, "8.9", CHF, {"ReadSecurityDetails": {}}).results[0]
    assert read["value"] == told["content"]
    hub.database.close()
