"""Reading a folder of reference messages: `*/NAME_KIND_GBCS.HEX`, one message in hex a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PATTERN = "*/*_GBCS.HEX"
KINDS = ("COMMAND", "RESPONSE", "ALERT", "PRECOMMAND")


class CorpusError(Exception):
    """The folder is not one of reference messages; the text names the cause and the next step."""


@dataclass(frozen=True)
class Reference:
    """One message of the folder; `octets` is None where its file holds no hex."""

    name: str
    kind: str
    octets: bytes | None

    @property
    def response_name(self) -> str:
        """The name of the response to this command."""
        return self.name.replace("_COMMAND", "_RESPONSE")


def _read(path: Path) -> Reference:
    name = path.name.removesuffix("_GBCS.HEX")
    kind = next((part for part in name.split("_") if part in KINDS), "")
    try:
        octets = bytes.fromhex(b"".join(path.read_bytes().split()).decode("ascii"))
    except ValueError:
        octets = None
    return Reference(name, kind, octets)


def read(folder: Path) -> list[Reference]:
    """All messages below `folder`, by name; CorpusError when there are none."""
    if not folder.is_dir():
        raise CorpusError(f"{folder} is not a folder: name the one that holds the messages")
    found = sorted((_read(path) for path in folder.glob(PATTERN)), key=lambda each: each.name)
    if not found:
        raise CorpusError(f"{folder} holds no {PATTERN}: name the folder that RTDS unpacks to")
    return found
