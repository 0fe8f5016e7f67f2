"""`hanlab rtds` with a part of the reference: the firmware answers in the gate's VM and heap."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from host.boards.vm import HEAP_GATE
from host.cli.rtds import rtds
from tests.outside import outside_data

# Reads, encrypted reads, a log, writes, actions, a refused member; credentials shown and replaced.
FOLDERS = {
    "4.1.1_ECS17b": 2,
    "4.8.1_ECS22b": 2,
    "4.11.1_ECS24": 2,
    "6.2.1_ECS26b": 2,
    "6.11_ECS70": 2,
    "6.20.1_ECS39a": 2,
    "7.1_ECS42": 1,
    "6.24.1_CS02aMAC": 2,
    "6.15.1_CS02bSupplierBySupplier": 2,
    "8.5_CS02bACBByACB": 1,
}
# The gas meter's, of which a folder may also hold some for the gas proxy: all that there are.
GAS_FOLDERS = {
    "4.1.1_GCS13a": 2,
    "4.1.2_GCS13c": 2,
    "4.1.4_GCS13b": 2,
    "4.3_GCS14": 2,
    "4.4.3_GCS15c": 2,
    "4.8.1_GCS17": 2,
    "4.10_GCS18": 2,
    "6.2.8_GCS21a": 2,
    "6.11_GCS28": 1,
    "7.2_GCS32": 2,
    "7.4_GCS33": 2,
    "11.2_GCS38": 2,
    "7.3_GCS39": 1,
    "6.20.1_GCS41": 1,
    "6.2.7_GCS46": 2,
    "4.18_GCS60": 2,
    "6.13_CS10a": 2,
    "3.3_CS11": 2,
}


def report(folder: Path, exit_code: int = 0) -> dict:
    """What the command says of the messages below a folder."""
    keystore = str(outside_data("rtds", "keystore"))
    arguments = [str(folder), "--keystore", keystore, "--vm", "i386", "--json"]
    done = CliRunner().invoke(rtds, arguments, standalone_mode=False)
    assert done.exception is None
    assert done.return_value == exit_code, done.output
    return json.loads(done.stdout)


@pytest.mark.usefixtures("gate_vm")
@pytest.mark.parametrize("name", FOLDERS)
def test_the_firmware_answers_as_the_reference(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to(outside_data("rtds", "RTDS-4.5.0", name))
    found = report(tmp_path)
    assert found["failures"] == []
    assert found["commands"]["matched"] == FOLDERS[name]
    assert (found["vm"]["name"], found["vm"]["heap_bytes"]) == ("i386", HEAP_GATE)


@pytest.mark.usefixtures("gate_vm")
def test_the_gas_meter_answers_as_the_reference(tmp_path: Path) -> None:
    for name in GAS_FOLDERS:
        (tmp_path / name).mkdir()
        for file in outside_data("rtds", "RTDS-4.5.0", name).iterdir():
            if "RELIABLE_G" not in file.name:  # those are for the gas proxy
                (tmp_path / name / file.name).symlink_to(file)
    found = report(tmp_path)
    assert found["failures"] == []
    assert found["unsupported"] == []
    assert found["commands"]["matched"] == sum(GAS_FOLDERS.values())


@pytest.mark.usefixtures("gate_vm")
def test_a_response_that_is_not_the_firmwares_is_a_failure(tmp_path: Path) -> None:
    folder = tmp_path / "4.1.1_ECS17b"
    folder.mkdir()
    for file in outside_data("rtds", "RTDS-4.5.0", "4.1.1_ECS17b").glob("*ERROR*"):
        text = "".join(file.read_text().split())
        if "RESPONSE" in file.name:
            text = text[:-2] + f"{int(text[-2:], 16) ^ 1:02x}"
        (folder / file.name).write_text(text)
    found = report(tmp_path, exit_code=1)
    assert found["commands"]["failed"] == 1
    assert "replay" in {failure["stage"] for failure in found["failures"]}


@pytest.mark.slow
@pytest.mark.usefixtures("gate_vm")
def test_every_command_is_answered_or_not_supported(tmp_path: Path) -> None:
    commands = report(outside_data("rtds", "RTDS-4.5.0"))["commands"]
    assert commands["failed"] == 0
    assert commands["matched"] >= 173
    assert commands["total"] == commands["matched"] + commands["unsupported"] > 380
