"""The reference messages, decoded, written again and checked; wrong ones are told apart."""

import json
from pathlib import Path

import pytest

from host.conformance import corpus, der_tree
from host.conformance.checks import Checker
from host.conformance.examine import examine
from host.conformance.report import Report
from keys.store import Keystore
from smets.gbcs.message import Message
from tests.outside import outside_data


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker(Keystore(outside_data("rtds", "keystore")))


@pytest.fixture(scope="module")
def references() -> list[corpus.Reference]:
    return corpus.read(outside_data("rtds", "RTDS-4.5.0"))


@pytest.fixture(scope="module")
def expected() -> dict[str, dict]:
    """What an independent program found, by message name."""
    lines = outside_data("rtds", "expected.jsonl").read_text().splitlines()
    return {entry["name"]: entry["expected"] for entry in map(json.loads, lines)}


def test_every_message_decodes_checks_and_is_written_again(references, checker):
    report = Report()
    decoded = examine(references, checker, report)
    assert report.failures == []
    assert report.messages.total == len(references) == len(decoded) > 1000
    assert report.messages.decoded == report.messages.reencoded == report.messages.total
    for checked in (report.macs, report.signatures, report.encrypted):
        assert 0 < checked.valid == checked.checked
    # every MAC but those between a PPMID and its meter, whose keys nobody has published
    with_mac = [name for name, message in decoded.items() if message.mac is not None]
    assert len(with_mac) - report.macs.checked == sum(name.startswith("PCS") for name in with_mac)
    assert report.signatures.checked == sum(bool(m.signature) for m in decoded.values())
    assert "CS02aMAC_6.24.1_SUCCESS_RESPONSE" in report.non_minimal_der


def test_fields_and_plaintexts_are_those_an_independent_program_found(
    references, checker, expected
):
    compared = opened = 0
    for reference in references:
        assert reference.octets is not None
        message, wanted = Message.decode(reference.octets), expected[reference.name]
        header = message.header
        assert header.originator.hex() == wanted["originator"]
        assert header.recipient.hex() == wanted["recipient"]
        assert header.originator_counter == wanted["originator_counter"]
        assert header.supplementary_remote_party.hex() == (
            wanted["supplementary_remote_party"] or ""
        )
        assert (message.mac or b"").hex() == (wanted["mac"] or "")
        compared += 1
        if wanted.get("decrypted"):
            found = [part.hex() for part in checker.plaintexts(message) or []]
            assert found == wanted["decrypted"], reference.name
            opened += len(found)
    assert compared > 1000
    assert opened > 40


@pytest.mark.parametrize(
    ("part", "stage"),
    [("mac", "mac"), ("signature", "signature"), ("payload", "signature")],
)
def test_a_changed_octet_is_found_and_its_check_named(references, checker, part, stage):
    reference = next(each for each in references if each.name == "ECS42_7.1_SUCCESS_COMMAND")
    assert reference.octets is not None
    message = Message.decode(reference.octets)
    octets = bytearray(getattr(message, part))
    octets[-1] ^= 1
    setattr(message, part, bytes(octets))
    report = Report()
    changed = corpus.Reference(reference.name, reference.kind, message.encode())
    examine([changed], checker, report)
    assert stage in {failure.stage for failure in report.failures}


def test_what_cannot_be_read_is_a_failure_with_its_reason(tmp_path, checker):
    folder = tmp_path / "4.1.1_ECS17b"
    folder.mkdir()
    (folder / "A_SUCCESS_COMMAND_GBCS.HEX").write_text("not hex")
    (folder / "B_SUCCESS_COMMAND_GBCS.HEX").write_text("df09")
    report = Report()
    examine(corpus.read(tmp_path), checker, report)
    assert [failure.stage for failure in report.failures] == ["decode", "decode"]
    assert report.messages.total == 2
    assert report.messages.decoded == 0


def test_a_folder_without_messages_is_refused(tmp_path: Path):
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(corpus.CorpusError):
            corpus.read(folder)


def test_longer_forms_of_lengths_are_named_and_kept():
    octets = bytes.fromhex("30820005 020100 0400".replace(" ", ""))
    tree = der_tree.decode(octets)
    assert tree.encode() == octets
    assert list(tree.non_minimal()) == ["outermost"]
    assert list(der_tree.decode(bytes.fromhex("3003020100")).non_minimal()) == []
