"""The MPAN core: 13 digits, of which two name the distributor and the last is a check digit."""

from host.settlement.errors import InputError

CORE_LENGTH = 13
# The weights are the primes from 3 on, without 11, which is the modulus.
_WEIGHTS = (3, 5, 7, 13, 17, 19, 23, 29, 31, 37, 41, 43)


def check_digit(first_twelve: str) -> int:
    """Return the 13th digit that belongs to the first twelve."""
    return sum(w * int(d) for w, d in zip(_WEIGHTS, first_twelve, strict=True)) % 11 % 10


def is_valid(mpan: str) -> bool:
    """Say whether `mpan` is 13 ASCII digits ending in the right check digit."""
    return (
        len(mpan) == CORE_LENGTH
        and mpan.isascii()
        and mpan.isdigit()
        and check_digit(mpan[:-1]) == int(mpan[-1])
    )


def mpan_core(distributor_id: str, number: int) -> str:
    """Make the MPAN core of a distributor's `number` (0 to 10**10 - 1), check digit added."""
    if not (len(distributor_id) == 2 and distributor_id.isascii() and distributor_id.isdigit()):
        raise InputError(f"distributor id {distributor_id!r} is not two digits")
    if not 0 <= number < 10**10:
        raise InputError(f"number {number} of an MPAN is not of ten digits")
    first_twelve = f"{distributor_id}{number:010d}"
    return f"{first_twelve}{check_digit(first_twelve)}"
