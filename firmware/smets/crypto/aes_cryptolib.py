"""AES-128 by MicroPython's C module; importing this fails where the VM has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptolib import aes as Cipher  # noqa: N812

if TYPE_CHECKING:
    from collections.abc import Callable

_ECB = 1


def aes(key: bytes) -> Callable[[bytes], bytes]:
    """A function that encrypts whole blocks, each on its own, under a key of 16 octets."""
    return Cipher(key, _ECB).encrypt
