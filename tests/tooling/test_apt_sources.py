"""Reading the machine's own apt sources."""

from pathlib import Path

import pytest

from host.programs import apt, apt_sources
from host.programs.errors import ProgramMissingError

DEB822 = """\
Types: deb
# A comment in the middle.
URIs: http://mirror.test/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Enabled: no
Types: deb
URIs: http://switched-off.test/
Suites: bookworm
Components: main

Types: deb-src
URIs: http://sources.test/
Suites: bookworm
Components: main

Types: deb
URIs: http://other.test/
Suites: bookworm
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mDMEX
 -----END PGP PUBLIC KEY BLOCK-----
"""

ONE_LINE = """\
# deb http://commented.test/ bookworm main
deb-src http://sources.test/ bookworm main
deb [arch=amd64 signed-by=/etc/keys.gpg] http://mirror.test/debian bookworm main contrib # why
deb http://plain.test/debian bookworm main
"""


def test_stanzas_of_the_newer_format() -> None:
    first, last = apt_sources.parse(DEB822, deb822=True)
    assert first["URIs"] == "http://mirror.test/debian"
    assert first["Suites"].split() == ["bookworm", "bookworm-updates"]
    assert first["Signed-By"] == "/usr/share/keyrings/debian-archive-keyring.gpg"
    assert last["URIs"] == "http://other.test/"


def test_a_key_inside_a_stanza_survives_writing() -> None:
    stanza = apt_sources.parse(DEB822, deb822=True)[-1]
    assert apt_sources.parse(apt_sources.write(stanza), deb822=True) == [stanza]
    assert "-----END PGP PUBLIC KEY BLOCK-----" in apt_sources.write(stanza)


def test_lines_of_the_older_format() -> None:
    first, second = apt_sources.parse(ONE_LINE, deb822=False)
    assert first == {
        "Types": "deb",
        "URIs": "http://mirror.test/debian",
        "Suites": "bookworm",
        "Components": "main contrib",
        "Arch": "amd64",
        "Signed-By": "/etc/keys.gpg",
    }
    assert second["URIs"] == "http://plain.test/debian"


def machine(monkeypatch: pytest.MonkeyPatch, release: dict[str, str], sources: str) -> None:
    """Pretend to be on a machine of that release with those sources."""
    monkeypatch.setattr(apt.platform, "freedesktop_os_release", lambda: release)
    stanzas = apt_sources.parse(sources, deb822=True)
    monkeypatch.setattr(apt_sources, "stanzas", lambda: stanzas)


def test_debian_is_asked_for_the_release_that_has_the_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine(monkeypatch, {"ID": "debian", "VERSION_CODENAME": "bookworm"}, DEB822)
    sources = list(apt._sources())
    assert [(s["URIs"], s["Suites"]) for s in sources[:3]] == [
        ("http://mirror.test/debian", suite) for suite in ("trixie", "stable", "testing")
    ]
    assert {s["Components"] for s in sources} == {"main"}
    assert sources[0]["Signed-By"] == "/usr/share/keyrings/debian-archive-keyring.gpg"


def test_ubuntu_is_asked_for_its_own_release(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "Types: deb\nURIs: http://mirror.test/ubuntu\nSuites: noble noble-updates\n"
        "Components: main restricted\n"
    )
    machine(monkeypatch, {"ID": "ubuntu", "VERSION_CODENAME": "noble"}, text)
    (source,) = apt._sources()
    assert (source["Suites"], source["Components"]) == ("noble", "main universe")


def test_a_machine_without_sources_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine(monkeypatch, {"ID": "debian", "VERSION_CODENAME": "bookworm"}, "")
    with pytest.raises(ProgramMissingError, match="no Debian or Ubuntu source"):
        apt.fetch("micropython", "i386", tmp_path)


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ("E: Write error - write (28: No space left on device)", "no space left"),
        ("E: Failed to fetch x  Temporary failure resolving 'mirror'", "reaches no mirror"),
        ("W: GPG error: x: not available: NO_PUBKEY 0123", "lacks the archive's keys"),
    ],
)
def test_what_apt_says_becomes_a_cause(words: str, cause: str, tmp_path: Path) -> None:
    program = tmp_path / "apt-get"
    program.write_text(f'#!/bin/sh\necho "{words}" >&2\nexit 100\n')
    program.chmod(0o755)
    with pytest.raises(ProgramMissingError, match=cause):
        apt._run([str(program), "update"])


def test_other_words_of_apt_let_the_next_suite_be_tried(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine(monkeypatch, {"ID": "debian", "VERSION_CODENAME": "bookworm"}, DEB822)
    asked = []

    def install(source: apt_sources.Stanza, *_: object) -> None:
        asked.append(source["Suites"])
        if source["Suites"] == "trixie":
            raise apt._AptError("E: File has unexpected size. Mirror sync in progress?")

    monkeypatch.setattr(apt, "_install", install)
    apt.fetch("micropython", "i386", tmp_path)
    assert asked == ["trixie", "stable"]
