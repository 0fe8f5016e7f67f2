"""`hanlab settle` as a person and a program use it."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from host.cli import main
from host.settlement.bench import bench
from host.settlement.half_hours import start_of
from host.settlement.mpan import mpan_core
from host.settlement.reads import Reason
from host.settlement.store import SettlementStore

from .samples import LATER, SPRING, read, registered, utc_day

BEFORE = date(2026, 3, 27)


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    with SettlementStore(tmp_path / "settlement.duckdb") as store:
        store.registrations.register(registered())
        store.hand_over(utc_day(SPRING, [*range(100, 140), None, *range(141, 148)]), LATER)
        store.hand_over([read(start_of(SPRING, 41), 20_000)], LATER)
    return tmp_path


class Outcome(NamedTuple):
    exit_code: int
    stdout: str
    stderr: str


Settle = Callable[..., Outcome]


@pytest.fixture
def settle(capsys: pytest.CaptureFixture[str]) -> Settle:
    def settle(*arguments: object) -> Outcome:
        capsys.readouterr()
        code = main.run(["settle", *map(str, arguments)])
        return Outcome(code, *capsys.readouterr())

    return settle


def test_the_table_shows_every_period_and_what_is_not_real(lab: Path, settle: Settle) -> None:
    result = settle("--date", SPRING, "--lab", lab)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "SF run of 2026-03-29, GSP group _C (London), Wh"
    header = ["period", "starts", "metered", "losses", "est.", "factor", "HNLB", "take"]
    assert lines[1].split() == header
    periods = [line.split() for line in lines[2:48]]
    assert [row[0] for row in periods] == [str(n) for n in range(1, 47)]
    assert [" ".join(row[1:3]) for row in periods[1:4]] == ["00:30 GMT", "02:00 BST", "02:30 BST"]
    assert [row[3] for row in periods[:3]] == ["100", "101", "102"]
    assert periods[40][5] == "1"  # estimated
    assert all(row[-1] == row[-2] for row in periods)  # one supplier has the whole take
    assert Reason.ABOVE_MAXIMUM.value in result.stdout
    assert "46 half hours, 1 of them estimated (2.2 %)." in result.stdout
    assert "Synthetic group take: _C." in result.stdout
    assert "Synthetic line loss factors: 12/001." in result.stdout
    assert (lab / "settlement" / "supplier-volumes-2026-03-29-SF-1.csv").exists()


def test_json_is_one_document_and_nothing_else(lab: Path, settle: Settle) -> None:
    result = settle("--date", SPRING, "--lab", lab, "--json")
    document = json.loads(result.stdout)
    assert (document["date"], document["run"], document["periods"]) == ("2026-03-29", "SF", 46)
    assert document["supplier_wh"] == {"HNLB": document["group_take_wh"]["_C"]}
    assert len(document["supplier_wh"]["HNLB"]) == 46
    assert document["inputs"]["group_take"] == {"_C": "synthetic"}
    assert document["estimation"]["estimated_half_hours"] == 1
    (rejected,) = document["rejected_reads"]
    assert (rejected["start"], rejected["wh"]) == ("2026-03-29T20:00:00Z", 20_000)
    assert [Path(name).exists() for name in document["published"]] == [True, True]


def test_runs_are_listed_and_repeat_under_their_version(lab: Path, settle: Settle) -> None:
    assert json.loads(settle("--list", "--lab", lab, "--json").stdout) == {"runs": []}
    for _ in range(2):
        settle("--date", SPRING, "--lab", lab)
    (run,) = json.loads(settle("--list", "--lab", lab, "--json").stdout)["runs"]
    assert (run["date"], run["run"], run["version"], len(run["sha256"])) == (
        "2026-03-29",
        "SF",
        1,
        64,
    )
    listed = settle("--list", "--date", BEFORE, "--lab", lab)
    assert listed.stdout.splitlines()[:2] == ["Stored runs", "date  run  version  sha256"]
    assert run["sha256"] in settle("--list", "--lab", lab).stdout


def test_the_calendar_says_which_runs_there_are(settle: Settle) -> None:
    calendar = json.loads(settle("--calendar", "--json").stdout)["calendar"]
    assert [row["code"] for row in calendar if row["supported"]] == ["SF"]
    last = settle("--calendar").stdout.splitlines()[-2]
    assert last.split() == ["DF", "Final", "Dispute", "after", "a", "dispute", "not", "yet"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "name the settlement date: --date YYYY-MM-DD"),
        (("--date", "2026-02-30"), 2, "'2026-02-30' is not a date: write YYYY-MM-DD"),
        (("--date", "20260329"), 2, "is not a date"),
        (("--date", "2026-W13-7"), 2, "is not a date"),
        (("--date", "1999-12-31"), 2, "is outside 2000-01-02 to"),
        (("--date", "9999-12-31"), 2, "is outside"),
        (("--date", "2026-03-29", "--run", "RF"), 2, "not supported yet: use SF"),
        (("--date", "2026-03-29", "--run", "sf"), 2, "there is no run 'sf'"),
        (("--date", "2026-03-27"), 5, "no read of 2026-03-27 has been handed over"),
        (("--date", "2024-03-27"), 5, "no MPAN is registered on 2024-03-27"),
        (("--date", "2026-03-29", "--lab", "nowhere"), 5, "make a lab by `./hanlab demo --keep`"),
    ],
)
def test_each_failure_has_one_message_and_its_exit_code(
    lab: Path, settle: Settle, arguments: tuple[str, ...], code: int, message: str
) -> None:
    result = settle("--lab", lab, *arguments)
    assert result.exit_code == code
    assert message in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_a_store_that_is_damaged_or_a_folder_that_is_taken_fails_with_its_name(
    lab: Path, settle: Settle
) -> None:
    (lab / "settlement").write_text("in the way")
    result = settle("--date", SPRING, "--lab", lab)
    assert (result.exit_code, "File exists" in result.stderr) == (1, True)
    (lab / "settlement.duckdb").write_bytes(b"damaged" * 5000)
    result = settle("--date", SPRING, "--lab", lab)
    assert (result.exit_code, "cannot be opened" in result.stderr) == (1, True)


def test_many_suppliers_and_odd_factors_are_told(lab: Path, settle: Settle) -> None:
    with SettlementStore(lab / "settlement.duckdb") as store:
        for number in range(2, 10):
            mpan = mpan_core("12", number)
            store.registrations.register(registered(mpan, f"SUP{number}"))
            store.hand_over(utc_day(SPRING, [50] * 46, mpan), LATER)
        store.inputs.give_group_take("_C", SPRING, [550, 900, *[550] * 44])
    result = settle("--date", SPRING, "--lab", lab)
    assert "_C: all 9 suppliers stand in the file." in result.stdout
    assert "_C: correction factor outside 0.9 to 1.1 in period 2, 41." in result.stdout


def test_a_terminal_gets_a_table_that_fits(
    lab: Path, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    lines = click.unstyle(settle("--date", SPRING, "--lab", lab).stdout).splitlines()
    assert "02:00 BST" in next(line for line in lines if line.split()[:1] == ["3"])
    table = lines[: next(n for n, line in enumerate(lines) if line.startswith("46 periods"))]
    assert max(map(len, table)) <= 80


@pytest.mark.slow
def test_the_benchmark_settles_what_it_says() -> None:
    figures = bench(300)
    assert (figures["meter_days"], figures["readings"]) == (300, 300 * 48)
    assert 0 < figures["cells"] <= 600
    assert figures["run_seconds"] > 0
