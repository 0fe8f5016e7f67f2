"""Whether a value to be set is of the type its attribute has.

A type is packed as its A-XDR tag, then for an octet string the number of lengths allowed and these
lengths, for an array the least and greatest number of elements and their counted type, for a
structure the number of its elements and the type of each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader
from smets.dlms import data as axdr

if TYPE_CHECKING:
    from smets.dlms.data import Data


def is_of(expected: bytes, octets: bytes) -> bool:
    """Whether `octets` are one encoded value of the packed type `expected`."""
    try:
        value = axdr.decode(octets)
    except DecodeError:
        return False
    return _matches(Reader(expected), value)


def _matches(expected: Reader, data: Data) -> bool:
    tag, value = data
    if expected.octet() != tag:
        return False
    if tag == axdr.OCTET_STRING:
        return len(value) in expected.take(expected.octet())
    if tag == axdr.STRUCTURE:
        return len(value) == expected.octet() and all(
            _matches(expected, element) for element in value
        )
    if tag == axdr.ARRAY:
        fits = expected.octet() <= len(value) <= expected.octet()
        element_type = expected.take(expected.octet())
        return fits and all(_matches(Reader(element_type), element) for element in value)
    return True
