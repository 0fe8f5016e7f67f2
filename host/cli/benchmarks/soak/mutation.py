"""Octets made wrong, in the ways in which octets go wrong and in those that attackers choose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

# Lengths and tags at the edges of what formats allow.
EDGES = (0x00, 0x01, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xFE, 0xFF)
# What markup, text, numbers and framing make of themselves.
PIECES = (
    b"\x00",
    b"\xff\xff\xff\xff",
    b"\x82\xff\xff",
    b"\x7e",
    b"\x7d",
    b"<",
    b">",
    b"&#0;",
    b"&amp;",
    b"]]>",
    b"<!DOCTYPE a>",
    b'"',
    b"\\u0000",
    b"[" * 40,
    b"1e9",
    b"-1",
    b" ",
    b"\n",
    b"\xc3\x28",
)
ROUNDS = (1, 1, 1, 2, 4, 12)  # mutations of one piece of octets, one of these counts
LONGEST_PIECE = 40


def _bit(out: bytearray, at: int, chance: Random, _: Sequence[bytes]) -> None:
    if at < len(out):
        out[at] ^= 1 << chance.randrange(8)


def _octet(out: bytearray, at: int, chance: Random, _: Sequence[bytes]) -> None:
    if at < len(out):
        out[at] = chance.randrange(256)


def _edge(out: bytearray, at: int, chance: Random, _: Sequence[bytes]) -> None:
    """An octet that may be a length or a tag becomes one at an edge, or one off."""
    if at < len(out):
        out[at] = chance.choice((*EDGES, (out[at] + 1) & 0xFF, (out[at] - 1) & 0xFF))


def _truncate(out: bytearray, at: int, _: Random, __: Sequence[bytes]) -> None:
    del out[at:]


def _extend(out: bytearray, _: int, chance: Random, __: Sequence[bytes]) -> None:
    out += chance.randbytes(chance.randrange(1, LONGEST_PIECE))


def _remove(out: bytearray, at: int, chance: Random, _: Sequence[bytes]) -> None:
    del out[at : at + chance.randrange(1, LONGEST_PIECE)]


def _repeat(out: bytearray, at: int, chance: Random, _: Sequence[bytes]) -> None:
    start = chance.randrange(len(out) + 1)
    out[at:at] = out[start : start + chance.randrange(1, LONGEST_PIECE)]


def _insert(out: bytearray, at: int, chance: Random, _: Sequence[bytes]) -> None:
    out[at:at] = chance.choice(PIECES)


def _splice(out: bytearray, at: int, chance: Random, others: Sequence[bytes]) -> None:
    """From here on it is another one's end."""
    other = chance.choice(others)
    out[at:] = other[chance.randrange(len(other) + 1) :]


MUTATIONS: tuple[Callable[[bytearray, int, Random, Sequence[bytes]], None], ...] = (
    _bit,
    _octet,
    _edge,
    _truncate,
    _extend,
    _remove,
    _repeat,
    _insert,
    _splice,
)


def mutated(octets: bytes, chance: Random, others: Sequence[bytes]) -> bytes:
    """`octets` after one or more mutations; `others` are what may be spliced in."""
    out = bytearray(octets)
    for _ in range(chance.choice(ROUNDS)):
        chance.choice(MUTATIONS)(out, chance.randrange(len(out) + 1), chance, others)
    return bytes(out)
