"""Facts of the language that the core relies on, or avoids, on CPython and MicroPython."""

from __future__ import annotations

import hashlib
import struct
import unittest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class WhatTheCoreReliesOn(unittest.TestCase):
    """These hold on both interpreters."""

    def test_annotations_are_never_evaluated(self) -> None:
        def function(value: Nowhere | None) -> Iterator[Nowhere]:  # noqa: F821
            yield value

        self.assertEqual(list(function(1)), [1])

    def test_too_large_an_integer_is_refused_by_to_bytes(self) -> None:
        with self.assertRaises(OverflowError):
            (300).to_bytes(1, "big")

    def test_negative_numbers_pack_with_struct(self) -> None:
        self.assertEqual(struct.pack(">h", -2), b"\xff\xfe")
        self.assertEqual(struct.unpack(">i", b"\xff\xff\xff\xfe"), (-2,))

    def test_seconds_since_2000_are_small_integers_until_2034(self) -> None:
        self.assertLess(34 * 366 * 86400, 1 << 30 << 1)

    def test_sha256(self) -> None:
        self.assertEqual(hashlib.sha256(b"abc").digest()[:4], bytes.fromhex("ba7816bf"))

    def test_memoryview_slices_share_the_buffer(self) -> None:
        data = bytearray(b"abcd")
        view = memoryview(data)[1:3]
        data[1] = 0x7A
        self.assertEqual(bytes(view), b"zc")

    def test_modular_powers_of_large_integers(self) -> None:
        prime = (1 << 255) - 19
        self.assertEqual(pow(3, prime - 1, prime), 1)

    def test_arithmetic_beyond_a_machine_word(self) -> None:
        self.assertEqual((0x7FFFFFFF + 1) * 2, 1 << 32)
        self.assertEqual(-7 // 2, -4)
        self.assertEqual(-7 % 2, 1)

    def test_an_error_keeps_its_attributes(self) -> None:
        class CodedError(Exception):
            def __init__(self, code: int) -> None:
                super().__init__("code")
                self.code = code

        with self.assertRaises(CodedError) as caught:
            raise CodedError(3)
        self.assertEqual(caught.exception.code, 3)

    def test_subclasses_of_tuples_compare_by_value(self) -> None:
        for first, second in (((1, 2), (1, 2)), ((), ())):
            with self.subTest(first=first):
                self.assertEqual(first, second)


if __name__ == "__main__":
    unittest.main()
