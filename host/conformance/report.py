"""What a run over reference messages found."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Decoding:
    """Messages read, and those that were written again to the same octets."""

    total: int = 0
    decoded: int = 0
    reencoded: int = 0


@dataclass
class Checked:
    """Checks that the keys allowed, and those that held."""

    checked: int = 0
    valid: int = 0


@dataclass
class Commands:
    """Commands replayed to devices; `unsupported` ones they lack, or are for others."""

    total: int = 0
    matched: int = 0
    unsupported: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Failure:
    """One message that failed, where, and why."""

    name: str
    stage: str
    reason: str


@dataclass
class Report:
    """The figures of a run; `non_minimal_der` names messages whose DER is not the shortest."""

    messages: Decoding = field(default_factory=Decoding)
    macs: Checked = field(default_factory=Checked)
    signatures: Checked = field(default_factory=Checked)
    encrypted: Checked = field(default_factory=Checked)
    commands: Commands = field(default_factory=Commands)
    failures: list[Failure] = field(default_factory=list)
    non_minimal_der: list[str] = field(default_factory=list)
    unsupported: list[str] = field(default_factory=list)
    vm: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The report as one JSON document."""
        return asdict(self)
