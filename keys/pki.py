"""Making the lab's PKI in a keystore folder; what is there already is always kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NamedTuple

from keys import files, folder, issue, names, points, profile, randomness
from keys.certificate import Certificate
from keys.errors import KeystoreError, NotHeldError
from keys.folder import Label
from keys.issue import Authority, Terms
from keys.parties import PARTIES, Party
from keys.profile import DeviceType, Role, Usage
from keys.randomness import Source

_DEVICE_USAGES: tuple[Usage, ...] = ("ds", "ka")
