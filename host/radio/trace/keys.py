"""The keys that open a capture: from Wireshark's file of Zigbee keys, and off the air."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from host.radio.trace.errors import CaptureError
from smets.codec.errors import AuthenticationError
from smets.zigbee import security
from smets.zigbee.security import AuxiliaryHeader

if TYPE_CHECKING:
    from smets.zigbee.suite import ZigbeeSuite

# Wireshark's table `zigbee_pc_keys`: key, order of its octets, label.
_LINE = re.compile(r'"((?:[0-9A-Fa-f]{2}[ :.-]?){16})","(Normal|Reverse)","([^"]*)"')


def read(path: Path) -> dict[bytes, str]:
    """Keys and their labels; CaptureError for a line that is none, which it does not show."""
    keys = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        entry = _LINE.fullmatch(line.strip())
        if entry is None:
            raise CaptureError(
                f"{path}, line {number}: not a Zigbee key as Wireshark writes them: "
                '"01:23:…:ef","Normal","label"'
            )
        key = bytes.fromhex(re.sub("[ :.-]", "", entry[1]))
        keys[key if entry[2] == "Normal" else key[::-1]] = entry[3]
    return keys


class KeyRing:
    """Network and link keys, told or learned; which is which shows when one opens a frame."""

    def __init__(self, suite: ZigbeeSuite, keys: dict[bytes, str]) -> None:
        self._suite = suite
        self._labels = dict(keys)
        self._opened: dict[tuple[bytes, int], bytes] = {}
        self._key_of = lru_cache(self._derived)

    def learn(self, key: bytes, label: str) -> None:
        """Add a key that was seen on the air."""
        self._labels.setdefault(key, label)

    def open(
        self, header: bytes, auxiliary: AuxiliaryHeader, sealed: bytes, source: bytes
    ) -> tuple[bytes, str]:
        """The payload of a secured frame and the label of the key that opens it.

        AuthenticationError when none does.
        """
        place = (source, auxiliary.key_identifier)
        for key in self._likely_first(self._opened.get(place)):
            try:
                payload = security.unseal(
                    self._suite,
                    self._key_of(key, auxiliary.key_identifier),
                    header,
                    auxiliary,
                    sealed,
                    source,
                )
            except AuthenticationError:
                continue
            self._opened[place] = key
            return payload, self._labels[key]
        raise AuthenticationError("none of the keys opens it")

    def _likely_first(self, key: bytes | None) -> list[bytes]:
        if key is None:
            return list(reversed(self._labels))
        return [key, *(other for other in reversed(self._labels) if other != key)]

    def _derived(self, key: bytes, key_identifier: int) -> bytes:
        return security.derived_key(self._suite, key, key_identifier)
