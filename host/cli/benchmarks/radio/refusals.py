"""Devices that must not get in: each is refused at its stage, with the reason told to the user."""

from __future__ import annotations

import asyncio
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

from host.boards.vm import Vm
from host.cli.benchmarks.radio.home import DAY, HUB_STICK, VALID, Home, holds
from host.cli.benchmarks.report import Row, Table
from host.cli.lab.errors import LabError
from host.hub.device_log import CAPACITY
from host.hub.zigbee.network import KEY_TABLE_SIZE
from host.hub.zigbee.stages import STAGES, Stage, Stages
from keys import parties, pki
from keys.cbke import ISSUER
from keys.store import Keystore
from keys.zigbee_folder import AUTHORITY_STEM

REFUSED_WITHIN = 60.0  # s
SEED = b"\x00"

GOOD = parties.ESME
FIRST = int.from_bytes(GOOD.eui, "big") + 0x100


def _device(number: int) -> parties.Device:
    return parties.Device((FIRST + number).to_bytes(8, "big"), "esme")


WRONG_CODE, OTHER_ISSUER, OTHER_KEY, UNLISTED, NO_ROOM = map(_device, range(5))


@dataclass(frozen=True)
class Case:
    """Where a device has to be refused, and a word of the reason."""

    name: str
    device: parties.Device
    stage: Stage
    word: str


AT_THE_DOOR = (
    Case("wrong install code", WRONG_CODE, Stage.NETWORK_KEY, "install code"),
    Case("certificate of a CA of another name", OTHER_ISSUER, Stage.CBKE, "another CA"),
    # Implicit certificates show no signature: that the key is another comes out at the end.
    Case("certificate of another CA of the same name", OTHER_KEY, Stage.CBKE, "mismatch"),
    Case("not in the device log", UNLISTED, Stage.WHITELISTED, "device log"),
)
KEYS_FULL = Case("the radio's key table full", NO_ROOM, Stage.CBKE, "link key")


def refusals(vm: Vm, seed: int) -> Table:
    """Meters in VMs that try to join at the same time as one that may."""
    with tempfile.TemporaryDirectory(prefix="hanlab-bench-") as folder:
        return asyncio.run(_refusals(Path(folder), vm, seed))


async def _refusals(folder: Path, vm: Vm, seed: int) -> Table:
    devices = (GOOD, WRONG_CODE, OTHER_ISSUER, OTHER_KEY, UNLISTED, NO_ROOM)
    async with Home(folder) as home:
        await home.start(devices, seed)
        foreign = {
            OTHER_ISSUER: _other_lab(folder / "issuer", OTHER_ISSUER, bytes(7) + b"\x01"),
            OTHER_KEY: _other_lab(folder / "key", OTHER_KEY, ISSUER),
        }
        for device in devices[:-1]:
            keys = foreign.get(device)
            home.start_board(vm, device, SEED, 0, dcc_controlled=False, keys=keys)
        await home.admit(GOOD)
        await home.admit(WRONG_CODE, bytes(16).hex())
        for device, keys in foreign.items():
            await home.admit(device, keys.require_zigbee_keys(device.eui).install_code.hex())
        await home.joined(GOOD)
        rows = [await _judged(home, case) for case in AT_THE_DOOR]
        _fill_keys(home)
        home.start_board(vm, NO_ROOM, SEED, 0, dcc_controlled=False)
        await home.admit(NO_ROOM)
        rows.append(await _judged(home, KEYS_FULL))
        rows.append(await _full_log(home))
    return Table("Devices that are refused", rows, limited="not refused, or without a reason")


async def _judged(home: Home, case: Case) -> Row:
    eui = case.device.eui.hex()
    stages = Stages(home.hub.database)

    def failure() -> str:
        return next((why or "" for stage, _, why in stages.of(eui) if stage == case.stage), "")

    refused = await holds(lambda: case.word in failure(), REFUSED_WITHIN)
    further = STAGES[STAGES.index(case.stage) + 1 :]
    passed = any(stage in further for stage, _, why in stages.of(eui) if why is None)
    return _row(case.name, case.stage, failure(), refused and not passed)


async def _full_log(home: Home) -> Row:
    """As many devices as the log holds, and one more; none of them is there."""
    listed = len(home.hub.device_log.entries())
    for number in range(16, 16 + CAPACITY - listed):
        await home.admit(_device(number), bytes(16).hex())
    try:
        await home.admit(_device(16 + CAPACITY), bytes(16).hex())
    except LabError as error:
        return _row("the device log full", Stage.WHITELISTED, str(error), refused=True)
    return _row("the device log full", Stage.WHITELISTED, "", refused=False)


def _fill_keys(home: Home) -> None:
    """Puts keys of devices that are not there wherever the hub's radio has room."""
    keys = home.simulation.stick(HUB_STICK).stack.keys
    for number in range(KEY_TABLE_SIZE - len(keys)):
        keys.put(_device(0x1000 + number).eui, bytes(16))


def _other_lab(folder: Path, device: parties.Device, issuer: bytes) -> Keystore:
    pki.create(folder, valid_from=DAY - VALID)
    file = folder / f"{AUTHORITY_STEM}.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"issuer": issuer.hex()}))
    pki.add_device(folder, device.eui, device.type, valid_from=DAY - VALID)
    return Keystore(folder)


def _row(name: str, stage: Stage, reason: str, refused: bool) -> Row:
    return {
        "device": name,
        "stage": str(stage),
        "reason": reason,
        "not refused, or without a reason": int(not (refused and reason)),
        "limit": 0,
    }
