"""The benchmarks say what they measured, and say so when a limit is not kept."""

from __future__ import annotations

import itertools
import json

import pytest
from click.testing import CliRunner

from host.boards.image import board_image
from host.boards.vm import HEAP_GATE, RADIO_HEAP_GATE
from host.cli.bench import bench
from host.cli.benchmarks import openssl, shares
from host.cli.benchmarks.device import memory
from host.cli.benchmarks.household import keystore, make_meter, meter_euis, open_commands
from host.cli.benchmarks.radio import attacks
from host.cli.benchmarks.report import Report, Row, Table
from smets.gbcs.message import Message


def run(*arguments: str) -> dict[str, object]:
    """The one JSON document of a benchmark that keeps its limits."""
    done = CliRunner().invoke(bench, [*arguments, "--json"], standalone_mode=False)
    assert done.exception is None, done.output
    assert done.return_value == 0, done.stdout
    return json.loads(done.stdout)


def table(document: dict[str, object], title: str) -> list[Row]:
    (found,) = [each for each in document["tables"] if each["title"].startswith(title)]
    return found["rows"]


# Reports


def report(value: float | None, limit: float | None) -> Report:
    row: Row = {"what": "a", "ratio": value, "limit": limit}
    return Report("test", {"vm": "i386"}, [Table("Ratios", [row], "ratio")])


@pytest.mark.parametrize(
    ("value", "limit", "passed"),
    [(1.5, 1.5, True), (1.51, 1.5, False), (None, 1.5, False), (9.9, None, True), (0, 0, True)],
)
def test_a_limit_is_kept_or_not(value, limit, passed, capsys):
    assert report(value, limit).passed is passed
    report(value, limit).show(as_json=False)
    printed = capsys.readouterr().out
    assert ("OVER" in printed) is not passed
    assert ("every limit is kept" in printed) is passed


def test_a_figure_that_is_none_keeps_no_limit():
    assert not report(float("nan"), 1.0).passed


def test_a_table_that_limits_nothing_passes():
    free = Table("Figures", [{"what": "a", "octets": 5, "limit": 1}])
    assert Report("test", {}, [free]).passed


