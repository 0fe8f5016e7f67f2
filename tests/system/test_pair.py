"""`./hanlab pair` on the simulated radio: each way to fail is told with stage, cause and fix."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from host.cli.benchmarks.radio.home import DAY, VALID, Home
from host.cli.errors import FAILED, explain
from host.cli.hub import HUB_FILE
from host.cli.main import hanlab
from host.cli.pairing import Pairer, Pairing, Reached
from host.hub.database import Database
from host.hub.zigbee.stages import STAGES, Stage, Stages
from keys import parties, pki
from keys.cbke import ISSUER
from keys.store import Keystore
from keys.zigbee_folder import AUTHORITY_STEM
from tests.faults import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIRST = int.from_bytes(parties.ESME.eui, "big") + 0x100
WAIT = 30.0  # seconds for each stage
SEED = b"\x00"


def device(number: int, kind: parties.DeviceType = "esme") -> parties.Device:
    return parties.Device((FIRST + number).to_bytes(8, "big"), kind)


GOOD, WRONG_CODE, OTHER_ISSUER, OTHER_KEY, ABSENT, LATE = map(device, range(6))
LISTED_AS_GSME = device(6, "gsme")  # and is an ESME
UNLISTED = device(7)
LISTED_AS_ESME = device(8)  # and is a GSME
SILENT = device(9)
ALL = (
    GOOD,
    WRONG_CODE,
    OTHER_ISSUER,
    OTHER_KEY,
    ABSENT,
    LATE,
    LISTED_AS_GSME,
    LISTED_AS_ESME,
    UNLISTED,
    SILENT,
)
NOT_RUNNING = {ABSENT, LATE, SILENT}


@dataclass(frozen=True)
class Case:
    """Where pairing has to stop, and words of the cause and of the fix.

    `wait`: seconds for each stage; whom the hub never sees uses them up.
    """

    device: parties.Device
    stage: Stage
    cause: str
    fix: str
    wait: float = WAIT


CASES = (
    Case(WRONG_CODE, Stage.NETWORK_KEY, "install code", "--install-code"),
    Case(OTHER_ISSUER, Stage.CBKE, "another CA", "provision"),
    Case(OTHER_KEY, Stage.CBKE, "mismatch", "provision"),
    # A device that nobody has listed is there in its stead.
    Case(ABSENT, Stage.ASSOCIATED, "not in the device log", "--device", 20.0),
    Case(LATE, Stage.ASSOCIATED, "window is closed", "--window", 8.0),
    Case(LISTED_AS_GSME, Stage.TUNNEL, "another type", "12.2"),
    Case(LISTED_AS_ESME, Stage.TUNNEL, "another type", "12.2"),
)

# Before any other device is there.
NO_ANSWER = Case(SILENT, Stage.ASSOCIATED, "no answer in time", "start it", 1.0)


def other_lab(folder: Path, one: parties.Device, issuer: bytes) -> Keystore:
    """Keys of a lab with another CA for key establishment, of that name."""
    pki.create(folder, valid_from=DAY - VALID)
    file = folder / f"{AUTHORITY_STEM}.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"issuer": issuer.hex()}))
    pki.add_device(folder, one.eui, one.type, valid_from=DAY - VALID)
    return Keystore(folder)


class PairingHome(Home):
    """Pairs as the command does."""

    async def pair(
        self,
        one: parties.Device,
        code: bytes | None = None,
        window: int = 600,
        wait: float = WAIT,
        admitted: asyncio.Event | None = None,
    ) -> list[Reached]:
        """`admitted` is set after the first stage, when the user may send another's requests."""
        code = code or self.keys.require_zigbee_keys(one.eui).install_code
        hub, gpf = parties.CHF.eui, parties.GPF.eui
        pairing = Pairing(one.eui, one.type == "gsme", code, hub, gpf, window)
        hub_file = self.folder / HUB_FILE
        pairer = Pairer(self.user, self.listener, self.opener, hub_file, self.clock, wait)
        return await pairer.pair(pairing, lambda _: admitted.set() if admitted else None)


@pytest.mark.slow
async def test_each_failure_has_its_stage_its_cause_and_what_helps(tmp_path, gate_vm) -> None:
    async with PairingHome(tmp_path) as home:
        await home.start(ALL, 1)
        silent = await home.pair(SILENT, wait=NO_ANSWER.wait)
        foreign = {
            OTHER_ISSUER: other_lab(tmp_path / "issuer", OTHER_ISSUER, bytes(7) + b"\x01"),
            OTHER_KEY: other_lab(tmp_path / "key", OTHER_KEY, ISSUER),
        }
        codes = {
            one: keys.require_zigbee_keys(one.eui).install_code for one, keys in foreign.items()
        }
        codes[WRONG_CODE] = bytes(16)
        for one in ALL:
            if one in NOT_RUNNING:
                continue
            keys = foreign.get(one)
            home.start_board(gate_vm, as_it_is(one), SEED, 0, dcc_controlled=False, keys=keys)
        tasks = []
        for case in CASES:
            admitted = asyncio.Event()
            window = 1 if case.device is LATE else 600
            code = codes.get(case.device)
            pairing = home.pair(case.device, code, window, case.wait, admitted)
            tasks.append(asyncio.create_task(pairing))
            await admitted.wait()
        paired = await home.pair(GOOD)
        found = await asyncio.gather(*tasks)
        again = await home.pair(GOOD)
    for case, stages in zip((NO_ANSWER, *CASES), (silent, *found), strict=True):
        last = stages[-1]
        assert (last.stage, last.failure is None) == (case.stage, False), (case, stages)
        assert case.cause in (last.failure or ""), (case, last)
        assert case.fix in (last.fix or ""), (case, last.fix)
        assert all(each.failure is None for each in stages[:-1])
    assert [each.stage for each in paired] == [each for each in STAGES if each != Stage.GBCS_JOIN]
    assert all(each.failure is None and not each.already for each in paired), paired
    assert all(each.failure is None and each.already for each in again), again


