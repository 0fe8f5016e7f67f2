"""What the hub keeps for a user who pairs."""

from contextlib import closing

import pytest

from host.hub.database import Database
from host.hub.zigbee.stages import STRANGERS, Stage, Stages

EUI = "00db1234567890a1"


@pytest.fixture
def stages(tmp_path):
    with closing(Database(tmp_path / "hub.sqlite")) as database:
        yield Stages(database)


def test_strangers_at_the_door_do_not_fill_the_hub(stages):
    stages.failed(EUI, Stage.CBKE, 0, "mismatch")
    for number in range(STRANGERS + 10):
        stages.failed(f"{number:016x}", Stage.WHITELISTED, number, "not in the device log")
    kept = [eui for eui, _, _ in stages.failures(Stage.WHITELISTED)]
    assert kept == [f"{number:016x}" for number in range(10, STRANGERS + 10)]
    assert stages.of(EUI) == [(Stage.CBKE, 0, "mismatch")]


def test_a_radio_is_lost_until_it_is_back(stages):
    assert stages.radio_lost is None
    stages.radio_lost = "it was unplugged"
    stages.radio_lost = "nobody listens"
    assert stages.radio_lost == "nobody listens"
    stages.radio_lost = None
    assert stages.radio_lost is None
