"""PEM (RFC 7468): one labelled block of base64 in a text file."""

from __future__ import annotations

import base64
import binascii
import re
from typing import NamedTuple

from keys.errors import KeystoreError

CERTIFICATE = "CERTIFICATE"
PUBLIC_KEY = "PUBLIC KEY"
PRIVATE_KEY = "PRIVATE KEY"

_BLOCK = re.compile(
    rb"^-----BEGIN ([A-Z0-9 ]+)-----\s*$(.*?)^-----END \1-----\s*$", re.DOTALL | re.MULTILINE
)


class Block(NamedTuple):
    """The label of a block and the octets it holds."""

    label: str
    octets: bytes

    def __repr__(self) -> str:
        """Only the label: the octets may be a private key."""
        return f"Block({self.label!r})"


def decode(text: bytes, source: str) -> Block:
    """The first block of `text`; KeystoreError names `source`, never its contents."""
    found = _BLOCK.search(text)
    octets = None
    if found:
        try:
            octets = base64.b64decode(b"".join(found[2].split()), validate=True)
        except binascii.Error:
            octets = None
    if found is None or octets is None:
        raise KeystoreError(f"{source} is not a PEM file: export it as PEM again")
    return Block(found[1].decode("ascii"), octets)


def encode(label: str, octets: bytes) -> bytes:
    """A PEM file with one block."""
    body = base64.b64encode(octets).decode("ascii")
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", "")).encode()
