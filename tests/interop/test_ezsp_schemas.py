"""The EZSP table against bellows' own schemas, frame by frame, and against logs of sessions."""

from __future__ import annotations

import importlib
import json
import random
from typing import Any

import pytest

from smets.zigbee import ezsp, ezsp_text
from tests.outside import data_folder, missing

VERSIONS = (13, 14, 16, 17, 18, 19)
SAMPLES = 20
SIZES = {ezsp.U8: 8, ezsp.U16: 16, ezsp.U32: 32}


def bellows_commands(version: int) -> dict[str, tuple[int, Any, Any]]:
    """bellows' frames of a version by name: id, request, response."""
    module = importlib.import_module(f"bellows.ezsp.v{version}.commands")
    commands: dict[str, tuple[int, Any, Any]] = module.COMMANDS
    return commands


def sample(fields: tuple[ezsp.Field, ...], chance: random.Random) -> dict[str, Any]:
    """Values for every field."""
    values: dict[str, Any] = {}
    for code, parameter, name in fields:
        kind = code & ~ezsp.OPTIONAL
        if kind in SIZES:
            values[name] = chance.getrandbits(3 if name.endswith("_count") else SIZES[kind])
        elif kind == ezsp.I8:
            values[name] = chance.randrange(-128, 128)
        elif kind == ezsp.BOOL:
            values[name] = chance.random() < 0.5
        elif kind in {ezsp.EMBER, ezsp.EZSP, ezsp.SL}:
            values[name] = 0
        elif kind == ezsp.EUI:
            values[name] = chance.randbytes(8)
        elif kind == ezsp.FIXED:
            values[name] = chance.randbytes(parameter)
        elif kind in {ezsp.OCTETS, ezsp.OCTETS32, ezsp.PRESENT32}:
            values[name] = chance.randbytes(chance.randrange(40))
        else:
            count = parameter
            if kind == ezsp.U16S_COUNTED:
                count = values[fields[parameter][2]]
            elif kind == ezsp.U16S:
                count = chance.randrange(6)
            values[name] = [chance.getrandbits(16) for _ in range(count)]
    return values


def bellows_values(schema: Any, octets: bytes) -> tuple[list[Any], bytes]:
    """`octets` as bellows takes them apart, and put together again."""
    values, again = [], b""
    types = [schema] if isinstance(schema, type) else list(schema.values()) if schema else []
    for position, kind in enumerate(types):
        if getattr(kind, "__name__", "") == "AnonymousList" and len(types) > 2:
            # addEndpoint: two lists behind their two counts
            count = values[4 + position - 6]
            value, octets = list(octets[: 2 * count]), octets[2 * count :]
            again += bytes(value)
        else:
            value, octets = kind.deserialize(octets)
            again += value.serialize()
        values.append(value)
    assert not octets
    return values, again


def scalars(value: Any) -> list[int]:
    """The numbers in a value of bellows, in wire order."""
    if hasattr(value, "assigned_fields"):
        return [one for _, inner in value.assigned_fields() for one in scalars(inner)]
    return [int(value)] if isinstance(value, int) else []


@pytest.mark.parametrize("version", VERSIONS)
class TestSchemas:
    def test_every_frame_of_ours_is_bellows_own(self, version: int) -> None:
        """Ids, names and every octet: what we write, bellows reads, and writes the same."""
        theirs, ours = bellows_commands(version), ezsp_text.load(version)
        chance = random.Random(version)
        compared = 0
        for name, frame_id in ezsp_text.ids(version).items():
            assert name in theirs, name
            assert theirs[name][0] == frame_id, name
            frame = ours.find(frame_id)
            assert frame is not None
            parts = [(frame.response, theirs[name][2])]
            if frame.request is not None:
                parts.append((frame.request, theirs[name][1]))
            for fields, schema in parts:
                for _ in range(SAMPLES):
                    values = sample(fields, chance)
                    octets = ours.encode(fields, values)
                    read, again = bellows_values(schema, octets)
                    assert again == octets, name
                    assert ours.decode(fields, octets) == values, name
                    numbers = [v for v in values.values() if isinstance(v, int)]
                    assert [n for v in read for n in scalars(v)] == numbers, name
                    compared += 1
        assert compared > 4500

    def test_what_this_version_lacks_is_not_found(self, version: int) -> None:
        """No id of ours is one that bellows does not know in this version."""
        known = {frame_id for frame_id, _, _ in bellows_commands(version).values()}
        ours = ezsp_text.load(version)
        for frame_id in range(0x200):
            if ours.find(frame_id):
                assert frame_id in known, hex(frame_id)


LOGS = [
    *((f"frames_bellows_v{version}.json", version) for version in (13, 14, 16, 18, 19)),
    *((f"frames_herdsman_v{version}.json", version) for version in (13, 14, 18, 19)),
]


@pytest.mark.parametrize(("log", "version"), LOGS)
def test_logged_sessions_are_understood(log: str, version: int) -> None:
    """What bellows and zigbee-herdsman sent and were content with reads, and writes the same."""
    path = data_folder() / "vectors" / "zigbee" / log
    if not path.exists():
        missing(f"no {path}")
    frames = ezsp_text.load(version)
    understood = 0
    for frame_id, name, request, response in json.loads(path.read_text()):
        frame = frames.find(frame_id)
        if frame is None or name.startswith("UNANSWERED") or frame_id == ezsp.VERSION:
            continue
        parts = [(frame.response, response)]
        if frame.request is not None:
            parts.append((frame.request, request))
        for fields, text in parts:
            octets = bytes.fromhex(text)
            values = frames.decode(fields, octets)
            if values.get("status", 0) == 0:
                assert frames.encode(fields, values)[: len(octets)] == octets, name
        understood += 1
    assert understood > 80
