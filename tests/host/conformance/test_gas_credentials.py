"""What the reference has of every device's credentials alike, with a gas meter in its place."""

from pathlib import Path

import pytest

from host.boards.vm import Vm
from host.cli.rtds import Board
from host.conformance import corpus
from host.conformance.checks import Checker
from host.conformance.examine import examine
from host.conformance.pairs import pairs
from host.conformance.replay import replay
from host.conformance.report import Report
from host.conformance.setting import Setting
from keys.store import Keystore
from smets.gbcs import roles
from tests.outside import outside_data

FOLDERS = (
    "6.24.1_CS02aMAC",
    "6.24.1_CS02fMAC",
    "6.15.1_CS02bSupplierBySupplier",
    "8.5_CS02bACBByACB",
    "6.23_CS02bSupplierByTransCoS",
    "NA_CS02bTransCoSByTransCoS",
    "NA_CS02bAnyExceptAbnormalRootByRecovery",
)
FUTURE_DATED = ("FUTURE_DATED", "CANCELLATION")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "messages"
    made.mkdir()
    for name in FOLDERS:
        (made / name).symlink_to(outside_data("rtds", "RTDS-4.5.0", name))
    return made


def test_a_gas_meter_tells_and_replaces_credentials(
    tmp_path: Path, folder: Path, gate_vm: Vm, monkeypatch: pytest.MonkeyPatch
) -> None:
    keystore = Keystore(outside_data("rtds", "keystore"))
    report, checker = Report(), Checker(keystore)
    references = corpus.read(folder)
    found = pairs(references, examine(references, checker, report))
    setting = Setting(keystore, checker, found)
    monkeypatch.setattr(setting, "device_type", lambda pair: roles.GSME)
    replay(found, setting, {roles.GSME: Board(gate_vm, tmp_path)}, report)
    assert report.failures == []
    assert report.commands.matched >= 9
    assert all(any(each in name for each in FUTURE_DATED) for name in report.unsupported)
