"""The public DUIS and RTDS data that the tests of the DCC stub share."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from dcc_stub.duis import bodies, services, xml
from dcc_stub.duis.schema import Schema
from keys.store import Keystore
from tests.outside import outside_data

BODY_ELEMENT = re.compile(rb"<sr:Body>\s*<sr:(\w+)")


@cache
def schema() -> Schema:
    found = Schema.find(outside_data("duis", "xsd"))
    assert found is not None
    return found


@cache
def xml_signing_keys() -> Keystore:
    return Keystore(outside_data("duis", "keystore"))


@cache
def rtds_keys() -> Keystore:
    return Keystore(outside_data("rtds", "keystore"))


def samples() -> list[Path]:
    return sorted(outside_data("duis", "samples").iterdir())


def templates() -> list[Path]:
    """The request templates of every service request that this DCC offers."""
    offered = {body.name for body in bodies.BODIES}
    paths = sorted(outside_data("duis", "templates").iterdir())
    return [path for path in paths if _element(path) in offered]


def _element(path: Path) -> str:
    found = BODY_ELEMENT.search(path.read_bytes())
    assert found is not None, path
    return found.group(1).decode()


def offered_services() -> list[services.Service]:
    return [row for row in services.SERVICES if bodies.find(row.element) is not None]


def template(name: str) -> bytes:
    return outside_data("duis", "templates", f"{name}_REQUEST_DUIS.XML").read_bytes()


def parsed(name: str):
    return xml.parse(template(name))
