"""What a network co-processor still knows after it has lost its power."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

ERASED_EUI64 = b"\xff" * 8


@dataclass
class Security:
    """What setInitialSecurityState left behind; the keys in it are secret."""

    bitmask: int
    preconfigured_key: bytes = field(repr=False)
    network_key: bytes = field(repr=False)
    network_key_sequence: int
    trust_centre: bytes


@dataclass
class Contents:
    """The flash. `stack` is what `Stack.snapshot` gave, None when nothing was ever formed."""

    eui64: bytes  # from the factory
    boots: int = 0
    tokens: dict[tuple[int, int], bytes] = field(default_factory=dict)  # by key and index
    manufacturing: dict[int, bytes] = field(default_factory=dict)
    security: Security | None = None
    stack: dict[str, object] | None = field(default=None, repr=False)

    def to_json(self) -> str:
        """As one JSON document."""
        security = self.security
        return json.dumps(
            {
                "eui64": self.eui64.hex(),
                "boots": self.boots,
                "tokens": [[key, index, data.hex()] for (key, index), data in self.tokens.items()],
                "manufacturing": [[key, data.hex()] for key, data in self.manufacturing.items()],
                "security": security
                and {
                    "bitmask": security.bitmask,
                    "preconfigured_key": security.preconfigured_key.hex(),
                    "network_key": security.network_key.hex(),
                    "network_key_sequence": security.network_key_sequence,
                    "trust_centre": security.trust_centre.hex(),
                },
                "stack": self.stack,
            }
        )

    @staticmethod
    def from_json(text: str) -> Contents:
        """The reverse; ValueError, KeyError or TypeError when it is not such a document."""
        document: dict[str, Any] = json.loads(text)
        security = document["security"]
        return Contents(
            bytes.fromhex(document["eui64"]),
            document["boots"],
            {(key, index): bytes.fromhex(data) for key, index, data in document["tokens"]},
            {key: bytes.fromhex(data) for key, data in document["manufacturing"]},
            security
            and Security(
                security["bitmask"],
                bytes.fromhex(security["preconfigured_key"]),
                bytes.fromhex(security["network_key"]),
                security["network_key_sequence"],
                bytes.fromhex(security["trust_centre"]),
            ),
            document["stack"],
        )


class FlashError(Exception):
    """The file of a stick holds something else."""


class Flash(Protocol):
    """Where contents are kept."""

    def load(self) -> Contents | None:
        """None when nothing was ever saved."""

    def save(self, contents: Contents) -> None:
        """Returns when they are safe; OSError."""


class MemoryFlash:
    """Survives a restart of the NCP, but not of the program."""

    def __init__(self) -> None:
        self._text: str | None = None

    def load(self) -> Contents | None:
        return None if self._text is None else Contents.from_json(self._text)

    def save(self, contents: Contents) -> None:
        self._text = contents.to_json()


class FileFlash:
    """A file for its owner's eyes, replaced as a whole: a crash leaves the old one or the new."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> Contents | None:
        try:
            text = self.path.read_text()
        except FileNotFoundError:
            return None
        try:
            return Contents.from_json(text)
        except (ValueError, KeyError, TypeError) as error:
            raise FlashError(
                f"{self.path} is no state of a simulated radio; move it away to start with an "
                "empty stick"
            ) from error

    def save(self, contents: Contents) -> None:
        beside = self.path.with_name(self.path.name + ".new")
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(contents.to_json())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
