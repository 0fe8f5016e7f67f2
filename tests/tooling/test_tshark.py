"""Finding tshark, and what the tests ask of it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from host.cli.main import hanlab
from host.programs import apt, tshark
from host.programs.errors import ProgramMissingError
from tests.outside import outside_data
from tests.tooling.programs import program
from tests.tshark import assert_sound, dissect, judge

KEYS = {
    "network": bytes.fromhex("0123456789ABCDEF0123456789ABCDEF"),
    "link": bytes.fromhex("66B6900981E1EE3CA4206B6B861C02BB"),
}
CAPTURES = ("z195.pcap", "z230.pcap", "z283.pcap")


def test_a_program_on_path_is_taken(bare: Path) -> None:
    says = "TShark (Wireshark) 4.0.17 (Git v4.0.17 packaged as 4.0.17-0+deb12u1)"
    path = program(bare, "tshark", says)
    found = tshark.provide()
    assert (found.version, found.program) == ("4.0.17", (str(path),))


@pytest.mark.parametrize("says", ["TShark (Wireshark) 3.6.2 (Git)", "tcpdump 4.99", ""])
def test_what_is_no_usable_tshark_is_passed_over(says: str, bare: Path) -> None:
    program(bare, "tshark", says)
    assert tshark.find() is None
    with pytest.raises(ProgramMissingError, match=r"no apt-get.*; install tshark 4\.0 or newer"):
        tshark.provide()


def test_the_environment_names_a_program(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(bare, "tshark", "TShark (Wireshark) 4.0.17")
    mine = program(bare, "mine", "TShark (Wireshark) 4.4.1.")
    monkeypatch.setenv("HANLAB_TSHARK", str(mine))
    found = tshark.provide()
    assert (found.version, found.origin) == ("4.4.1", "HANLAB_TSHARK")


def test_a_wrong_program_in_the_environment_is_an_error(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HANLAB_TSHARK", "/bin/true")
    with pytest.raises(ProgramMissingError, match=r"HANLAB_TSHARK=/bin/true is no tshark 4\.0"):
        tshark.find()


def test_what_was_unpacked_runs_through_its_own_loader(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a shell as the loader: it gets the option, the libraries and the program."""

    def unpack(package: str, architecture: str, folder: Path) -> None:
        assert package == "tshark"
        (folder / "usr/lib/x-linux-gnu/wireshark/plugins").mkdir(parents=True)
        (folder / "usr/bin").mkdir()
        program(folder / "usr/bin", "tshark", "not through the loader")
        program(
            folder / "usr/lib/x-linux-gnu",
            apt.LOADERS[architecture],
            'TShark (Wireshark) 4.4.19.\' "$@" "$WIRESHARK_PLUGIN_DIR" \'',
        )

    monkeypatch.setattr(apt, "fetch", unpack)
    monkeypatch.setattr(apt, "obstacle", lambda _: None)
    monkeypatch.setattr(tshark.platform, "machine", lambda: "x86_64")
    said: list[str] = []
    found = tshark.provide(said.append)
    libraries = bare / "cache/tshark/usr/lib/x-linux-gnu"
    assert said == ["fetching tshark, 55 MB (once)"]
    assert found.version == "4.4.19"
    assert found.program == (
        *(str(libraries / "ld-linux-x86-64.so.2"), "--library-path", str(libraries)),
        str(bare / "cache/tshark/usr/bin/tshark"),
    )
    assert found.environment(bare)["WIRESHARK_PLUGIN_DIR"] == str(libraries / "wireshark/plugins")
    assert tshark.provide(said.append) == found
    assert len(said) == 1


@pytest.mark.parametrize(
    ("named", "present", "words"),
    [
        ("TShark (Wireshark) 4.0.17", True, "4.0.17, HANLAB_TSHARK"),
        ("something else", False, "mine is no tshark 4.0 or newer"),
        (None, False, "this machine has no apt-get and no dpkg-deb; install tshark 4.0 or newer"),
    ],
)
def test_the_doctor_tells_of_it(
    named: str | None,
    present: bool,
    words: str,
    bare: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if named is not None:
        monkeypatch.setenv("HANLAB_TSHARK", str(program(bare, "mine", named)))
    shown = CliRunner().invoke(hanlab, ["doctor", "--json"])
    findings = json.loads(shown.stdout)["findings"]
    finding = next(each for each in findings if each["name"] == "tshark")
    assert finding["present"] == present
    assert words in finding["detail"] + finding["fix"]
    assert not finding["needed"]


def test_this_machine_s_tshark_knows_the_dissectors() -> None:
    assert tuple(map(int, judge().version.split(".")[:2])) >= tshark.OLDEST


@pytest.mark.parametrize("name", CAPTURES)
def test_every_link_type_is_decrypted(name: str) -> None:
    packets = dissect(outside_data("vectors", "zigbee", name), KEYS)
    assert len(packets) == 5
    assert_sound(packets[:4])
    assert packets[3].octets("zbee_aps.cmd.key") == KEYS["network"]
    assert packets[4].shows("zbee.sec.counter") == ["4098", "8"]
    assert "zbee_zcl_se.tun.tunnel_id" in packets[4]


def test_a_frame_without_its_key_is_a_complaint() -> None:
    packets = dissect(outside_data("vectors", "zigbee", "z230.pcap"), {})
    with pytest.raises(AssertionError, match=r"frame 1 \(.*zbee_nwk\): Encrypted Payload"):
        assert_sound(packets)
    assert_sound(packets, excused=["Encrypted Payload"])


def test_a_malformed_frame_is_a_complaint() -> None:
    """The last frame holds the first three octets of a GBCS message."""
    packets = dissect(outside_data("vectors", "zigbee", "z230.pcap"), KEYS)
    with pytest.raises(AssertionError, match="Malformed Packet: GBCS Message"):
        assert_sound(packets)


def test_a_capture_without_frames_is_no_sound_one() -> None:
    with pytest.raises(AssertionError, match="no frame"):
        assert_sound([])
