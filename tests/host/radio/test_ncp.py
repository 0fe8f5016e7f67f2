"""The co-processor by its commands: what it does, what it refuses, what it keeps."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from host.radio.ncp.configuration import CONFIGURATION
from host.radio.ncp.handlers import HANDLERS
from host.radio.ncp.nonvolatile import Contents, FileFlash, FlashError, MemoryFlash
from host.radio.stack.types import NetworkState
from smets.zigbee import ash, ezsp, ezsp_status, ezsp_text
from tests.host.radio.desk import APS, EUI, NETWORK, SECURITY, Desk
from tests.interop.test_ezsp_schemas import sample

VERSIONS = (13, 14, 16, 17, 18, 19)
PARTNER = bytes.fromhex("00db1234567890a1")
KEY = bytes.fromhex("66b6900981e1ee3ca4206b6b861c02bb")
KEY_TABLE_SIZE = 0x1E


@pytest.fixture
def desk() -> Desk:
    return Desk()


class TestFrames:
    @pytest.mark.parametrize("version", VERSIONS)
    def test_every_command_of_ours_is_in_the_table(self, version: int) -> None:
        """A handler that no version names is dead."""
        named = {name for v in VERSIONS for name in ezsp_text.ids(v)}
        assert set(HANDLERS) <= named

    @pytest.mark.parametrize("version", [13, 18])
    def test_a_command_that_is_not_known_gets_invalid_command(self, version: int) -> None:
        desk = Desk(version)
        for frame_id in (0x00B2, 0x0FFF, 0x0045):
            name, values = desk.answer(frame_id, b"")
            assert (name, values["status"]) == ("invalidCommand", ezsp_status.NOT_SUPPORTED)

    def test_a_command_that_is_too_short_is_refused(self, desk: Desk) -> None:
        assert desk.answer(desk.ids["sendUnicast"], b"\x00\x01")[0] == "invalidCommand"

    def test_nothing_is_done_before_the_version_is_agreed(self, desk: Desk) -> None:
        desk.raw(ezsp.header(9, ezsp.COMMAND, ezsp.VERSION) + b"\x04")
        assert desk.answer(desk.ids["getEui64"], b"")[0] == "invalidCommand"

    def test_callbacks_follow_the_answer_and_carry_its_number(self, desk: Desk) -> None:
        desk.form()
        formed = desk.order.index("formNetwork")
        assert desk.order.index("stackStatusHandler") > formed
        name, sequence, _ = desk.callbacks[0]
        assert (name, sequence) == ("stackStatusHandler", desk.sequence)

    @pytest.mark.parametrize("version", VERSIONS)
    @pytest.mark.parametrize("formed", [False, True])
    def test_any_values_get_one_answer_and_no_crash(self, version: int, formed: bool) -> None:
        """Fields of chance in every command, and every answer fits its layout."""
        chance = random.Random(version + 100 * formed)
        desk = Desk(version)
        if formed:
            desk.form()
        for name, frame_id in sorted(desk.ids.items()):
            frame = desk.frames.find(frame_id)
            if frame is None or frame.request is None or name in {"version", "resetNode"}:
                continue
            for _ in range(5):
                fields = desk.frames.encode(frame.request, sample(frame.request, chance))
                answered, _ = desk.answer(frame_id, fields)
                assert answered == (name if name in HANDLERS else "invalidCommand")
            desk.run(0.1)
        assert desk.errors == []

    def test_octets_of_chance_get_an_answer_or_are_dropped(self, desk: Desk) -> None:
        chance = random.Random(5)
        for _ in range(300):
            desk.raw(chance.randbytes(chance.randrange(60)))
        desk.open()
        assert desk.ask("getEui64")["eui"] == EUI

    def test_a_node_that_resets_itself_says_so(self, desk: Desk) -> None:
        desk.ask("setPolicy", id=0, decision=0)
        desk.ask("resetNode")
        assert not desk.errors
        desk.open()
        assert desk.ask("getPolicy", id=0)["decision"] == 1


class TestConfiguration:
    def test_every_number_has_its_default_and_its_range(self, desk: Desk) -> None:
        for number, default, least, most in CONFIGURATION:
            assert desk.ask("getConfigurationValue", id=number)["value"] == default
            for value in (least, most):
                assert desk.status("setConfigurationValue", id=number, value=value) == 0
                assert desk.ask("getConfigurationValue", id=number)["value"] == value
            if most < 0xFFFF:
                refused = desk.status("setConfigurationValue", id=number, value=most + 1)
                assert refused == ezsp_status.INVALID_PARAMETER

    def test_what_is_not_known_is_refused(self, desk: Desk) -> None:
        assert desk.status("getConfigurationValue", id=0xEE) == ezsp_status.NOT_FOUND
        assert desk.status("setConfigurationValue", id=0xEE, value=1) == ezsp_status.NOT_FOUND
        assert desk.status("setPolicy", id=0xEE, decision=1) == ezsp_status.NOT_FOUND
        assert desk.status("getValue", id=0xEE) == ezsp_status.NOT_FOUND
        assert desk.status("setValue", id=0x11, value=b"x") == ezsp_status.INVALID_PARAMETER

    def test_tables_do_not_grow_under_a_network(self, desk: Desk) -> None:
        desk.form()
        refused = desk.status("setConfigurationValue", id=KEY_TABLE_SIZE, value=16)
        assert refused != ezsp_status.OK
        assert desk.status("addEndpoint", **endpoint(3)) != ezsp_status.OK

    def test_endpoints_run_out(self, desk: Desk) -> None:
        statuses = [desk.status("addEndpoint", **endpoint(number)) for number in range(1, 19)]
        assert statuses[:16] == [0] * 16
        assert statuses[16:] == [ezsp_status.ALLOCATION_FAILED] * 2
        assert desk.status("addEndpoint", **endpoint(0)) == ezsp_status.INVALID_PARAMETER

    def test_policies_reach_the_trust_centre(self, desk: Desk) -> None:
        policy = desk.stick.stack.policy
        desk.ask("setPolicy", id=0, decision=0x11)
        assert policy.allow_joins
        assert policy.joins_use_install_code_key
        assert not policy.allow_unsecured_rejoins
        desk.ask("setPolicy", id=0, decision=0)
        assert not policy.allow_joins


def endpoint(number: int) -> dict[str, Any]:
    return {
        "endpoint": number,
        "profile": 0x0109,
        "device": 0x0500,
        "version": 0,
        "input_count": 1,
        "output_count": 0,
        "inputs": [0],
        "outputs": [],
    }


class TestNetwork:
    def test_forming_needs_keys_a_channel_and_a_power(self, desk: Desk) -> None:
        assert desk.status("formNetwork", **NETWORK) == ezsp_status.SECURITY_STATE_NOT_SET
        desk.ask("setInitialSecurityState", **SECURITY)
        for change, status in (
            ({"channel": 10}, ezsp_status.TRANSMIT_INVALID_CHANNEL),
            ({"channel": 27}, ezsp_status.TRANSMIT_INVALID_CHANNEL),
            ({"transmit_power": 99}, ezsp_status.TRANSMIT_INVALID_POWER),
        ):
            assert desk.status("formNetwork", **(NETWORK | change)) == status
        assert desk.status("permitJoining", seconds=60) == ezsp_status.NOT_JOINED
        assert desk.status("networkInit", bitmask=0) == ezsp_status.NOT_JOINED

    def test_what_was_formed_is_what_is_told(self, desk: Desk) -> None:
        desk.form()
        told = desk.ask("getNetworkParameters")
        assert {name: told[name] for name in NETWORK} == NETWORK
        assert told["node_type"] == 1
        assert desk.ask("getCurrentSecurityState")["trust_centre"] == EUI
        assert desk.ask("getNodeId")["node_id"] == 0
        assert desk.status("formNetwork", **NETWORK) == ezsp_status.INVALID_STATE

    def test_leaving_forgets_it(self, desk: Desk) -> None:
        desk.form()
        assert desk.status("leaveNetwork", options=0) == 0
        desk.run(1)
        assert desk.told("stackStatusHandler")[-1]["status"] == ezsp_status.NETWORK_DOWN
        desk.open()
        assert desk.status("networkInit", bitmask=0) == ezsp_status.NOT_JOINED

    def test_scans(self, desk: Desk) -> None:
        scan = {"scan_type": 0, "channels": 0x07FFF800, "exponent": 1}
        assert desk.status("startScan", **scan) == 0
        desk.run(3)
        assert [one["channel"] for one in desk.told("energyScanResultHandler")] == [*range(11, 27)]
        assert desk.told("scanCompleteHandler")[0]["status"] == 0
        assert desk.status("startScan", **scan | {"channels": 1}) != 0
        assert desk.status("startScan", **scan | {"exponent": 15}) != 0


class TestKeys:
    def put(self, desk: Desk, index: int, partner: bytes = PARTNER, key: bytes = KEY) -> int:
        return desk.status("importLinkKey", index=index, eui=partner, key=key)

    @pytest.mark.parametrize("version", VERSIONS)
    def test_a_key_comes_out_as_it_went_in(self, version: int) -> None:
        desk = Desk(version)
        assert self.put(desk, 2) == 0
        assert desk.ask("findKeyTableEntry", eui=PARTNER, link_key=True)["index"] == 2
        for answer in (
            desk.ask("exportLinkKeyByIndex", index=2),
            desk.ask("exportLinkKeyByEui", eui=PARTNER),
        ):
            assert (answer["status"], answer["key"]) == (0, KEY)
        assert desk.status("exportLinkKeyByIndex", index=1) == ezsp_status.NOT_FOUND
        assert desk.status("eraseKeyTableEntry", index=2) == 0
        assert desk.ask("findKeyTableEntry", eui=PARTNER, link_key=True)["index"] == 0xFF

    def test_the_table_ends_where_it_was_configured_to(self, desk: Desk) -> None:
        assert [self.put(desk, index, bytes((index,)) * 8) for index in range(4)] == [0] * 4
        assert self.put(desk, 4) == ezsp_status.INVALID_INDEX
        assert self.put(desk, 0xFF) == ezsp_status.FULL
        assert desk.status("exportLinkKeyByIndex", index=4) == ezsp_status.INVALID_INDEX
        assert desk.status("clearKeyTable") == 0
        assert self.put(desk, 0xFF) == 0

    def test_a_key_for_a_joiner_expires(self, desk: Desk) -> None:
        assert desk.status("importTransientKey", eui=PARTNER, key=KEY, flags=0) == 0
        desk.run(299)
        assert desk.ask("exportTransientKeyByEui", eui=PARTNER)["key"] == KEY
        desk.run(2)
        assert desk.status("exportTransientKeyByEui", eui=PARTNER) == ezsp_status.NOT_FOUND

    def test_its_time_out_is_configured(self, desk: Desk) -> None:
        desk.ask("setConfigurationValue", id=0x36, value=10)
        desk.ask("importTransientKey", eui=PARTNER, key=KEY, flags=0)
        desk.run(11)
        assert desk.status("exportTransientKeyByEui", eui=PARTNER) == ezsp_status.NOT_FOUND

    def test_clearing_them(self, desk: Desk) -> None:
        desk.ask("importTransientKey", eui=PARTNER, key=KEY, flags=0)
        desk.ask("clearTransientLinkKeys")
        assert desk.status("exportTransientKeyByIndex", index=0) == ezsp_status.NOT_FOUND


class TestMessages:
    def send(self, desk: Desk, length: int, **change: Any) -> int:
        values = {"type": 0, "destination": 0x1234, "tag": 7, "message": bytes(length)}
        return desk.status("sendUnicast", **(values | APS | change))

    def test_what_does_not_fit_a_frame_is_refused(self, desk: Desk) -> None:
        assert self.send(desk, 10) == ezsp_status.NOT_JOINED
        desk.form()
        longest = desk.ask("maximumPayloadLength")["length"]
        assert longest == 82
        assert self.send(desk, longest) == 0
        assert self.send(desk, longest + 1) == ezsp_status.MESSAGE_TOO_LONG

    def test_a_message_to_nobody_is_told_to_have_failed(self, desk: Desk) -> None:
        desk.form()
        self.send(desk, 10)
        assert desk.told("messageSentHandler") == []
        desk.run(30)
        (told,) = desk.told("messageSentHandler")
        assert (told["status"], told["tag"]) == (ezsp_status.DELIVERY_FAILED, 7)
        assert told["message"] == b""

    def test_no_more_are_under_way_than_there_are_buffers(self, desk: Desk) -> None:
        desk.form()
        statuses = [self.send(desk, 10, tag=number) for number in range(16)]
        assert statuses[0] == 0
        assert statuses[-1] == ezsp_status.ALLOCATION_FAILED
        desk.run(60)
        taken = statuses.count(0)
        assert len(desk.told("messageSentHandler")) == taken
        assert self.send(desk, 10) == 0

    def test_without_a_link_key_nothing_is_secured(self, desk: Desk) -> None:
        desk.form()
        assert self.send(desk, 10, options=0x0160) == ezsp_status.APS_ENCRYPTION_ERROR

    def test_a_coordinator_does_not_poll(self, desk: Desk) -> None:
        poll = {"interval": 0, "units": 0, "failure_limit": 0}
        assert desk.status("pollForData", **poll) == ezsp_status.NOT_JOINED
        desk.form()
        assert desk.status("pollForData", **poll) == ezsp_status.INVALID_STATE


class TestFlash:
    def test_a_restart_finds_network_keys_and_tokens(self) -> None:
        flash = MemoryFlash()
        desk = Desk(flash=flash).form()
        desk.ask("importLinkKey", index=1, eui=PARTNER, key=KEY)
        desk.ask("setTokenData", key=0x12345, index=2, data=b"kept")
        key = desk.ask("exportKey", **network_key())["key"]
        counter = desk.ask("getNetworkKeyInfo")["counter"]
        for after in (desk, Desk(flash=flash)):
            after.open()
            assert after.ask("networkState")["state"] == NetworkState.NO_NETWORK.value
            after.up()
            assert after.ask("exportKey", **network_key())["key"] == key == SECURITY["network_key"]
            assert after.ask("exportLinkKeyByIndex", index=1)["key"] == KEY
            assert after.ask("getTokenData", key=0x12345, index=2)["data"] == b"kept"
            later = after.ask("getNetworkKeyInfo")["counter"]
            assert later > counter
            counter = later

    def test_frame_counters_never_go_back_whenever_the_power_goes(self) -> None:
        flash = MemoryFlash()
        desk = Desk(flash=flash).form()
        highest = 0
        for _ in range(5):
            for _ in range(3):
                values = {"destination": 0xFFFD, "radius": 0, "tag": 0, "message": b"x"}
                desk.ask("sendBroadcast", **(values | APS))
                desk.run(0.2)
            used = desk.ask("getNetworkKeyInfo")["counter"]
            assert used > highest
            highest = used
            desk = Desk(flash=flash)
            desk.up()
            assert desk.ask("getNetworkKeyInfo")["counter"] >= highest

    def test_a_factory_reset_forgets_the_network(self, desk: Desk) -> None:
        desk.form()
        desk.ask("tokenFactoryReset", keep_counters=False, keep_boot_counter=False)
        desk.open()
        assert desk.status("networkInit", bitmask=0) == ezsp_status.NOT_JOINED

    def test_an_eui64_of_the_hosts_own(self, desk: Desk) -> None:
        other = bytes.fromhex("00124b00aa550001")
        desk.form()
        assert desk.status("setTokenData", key=0xE12A, index=0, data=other[::-1]) == 0
        assert desk.ask("getEui64")["eui"] == EUI
        desk.open()
        assert desk.ask("getEui64")["eui"] == other
        assert desk.status("networkInit", bitmask=0) == ezsp_status.NOT_JOINED
        desk.ask("setTokenData", key=0xE12A, index=0, data=b"\xff" * 8)
        desk.open()
        assert desk.ask("getEui64")["eui"] == EUI

    def test_a_custom_eui64_is_burnt_once(self, desk: Desk) -> None:
        other = bytes.fromhex("00124b00aa550001")
        assert desk.status("setMfgToken", id=0x0C, data=other[::-1]) == 0
        assert desk.status("setMfgToken", id=0x0C, data=bytes(8)) == ezsp_status.INVALID_STATE
        desk.open()
        assert desk.ask("getEui64")["eui"] == other

    def test_the_file_is_for_its_owner_and_replaced_as_a_whole(self, tmp_path: Path) -> None:
        flash = FileFlash(tmp_path / "stick.json")
        Desk(flash=flash).form()
        assert flash.path.stat().st_mode & 0o777 == 0o600
        assert [path.name for path in tmp_path.iterdir()] == ["stick.json"]
        # A crash while a new one was written leaves the old one in force.
        (tmp_path / "stick.json.new").write_text("{half")
        assert Desk(flash=flash).up().ask("getNodeId")["node_id"] == 0

    @pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"eui64": 3}'])
    def test_a_file_of_something_else_is_refused(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "stick.json"
        path.write_text(text)
        with pytest.raises(FlashError, match="no state of a simulated radio"):
            FileFlash(path).load()

    def test_a_network_that_is_not_understood_is_not_overwritten(self) -> None:
        flash = MemoryFlash()
        Desk(flash=flash).form()
        contents = flash.load()
        assert contents is not None
        assert contents.stack is not None
        contents.stack["version"] = 99
        flash.save(contents)
        with pytest.raises(FlashError, match="not of this version"):
            Desk(flash=flash)
        kept = flash.load()
        assert kept is not None
        assert kept.stack == contents.stack

    def test_keys_are_not_shown(self) -> None:
        desk = Desk().form()
        shown = repr(desk.stick.line.ncp.contents)
        for key in (SECURITY["preconfigured_key"], SECURITY["network_key"]):
            assert key.hex() not in shown
            assert repr(key) not in shown

    def test_a_flash_that_fails_stops_the_chip(self) -> None:
        flash = FailingFlash()
        desk = Desk(flash=flash).form()
        flash.broken = True
        values = {"destination": 0xFFFD, "radius": 0, "tag": 0, "message": b"x"}
        for _ in range(3):
            desk.raw(b"\x01\x00\x01" + desk.ids["clearKeyTable"].to_bytes(2, "little"))
        assert bytes((ash.CODE_ASSERT,)) in desk.errors
        flash.broken = False
        desk.open()
        desk.up()
        assert desk.ask("sendBroadcast", **(values | APS))["status"] == 0


class FailingFlash(MemoryFlash):
    """Full when it is told to be."""

    broken = False

    def save(self, contents: Contents) -> None:
        if self.broken:
            raise OSError(28, "No space left on device")
        super().save(contents)


def network_key() -> dict[str, Any]:
    return {
        "key_type": 1,
        "key_index": 0,
        "derived_type": 0,
        "eui": bytes(8),
        "network_index": 0,
        "flags": 0,
        "algorithm": 0,
    }


class TestCounters:
    def test_they_are_read_and_cleared(self, desk: Desk) -> None:
        desk.form()
        values = {"destination": 0xFFFD, "radius": 0, "tag": 0, "message": b"x"}
        desk.ask("sendBroadcast", **(values | APS))
        desk.run(1)
        counters = desk.ask("readCounters")["counters"]
        assert len(counters) == 41
        assert counters[0x09] == 1
        assert desk.ask("readAndClearCounters")["counters"] == counters
        assert sum(desk.ask("readCounters")["counters"]) == 0
