"""Reads the machine's own apt sources, in both of apt's formats, as stanzas of fields."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

Stanza = dict[str, str]

_ONE_LINE = re.compile(r"deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s*(.*)")


def stanzas() -> list[Stanza]:
    """Every enabled source of binary packages that apt is configured with."""
    listing = subprocess.run(
        [
            "apt-config",
            "shell",
            "LIST",
            "Dir::Etc::sourcelist/f",
            "PARTS",
            "Dir::Etc::sourceparts/d",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    places = dict(re.findall(r"(LIST|PARTS)='([^']*)'", listing))
    parts = Path(places["PARTS"])
    files = [Path(places["LIST"]), *sorted(parts.glob("*.list")), *sorted(parts.glob("*.sources"))]
    return [
        stanza
        for file in files
        if file.is_file()
        for stanza in parse(file.read_text(encoding="utf-8"), deb822=file.suffix == ".sources")
    ]


def parse(text: str, *, deb822: bool) -> list[Stanza]:
    """Read one file; disabled sources and those of source code are left out."""
    found = _deb822(text) if deb822 else _one_line(text)
    return [
        stanza
        for stanza in found
        if "deb" in stanza.get("Types", "").split() and stanza.get("Enabled", "yes") != "no"
    ]


def _deb822(text: str) -> Iterator[Stanza]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for block in re.split(r"\n[ \t]*\n", "\n".join(lines)):
        fields = re.findall(r"^([A-Za-z-]+):[ \t]*(.*(?:\n[ \t]+.*)*)", block, re.MULTILINE)
        if fields:
            yield dict(fields)


def _one_line(text: str) -> Iterator[Stanza]:
    for line in text.splitlines():
        entry = _ONE_LINE.match(line.split("#")[0].strip())
        if entry is None:
            continue
        stanza = {"Types": "deb", "URIs": entry["uri"], "Suites": entry["suite"]}
        stanza["Components"] = entry[4]
        for option in (entry["options"] or "").split():
            name, _, value = option.partition("=")
            stanza["-".join(word.capitalize() for word in name.split("-"))] = value
        yield stanza


def write(stanza: Stanza) -> str:
    """The deb822 text of a stanza."""
    return "".join(f"{name}: {value}\n" for name, value in stanza.items())
