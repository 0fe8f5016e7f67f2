"""Unique transaction reference numbers: the 20 digits of a prepayment top-up (GBCS 14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import AuthenticationError, DecodeError
from smets.gbcs.grouping import COMMAND
from smets.gbcs.protection import IV_SUFFIX, MAC_AAD_PREFIX, derive_key

if TYPE_CHECKING:
    from smets.gbcs.suite import Suite

PENCE = 0
POUNDS = 1
LARGEST_VALUE = 8191

_DECIMAL_OFFSET = 7394156990786306048
_DIGITS = 20

# Verhoeff's dihedral group and permutations; GBCS starts at row 4 and ends with a table of its own
_PERMUTATIONS = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)
_FIRST_PERMUTATION = 4
_LAST_STEP = "1267583094"


def _dihedral(a: int, b: int) -> int:
    if a < 5:
        return (a + b) % 5 if b < 5 else 5 + (a + b) % 5
    return 5 + (a - b) % 5 if b < 5 else (a - b) % 5


def check_digit(digits: str) -> str:
    """The digit that follows 19 `digits`."""
    running, row = 0, _FIRST_PERMUTATION
    for digit in digits:
        running = _dihedral(running, int(_PERMUTATIONS[row][int(digit)]))
        row = (row + 1) % 8
    return _LAST_STEP[running]


class Utrn:
    """What the digits carry: 10 bits of the counter, value, class, the MAC's last 4 octets."""

    def __init__(self, truncated_counter: int, value_class: int, value: int, mac: bytes) -> None:
        self.truncated_counter = truncated_counter
        self.value_class = value_class
        self.value = value
        self.mac = mac

    def _high(self) -> int:
        return self.truncated_counter << 15 | self.value_class << 13 | self.value

    def digits(self) -> str:
        number = self._high() << 32 | int.from_bytes(self.mac, "big")
        text = str(_DECIMAL_OFFSET + number)
        return text + check_digit(text)

    @staticmethod
    def parse(digits: str) -> Utrn:
        """DecodeError for anything but 20 digits with a right check digit and a known class."""
        if len(digits) != _DIGITS or not digits.isdigit():
            raise DecodeError("a UTRN has 20 digits")
        if check_digit(digits[:-1]) != digits[-1]:
            raise DecodeError("the UTRN's check digit is wrong")
        number = int(digits[:-1]) - _DECIMAL_OFFSET
        if number < 0 or number >> 57:
            raise DecodeError("the UTRN is out of range")
        high = number >> 32
        value_class = high >> 13 & 3
        if value_class not in {PENCE, POUNDS}:
            raise DecodeError("the UTRN's value class is unknown")
        mac = (number & 0xFFFFFFFF).to_bytes(4, "big")
        return Utrn(high >> 15, value_class, high & LARGEST_VALUE, mac)


def _mac(
    suite: Suite, secret: bytes, supplier: bytes, device: bytes, counter: int, high: int
) -> bytes:
    transaction_id = bytes((COMMAND,)) + counter.to_bytes(8, "big")
    key = derive_key(suite, secret, supplier, transaction_id, device)
    aad = MAC_AAD_PREFIX + supplier + device + transaction_id + high.to_bytes(4, "big")
    return suite.gcm_seal(key, supplier + IV_SUFFIX, b"", aad)[-4:]


def make(
    suite: Suite,
    secret: bytes,
    supplier: bytes,
    device: bytes,
    counter: int,
    value: int,
    value_class: int,
) -> Utrn:
    """A UTRN; `secret` is that of the supplier's prepayment key and the device's key, `counter` a
    whole originator counter of which bits 41..32 go into the digits."""
    if not 0 <= value <= LARGEST_VALUE:
        raise ValueError(f"a UTRN carries 0 to {LARGEST_VALUE} pence or pounds")
    utrn = Utrn(counter >> 32 & 0x3FF, value_class, value, b"")
    utrn.mac = _mac(suite, secret, supplier, device, counter, utrn._high())
    return utrn


def check(
    suite: Suite, secret: bytes, supplier: bytes, device: bytes, counter: int, utrn: Utrn
) -> None:
    """AuthenticationError unless `utrn` was made by this supplier for this device and counter."""
    if counter >> 32 & 0x3FF != utrn.truncated_counter:
        raise AuthenticationError("the UTRN was made for another counter")
    if _mac(suite, secret, supplier, device, counter, utrn._high()) != utrn.mac:
        raise AuthenticationError("the UTRN does not verify")
