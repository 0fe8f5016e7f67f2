"""The trust anchor cells a reference device must have held, told from its own responses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from keys.certificate import Certificate
from keys.profile import Role, Usage
from keys.store import Keystore
from smets.gbcs import credentials, roles
from smets.gbcs.message import Message

from host.conformance.loads import Load
from host.conformance.pairs import Pair
from host.conformance.recovery import root_public_key
