"""Sessions of bellows and zigbee-herdsman that were logged, given to the co-processor again."""

from __future__ import annotations

import json

import pytest

from smets.zigbee import ezsp, ezsp_status
from tests.host.radio.desk import Desk
from tests.interop.test_ezsp_schemas import LOGS
from tests.outside import data_folder, missing

# Answered otherwise here than in the log, and that is right: what the log's co-processor made up.
OTHERWISE = {
    "getTokenData",  # it has an EUI-64 that can be written again
    "setConfigurationValue",  # it refuses what no chip takes
    "addEndpoint",  # and endpoints when the network is up
    "sendUnicast",  # devices of the log are not on this air
    "lookupNodeIdByEui64",
    "getValue",
}


@pytest.mark.parametrize(("log", "version"), LOGS)
def test_what_succeeded_then_succeeds_now(log: str, version: int) -> None:
    path = data_folder() / "vectors" / "zigbee" / log
    if not path.exists():
        missing(f"no {path}")
    desk = Desk(version)
    given = 0
    for frame_id, name, request, response in json.loads(path.read_text()):
        if name.startswith("CB "):
            continue
        if frame_id == ezsp.VERSION:
            if bytes.fromhex(request) != bytes((version,)) or not given:
                desk.open()
            continue
        answered, values = desk.answer(frame_id, bytes.fromhex(request))
        desk.run(0.3)
        given += 1
        if name.startswith("UNANSWERED"):
            continue
        assert answered != "invalidCommand", name
        frame = desk.frames.find(frame_id)
        assert frame is not None
        before = desk.frames.decode(frame.response, bytes.fromhex(response))
        if before.get("status") == ezsp_status.OK and answered not in OTHERWISE:
            assert values["status"] == ezsp_status.OK, (name, request)
        assert set(values) == set(before)
    assert given > 70
    assert desk.errors == []
