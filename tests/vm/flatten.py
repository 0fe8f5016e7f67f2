"""Writes vector files as lines, so that a VM with little memory can read them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def flatten_folder(source: Path, target: Path) -> None:
    """Write `target/NAME.jsonl` for every `source/NAME.json`."""
    for path in sorted(source.rglob("*.json")):
        lines = (json.dumps(record) + "\n" for record in records(json.loads(path.read_text())))
        out = (target / path.relative_to(source)).with_suffix(".jsonl")
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text("".join(lines))


def records(document: Any) -> Iterator[dict[str, Any]]:
    """The records of a Wycheproof file, a list, a table of lists, or a single record."""
    if isinstance(document, list):
        yield from map(_record, document)
    elif "testGroups" in document:
        for group in document["testGroups"]:
            common = {key: value for key, value in group.items() if key != "tests"}
            yield from (common | test for test in group["tests"])
    elif all(isinstance(value, list) for value in document.values()):
        for section, values in document.items():
            yield from (_record(value) | {"section": section} for value in values)
    else:
        yield document


def _record(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"value": value}
