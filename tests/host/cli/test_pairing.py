"""How far a device came, by what the hub has noted of it."""

import pytest

from dcc_stub.user.client import DccUser
from host.cli.pairing import Pairer, Pairing
from host.hub.database import Database
from host.hub.zigbee.stages import Stage, Stages
from keys import parties

EUI = parties.ESME.eui.hex()
SINCE, THEN = 100.0, 101.0
UNANSWERED = "no answer to ZDO requests"
FOREIGN = "certificate by another CA"


@pytest.fixture
def stages(tmp_path):
    database = Database(tmp_path / "hub.sqlite")
    yield Stages(database)
    database.close()


async def seen(tmp_path, stage: Stage) -> str | None:
    nobody: DccUser = None  # type: ignore[assignment]  # nothing is sent
    pairer = Pairer(
        nobody,
        None,  # type: ignore[arg-type]
        None,  # type: ignore[arg-type]
        tmp_path / "hub.sqlite",
        lambda: 0,
        0.3,
    )
    pairing = Pairing(
        device=parties.ESME.eui,
        is_gas=False,
        install_code=bytes(16),
        hub=parties.CHF.eui,
        gpf=parties.GPF.eui,
    )
    return await pairer._wait(pairing, stage, SINCE)


async def test_who_failed_later_has_passed_what_came_before(tmp_path, stages):
    stages.failed(EUI, Stage.INTERVIEW, THEN, UNANSWERED)
    stages.failed(EUI, Stage.CBKE, THEN, FOREIGN)
    assert await seen(tmp_path, Stage.INTERVIEW) is None
    assert await seen(tmp_path, Stage.CBKE) == FOREIGN


async def test_who_did_not_answer_may_go_on_and_fails_when_it_does_not(tmp_path, stages):
    stages.failed(EUI, Stage.INTERVIEW, THEN, UNANSWERED)
    assert await seen(tmp_path, Stage.INTERVIEW) == UNANSWERED


async def test_what_was_seen_before_does_not_count(tmp_path, stages):
    stages.failed(EUI, Stage.CBKE, SINCE - 1, FOREIGN)
    assert "no answer in time" in str(await seen(tmp_path, Stage.CBKE))