def as_it_is(one: parties.Device) -> parties.Device:
    """The device of the type that its firmware is of."""
    return one._replace(type="gsme" if one is LISTED_AS_ESME else "esme")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("lab")
    pki.create(folder / "keys", valid_from=DAY - VALID)
    pki.add_device(folder / "keys", GOOD.eui, GOOD.type, valid_from=DAY - VALID)
    return folder


def pair(lab: Path, *options: object) -> tuple[int, str, str]:
    """Exit code, standard output, message."""
    words = ["pair", "--lab", lab, "--device", GOOD.eui.hex(), "--listen", free_port(), *options]
    done = CliRunner().invoke(hanlab, list(map(str, words)), standalone_mode=False)
    message = explain(done.exception)[0] if done.exception else done.stderr
    return done.return_value, done.stdout, message


def test_without_a_hub_it_says_how_to_start_one(lab: Path) -> None:
    _, said, message = pair(lab)
    assert not said
    assert "./hanlab hub" in message


@pytest.mark.parametrize("code", ["12", "xy", "83FED3407A939723A5C639B26916D505C3B6"])
def test_a_code_that_is_none_is_refused(lab: Path, code: str) -> None:
    Database(lab / HUB_FILE).close()
    _, said, message = pair(lab, "--install-code", code)
    assert not said
    assert "--install-code" in message
    assert "fromhex" not in message


def test_without_a_dcc_the_first_stage_fails(lab: Path) -> None:
    Database(lab / HUB_FILE).close()
    code, said, _ = pair(lab, "--dcc", f"http://127.0.0.1:{free_port()}", "--json")
    document = json.loads(said)
    assert code == FAILED
    assert not document["paired"]
    (stage,) = document["stages"]
    assert stage["stage"] == Stage.WHITELISTED
    assert "no DCC at" in stage["failure"]
    assert "./hanlab dcc" in stage["fix"]


def test_a_hub_s_own_function_is_no_device_to_pair(tmp_path: Path) -> None:
    pki.create(tmp_path / "keys", valid_from=DAY - VALID)
    pki.add_device(tmp_path / "keys", parties.CHF.eui, parties.CHF.type, valid_from=DAY - VALID)
    Database(tmp_path / HUB_FILE).close()
    _, said, message = pair(tmp_path, "--device", parties.CHF.eui.hex())
    assert not said
    assert "chf" in message


class Seen(Pairer):
    """Waits for one stage of a device that the hub's file tells of; sends nothing."""

    def __init__(self, hub_file: Path, wait: float) -> None:
        self._hub_file = hub_file
        self._timeout = wait
        self._now = lambda: 0

    async def wait(self, stage: Stage) -> str | None:
        eui = bytes(8)
        return await self._wait(Pairing(GOOD.eui, False, b"", eui, eui), stage, 0.0)


async def test_a_device_that_had_no_room_for_a_key_may_ask_again(tmp_path: Path) -> None:
    pairer = Seen(tmp_path / HUB_FILE, WAIT)
    with closing(Database(tmp_path / HUB_FILE)) as database:
        stages = Stages(database)
        stages.failed(GOOD.eui.hex(), Stage.CBKE, 1.0, "partner has no resources")
        waiting = asyncio.create_task(pairer.wait(Stage.CBKE))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        stages.reached(GOOD.eui.hex(), Stage.CBKE, 2.0)
        assert await waiting is None
        stages.failed(GOOD.eui.hex(), Stage.CBKE, 3.0, "key confirmation mismatch")
        assert await pairer.wait(Stage.CBKE) == "key confirmation mismatch"


async def test_a_hub_without_its_radio_is_the_cause(tmp_path: Path) -> None:
    with closing(Database(tmp_path / HUB_FILE)) as database:
        Stages(database).radio_lost = "nobody listens at tcp://127.0.0.1:1"
    failure = await Seen(tmp_path / HUB_FILE, 0.2).wait(Stage.ASSOCIATED)
    assert "nobody listens" in (failure or "")
    assert "./hanlab radio" in (Reached(Stage.ASSOCIATED, 0.0, failure).fix or "")
