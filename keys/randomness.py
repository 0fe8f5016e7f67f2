"""Where private keys and serial numbers come from: the system, or a seed for repeatable tests."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from itertools import count
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric import ec

from keys.points import SCALAR_OCTETS
from keys.profile import SERIAL_OCTETS
from keys.suite import ORDER

# FIPS 186-5 A.2.1: 64 bits more than the order needs keep the remainder even.
_WIDE_OCTETS = SCALAR_OCTETS + 8


class Source(Protocol):
    """Gives keys and serial numbers; `label` says what for."""

    def private_key(self, label: str) -> bytes:
        """A 32-octet scalar between 1 and the order of P-256 less one."""
        ...

    def serial(self, label: str) -> int:
        """A positive serial number whose DER contents are 16 octets."""
        ...

    def octets(self, label: str, count: int) -> bytes:
        """So many octets."""
        ...


class SystemSource:
    """Fresh keys from the operating system."""

    def private_key(self, label: str) -> bytes:
        """A new key each time, whatever the label."""
        del label
        number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
        return number.to_bytes(SCALAR_OCTETS, "big")

    def serial(self, label: str) -> int:
        """A new serial number each time, whatever the label."""
        del label
        return _serial(secrets.token_bytes(SERIAL_OCTETS))

    def octets(self, label: str, count: int) -> bytes:
        """New octets each time, whatever the label."""
        del label
        return secrets.token_bytes(count)


class SeededSource:
    """For tests only: whoever knows the seed can compute every key."""

    def __init__(self, seed: bytes) -> None:
        self._secret = hmac.digest(b"hanlab test keys", seed, "sha256")

    def __repr__(self) -> str:
        """Nothing of the seed."""
        return "SeededSource()"

    def private_key(self, label: str) -> bytes:
        """The same key for the same seed and label."""
        wide = self._expand(f"private key {label}", _WIDE_OCTETS)
        number = int.from_bytes(wide, "big") % (ORDER - 1) + 1
        return number.to_bytes(SCALAR_OCTETS, "big")

    def serial(self, label: str) -> int:
        """The same serial number for the same seed and label."""
        return _serial(self._expand(f"serial {label}", SERIAL_OCTETS))

    def octets(self, label: str, count: int) -> bytes:
        """The same octets for the same seed and label."""
        return self._expand(f"octets {label}", count)

    def _expand(self, label: str, size: int) -> bytes:
        # The expansion of HKDF (RFC 5869 2.3).
        out = block = b""
        for counter in range(1, -(-size // hashlib.sha256().digest_size) + 1):
            block = hmac.digest(self._secret, block + label.encode() + bytes((counter,)), "sha256")
            out += block
        return out[:size]


def source(seed: bytes | None) -> Source:
    """Keys from the seed when there is one, else from the system."""
    return SystemSource() if seed is None else SeededSource(seed)


def stream(source: Source, label: str) -> Callable[[int], bytes]:
    """A function that gives octets again and again, other ones at each call."""
    numbers = count()
    return lambda size: source.octets(f"{label} {next(numbers)}", size)


def _serial(octets: bytes) -> int:
    # First octet 40..7f: positive, and never shorter than 16 octets.
    return int.from_bytes(bytes((0x40 | octets[0] & 0x3F,)) + octets[1:], "big")
