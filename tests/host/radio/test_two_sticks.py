"""Two co-processors on one air, by their commands: joining, polling, blocks, removal."""

from __future__ import annotations

from typing import Any

import pytest

from host.radio.air import Air
from host.radio.schedule import Schedule
from host.radio.stack.types import NetworkState
from smets.zigbee import ezsp_status
from tests.host.radio.desk import APS, EUI, NETWORK, SECURITY, Desk

METER = bytes.fromhex("00db1234567890a1")
KEY = bytes.fromhex("66b6900981e1ee3ca4206b6b861c02bb")
SLEEPY, ROUTER = 4, 2
ENDPOINT = {
    "endpoint": 1,
    "profile": 0x0109,
    "device": 0x0500,
    "version": 0,
    "input_count": 1,
    "output_count": 0,
    "inputs": [0x0702],
    "outputs": [],
}


def pair(version: int = 13, node_type: int = SLEEPY) -> tuple[Desk, Desk]:
    """A coordinator, and a device that has joined it with its own link key."""
    air = Air(Schedule())
    hub, meter = Desk(version, air=air), Desk(version, air=air, eui64=METER)
    for desk in (hub, meter):
        assert desk.status("addEndpoint", **ENDPOINT) == ezsp_status.OK
    hub.form()
    hub.ask("importTransientKey", eui=METER, key=KEY, flags=0)
    hub.ask("setPolicy", id=0, decision=0x11)
    hub.ask("permitJoining", seconds=60)
    security = dict(SECURITY, bitmask=0x0904, preconfigured_key=KEY, trust_centre=bytes(8))
    assert meter.status("setInitialSecurityState", **security) == ezsp_status.OK
    assert meter.status("joinNetwork", node_type=node_type, **NETWORK) == ezsp_status.OK
    run(hub, meter, 5)
    assert meter.told("stackStatusHandler")[-1]["status"] == ezsp_status.NETWORK_UP
    return hub, meter


def run(hub: Desk, meter: Desk, seconds: float) -> None:
    """Lets time pass for both: they have one clock."""
    for _ in range(int(seconds * 20)):
        hub.run(0.05)
        meter.flush()


def unicast(desk: Desk, destination: int, message: bytes, **change: Any) -> dict[str, Any]:
    values = {"type": 0, "destination": destination, "tag": 7, "message": message}
    return desk.ask("sendUnicast", **(APS | values | change))


class TestTwoSticks:
    @pytest.mark.parametrize("version", [13, 14, 18])
    def test_the_trust_centre_tells_of_a_joiner_and_both_know_each_other(
        self, version: int
    ) -> None:
        hub, meter = pair(version)
        joined = hub.told("trustCenterJoinHandler")[0]
        assert (joined["eui"], joined["update"], joined["decision"]) == (METER, 1, 0)
        node_id = meter.ask("getNodeId")["node_id"]
        assert joined["node_id"] == node_id
        assert hub.ask("lookupNodeIdByEui64", eui=METER)["node_id"] == node_id
        assert hub.ask("lookupEui64ByNodeId", node_id=node_id)["eui"] == METER
        child = hub.ask("getChildData", index=0)
        assert (child["eui"], child["node_type"], child["node_id"]) == (METER, SLEEPY, node_id)
        assert meter.ask("getParentChildParameters")["parent_eui"] == EUI
        assert meter.ask("getCurrentSecurityState")["trust_centre"] == EUI
        assert meter.ask("getNetworkParameters")["extended_pan_id"] == EUI

    def test_periodic_polls_fetch_what_waits_until_the_parent_is_gone(self) -> None:
        hub, meter = pair()
        node_id = meter.ask("getNodeId")["node_id"]
        poll = {"interval": 8, "units": 2, "failure_limit": 3}  # quarters of a second
        assert meter.status("pollForData", **poll) == ezsp_status.OK
        unicast(hub, node_id, b"waits")
        run(hub, meter, 3)
        assert meter.told("incomingMessageHandler")[-1]["message"] == b"waits"
        assert hub.told("messageSentHandler")[-1]["status"] == ezsp_status.OK
        run(hub, meter, 10)
        assert meter.told("pollCompleteHandler") == []
        hub.stick.fail()
        run(hub, meter, 15)
        ended = meter.told("pollCompleteHandler")
        assert [one["status"] for one in ended] == [ezsp_status.DELIVERY_FAILED]

    def test_a_message_that_nobody_fetches_has_failed(self) -> None:
        hub, meter = pair()
        unicast(hub, meter.ask("getNodeId")["node_id"], b"unread")
        run(hub, meter, 60)
        assert hub.told("messageSentHandler")[-1]["status"] == ezsp_status.DELIVERY_FAILED

    def test_the_host_acknowledges_blocks_on_version_13(self) -> None:
        hub, meter = pair(node_type=ROUTER)
        node_id = meter.ask("getNodeId")["node_id"]
        first = unicast(meter, 0, b"one", options=0x8140, group=0x0200)["sequence"]
        run(hub, meter, 1)
        block = hub.told("incomingMessageHandler")[-1]
        assert (block["group"], block["aps_sequence"]) == (0x0200, first)
        assert meter.told("messageSentHandler") == []
        turned = dict(APS, options=0x8140, group=0xFF00, aps_sequence=first)
        hub.ask("sendReply", destination=node_id, message=b"", **turned)
        run(hub, meter, 1)
        assert meter.told("messageSentHandler")[-1]["status"] == ezsp_status.OK

    def test_a_removed_device_is_out(self) -> None:
        hub, meter = pair(node_type=ROUTER)
        node_id = meter.ask("getNodeId")["node_id"]
        assert hub.status("removeDevice", node_id=node_id, eui=METER, target=METER) == 0
        run(hub, meter, 5)
        assert meter.told("stackStatusHandler")[-1]["status"] == ezsp_status.NETWORK_DOWN
        assert meter.ask("networkState")["state"] == NetworkState.NO_NETWORK.value

    def test_a_group_is_heard_by_its_members(self) -> None:
        hub, meter = pair(node_type=ROUTER)
        values = {"radius": 0, "member_radius": 0, "tag": 1, "message": b"all"}
        for expected in (0, 1):
            hub.ask("sendMulticast", **(APS | values | {"group": 0x1234, "options": 0}))
            run(hub, meter, 1)
            heard = [one for one in meter.told("incomingMessageHandler") if one["type"] == 2]
            assert len(heard) == expected
            meter.ask("setMulticastTableEntry", index=0, group=0x1234, endpoint=1, network_index=0)
            assert meter.ask("getMulticastTableEntry", index=0)["group"] == 0x1234