def test_a_report_is_one_document(capsys):
    over = report(2.0, 1.5)
    over.notes.append("why")
    over.show(as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert document["passed"] is False
    assert document["vm"] == "i386"
    assert document["tables"][0]["rows"] == [{"what": "a", "ratio": 2.0, "limit": 1.5}]
    assert document["notes"] == ["why"]


# What they measure on


def test_commands_are_those_that_a_meter_answers():
    euis = meter_euis(3)
    assert len(set(euis)) == 3
    with keystore(3) as keys, open_commands(keys, euis) as commands:
        for eui in euis:
            for variant, now in (("4.1.1", 830_000_000), ("7.1", 830_000_001)):
                meter = make_meter(keys, eui)
                answer = meter.receive(commands.make(variant, eui, now), now)
                assert answer is not None
                assert Message.decode(answer).header.originator == eui


def test_shares_are_of_all_the_time_and_calls_are_counted():
    found = shares.profiled(lambda: [json.dumps([number]) for number in range(1000)])
    assert found.calls_of("dumps") == 1000
    rows = found.table("Shares", 1000).rows
    assert sum(row["share %"] for row in rows) == pytest.approx(100)


def test_primitives_are_measured_beside_openssl():
    ours, *speed = openssl.tables()
    assert {row["primitive"] for row in ours.rows} == set(openssl.WANTED)
    assert all(row["per second"] > 0 for row in ours.rows)
    for each in speed:
        assert [row["primitive"] for row in each.rows] == ["sign", "verify", "ecdh"]
        assert all(row["per second"] > 100 for row in each.rows)


# Each of them, small


def test_settlement():
    document = run("settlement", "--meter-days", "200")
    assert document["readings"] == 200 * 48
    assert all(row["value"] > 0 for row in table(document, "Readings a second"))


def test_dcc():
    document = run("dcc", "--meters", "3", "--seconds", "0.1")
    rows = table(document, "4.1.1 through the DCC stub")
    assert [row["through"] for row in rows] == ["engine", "service"]
    assert all(row["requests"] >= 3 and row["per second"] > 0 for row in rows)
    operations = table(document, "Public-key operations")
    each = {row["operation"]: row["each request"] for row in operations[:-1]}
    # The user signs the request, the DCC the answer and the delivery; both are verified.
    assert (each["sign"], each["verify_kept"]) == (3, 2)


def test_the_firmware_serves_within_its_gate(gate_vm):
    with keystore() as keys:
        asked = memory.work(keys)
        statuses = memory.serve(gate_vm, board_image(gate_vm), keys, asked, HEAP_GATE)
    assert len(statuses) == 1 + len(asked)
    assert statuses[-1]["heap"] <= HEAP_GATE


def test_a_heap_that_is_too_small_is_told_from_one_that_is_not(gate_vm):
    with keystore() as keys:
        asked = memory.work(keys)[:1]
        image = board_image(gate_vm)
        with pytest.raises(memory.BoardFailedError):
            memory.serve(gate_vm, image, keys, asked, HEAP_GATE // 2)


@pytest.mark.slow
def test_device(gate_vm):
    """Times are not judged here; how much heap it takes does not depend on the machine."""
    done = CliRunner().invoke(
        bench, ["device", "--vm", gate_vm.name, "--json"], standalone_mode=False
    )
    assert done.exception is None, done.exception
    document = json.loads(done.stdout)
    commands = table(document, "Commands")
    assert {row["command"] for row in commands} == {"ECS17b", "ECS42"}
    assert all(row["ms"] > 0 and row["primitives ms"] > 0 for row in commands)
    heap = {row["what"]: row for row in table(document, "Heap, octets")}
    smallest = heap["smallest heap that serves"]
    assert smallest["octets"] <= smallest["limit"]
    assert 0 < heap["code of the started board"]["octets"] < smallest["limit"]
    everything = table(document, "The board's files")[-1]
    assert everything["package"] == "all"
    assert everything["mpy"] > 50_000
    radio = {row["what"]: row for row in table(document, "Heap on the radio")}
    smallest = radio["smallest heap that serves without a new start"]
    assert smallest["octets"] <= smallest["limit"] == RADIO_HEAP_GATE
    for kind in ("ESME", "GSME"):
        live = radio[f"{kind}: live after join"]["octets"]
        assert radio[f"{kind}: live after start"]["octets"] < live < RADIO_HEAP_GATE
    steps = table(document, "Key establishment")
    assert len(steps) == 4
    assert all(row["ms"] > 0 and row["ESP32 s, estimate"] > 0 for row in steps)
    heap = {row["what"]: row["octets"] for row in table(document, "Heap of key establishment")}
    whole = heap["smallest heap that agrees"]
    assert 0 < heap["code, given back after the join"] < whole < 160 * 1024
    assert 0 < heap["that, without what an idle VM needs"] < whole


@pytest.mark.slow
def test_kill(gate_vm):
    document = run("kill", "--kills", "6", "--vm", gate_vm.name)
    assert sum(row["times"] for row in table(document, "Killed")) == 6
    ledger = table(document, "The users' ledger")
    assert sum(row["answered"] for row in ledger) >= 2
    books = table(document, "Held against the books")
    assert all(row["count"] == row["limit"] == 0 for row in books)


# Radio


def test_the_radio_keeps_its_limits():
    found = run("radio", "--part", "air", "--hans", "2", "--requests", "8")
    bad = {row["figure"]: row["value"] for row in table(found, "20 % loss")}
    assert bad["requests of 300 octets"] == 32
    assert bad["acknowledged"] + bad["failed with a reason"] == 32
    attacked = {row["frames"]: row for row in table(found, "An attacker")}
    assert attacked["replayed network frames"]["sent"] > 0
    for row in attacked.values():
        assert row["sent"] == row["refused and counted"]
        assert row["let through"] == 0


@pytest.mark.slow
def test_sticks_that_fail_cost_neither_messages_nor_keys(gate_vm):
    parts = ("--part", "faults", "--resets", "2", "--cuts", "1", "--vm", gate_vm.name)
    found = run("radio", *parts)
    faults = table(found, "Faults in a row")
    assert [row["times"] for row in faults] == [1] * 6
    assert all(0 < row["worst s"] <= row["limit"] for row in faults)
    kept = {row["figure"]: row["value"] for row in table(found, "What faults must not cost")}
    assert kept.pop("secured frames looked at") > 50
    assert set(kept.values()) == {0}


@pytest.mark.slow
def test_devices_are_refused_with_a_reason(gate_vm):
    rows = table(run("radio", "--part", "joins", "--vm", gate_vm.name), "Devices that are refused")
    assert [row["stage"] for row in rows] == [
        "network key",
        "CBKE",
        "CBKE",
        "whitelisted",
        "CBKE",
        "whitelisted",
    ]
    assert len({row["reason"] for row in rows}) == len(rows)


@pytest.mark.slow
def test_a_device_with_keys_reaches_nothing_it_should_not(gate_vm):
    found = run("radio", "--part", "insider", "--requests", "2", "--vm", gate_vm.name)
    rows = table(found, "A device with good keys")
    counted = [row for row in rows if row["refused and counted"] is not None]
    assert len(counted) == 5
    assert all(row["refused and counted"] == row["sent"] == 2 for row in counted)
    assert rows[-1]["let through"] == 0


@pytest.mark.slow
def test_a_sleepy_meter_wakes_for_each_half_hour(gate_vm):
    found = run("radio", "--part", "day", "--half-hours", "4", "--vm", gate_vm.name)
    figures = {row["figure"]: row["value"] for row in table(found, "2 virtual hours")}
    assert figures["wakes"] == 4
    assert figures["half hours read"] >= 4
    assert figures["half hours missing or wrong at the supplier"] == 0


def test_an_attacker_who_gets_through_is_told_of(monkeypatch):
    """The attack with the right key and a fresh counter is none: its message arrives."""
    monkeypatch.setattr(
        attacks.Attacker,
        "clear",
        lambda self, source: self.insider(
            source, self.han.meters[0].node.eui64, attacks.SUITE.mmo(bytes(8)), next(ahead)
        ),
    )
    ahead = itertools.count(attacks.FAR_AHEAD)
    table_ = attacks.attacks(4, 1)
    assert any(table_.is_over(row) for row in table_.rows)
