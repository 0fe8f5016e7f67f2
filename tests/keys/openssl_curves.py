"""The binary curves of OpenSSL's libcrypto, by ctypes; distributions may leave them out."""

from __future__ import annotations

import ctypes
import ctypes.util
from typing import Any

_NAMES = {1: 721, 2: 729}  # NID_sect163k1, NID_sect283k1
_COMPRESSED = 2
_SIGNATURES = (
    ("EC_GROUP_new_by_curve_name", "p", "i"),
    ("EC_GROUP_get0_generator", "p", "p"),
    ("EC_POINT_new", "p", "p"),
    ("EC_POINT_free", None, "p"),
    ("EC_POINT_add", "i", "ppppp"),
    ("EC_POINT_mul", "i", "pppppp"),
    ("EC_POINT_point2oct", "n", "ppibnp"),
    ("EC_POINT_oct2point", "i", "ppbnp"),
    ("BN_bin2bn", "p", "bip"),
    ("BN_free", None, "p"),
)
_TYPES = {
    "p": ctypes.c_void_p,
    "i": ctypes.c_int,
    "n": ctypes.c_size_t,
    "b": ctypes.c_char_p,
    None: None,
}


class Curve:
    """One curve; LookupError where libcrypto, or the curve in it, is missing."""

    def __init__(self, suite: int) -> None:
        name = ctypes.util.find_library("crypto")
        if name is None:
            raise LookupError("there is no libcrypto on this machine")
        self._library: Any = ctypes.CDLL(name)
        for function, result, arguments in _SIGNATURES:
            if not hasattr(self._library, function):
                raise LookupError(f"this machine's libcrypto has no {function}")
            found = getattr(self._library, function)
            found.restype = _TYPES[result]
            found.argtypes = [_TYPES[letter] for letter in arguments]
        self._group = self._library.EC_GROUP_new_by_curve_name(_NAMES[suite])
        if not self._group:
            raise LookupError("this machine's libcrypto has no binary curves")
        self._octets = {1: 22, 2: 37}[suite]

    def multiply(self, scalar: int, point: bytes | None = None) -> bytes:
        """The scalar times a compressed point, or the generator."""
        octets = scalar.to_bytes((scalar.bit_length() + 7) // 8 or 1, "big")
        number = self._library.BN_bin2bn(octets, len(octets), None)
        base = self._decoded(point)
        total = self._library.EC_POINT_new(self._group)
        if point is None:
            self._check(self._library.EC_POINT_mul(self._group, total, number, None, None, None))
        else:
            self._check(self._library.EC_POINT_mul(self._group, total, None, base, number, None))
        self._library.BN_free(number)
        return self._encoded(total)

    def add(self, one: bytes, other: bytes) -> bytes:
        """The sum of two compressed points."""
        total = self._library.EC_POINT_new(self._group)
        points = self._decoded(one), self._decoded(other)
        self._check(self._library.EC_POINT_add(self._group, total, *points, None))
        return self._encoded(total)

    def has(self, point: bytes) -> bool:
        """Whether a compressed point is on the curve."""
        found = self._library.EC_POINT_new(self._group)
        ok = self._library.EC_POINT_oct2point(self._group, found, point, len(point), None)
        self._library.EC_POINT_free(found)
        return bool(ok)

    def _decoded(self, point: bytes | None) -> Any:
        if point is None:
            return None
        found = self._library.EC_POINT_new(self._group)
        self._check(self._library.EC_POINT_oct2point(self._group, found, point, len(point), None))
        return found

    def _encoded(self, point: Any) -> bytes:
        """The compressed form; the point at infinity is one zero octet."""
        room = ctypes.create_string_buffer(self._octets)
        size = self._library.EC_POINT_point2oct(
            self._group, point, _COMPRESSED, room, self._octets, None
        )
        self._library.EC_POINT_free(point)
        return room.raw[:size]

    @staticmethod
    def _check(done: int) -> None:
        if not done:
            raise ValueError("libcrypto refused")
