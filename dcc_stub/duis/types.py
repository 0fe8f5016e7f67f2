"""The simple types of DUIS: text of an element to a Python value and back.

A type that XML Schema derives from a token, a number, a date or octets ignores white space around
its text; one derived from a string keeps it. Date-times become UTC seconds since 2000-01-01; one
without a time zone, which leaves the reader to guess, is refused.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from dcc_stub.duis.identifiers import RequestId, read_eui, write_eui
from smets.codec.errors import DecodeError

WHITE_SPACE = " \t\r\n"
MOST_NAMED = 9
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

_INTEGER = re.compile("[+-]?[0-9]{1,60}")
_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})?")
_BASE64_SPACE = re.compile(f"[{WHITE_SPACE}]+")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


class SimpleType(Protocol):
    """How one kind of value stands as text; `parse` raises DecodeError, `format` ValueError."""

    def parse(self, text: str) -> Any: ...
    def format(self, value: Any) -> str: ...


class Text:
    """A string with bounds on its length."""

    def __init__(self, minimum: int = 0, maximum: int | None = None) -> None:
        self.minimum = minimum
        self.maximum = maximum

    def parse(self, text: str) -> str:
        """The text as it stands."""
        if len(text) < self.minimum or (self.maximum is not None and len(text) > self.maximum):
            raise DecodeError(f"{len(text)} characters, allowed are {self._bounds()}")
        return text

    def format(self, value: str) -> str:
        """The text, after the same check."""
        return self.parse(value)

    def _bounds(self) -> str:
        most = "any number" if self.maximum is None else str(self.maximum)
        return f"{self.minimum} to {most}"


class Enumeration:
    """One of a fixed set of strings; `collapse` says that white space around it is ignored."""

    def __init__(self, *values: str, collapse: bool = False) -> None:
        self.values = values
        self.collapse = collapse

    def parse(self, text: str) -> str:
        """The value; DecodeError for one that is not in the set."""
        value = text.strip(WHITE_SPACE) if self.collapse else text
        if value not in self.values:
            known = ", ".join(self.values[:MOST_NAMED])
            more = ", …" if len(self.values) > MOST_NAMED else ""
            raise DecodeError(f"not one of {known}{more}")
        return value

    def format(self, value: str) -> str:
        """The value, after the same check."""
        return self.parse(value)


class Pattern:
    """A string that has to match a regular expression as a whole."""

    def __init__(self, expression: str, what: str) -> None:
        self.expression = re.compile(expression)
        self.what = what

    def parse(self, text: str) -> str:
        """The text; DecodeError when it does not match."""
        if not self.expression.fullmatch(text):
            raise DecodeError(f"not {self.what}")
        return text

    def format(self, value: str) -> str:
        """The text, after the same check."""
        return self.parse(value)


class Integer:
    """A whole number within bounds, both allowed."""

    def __init__(self, minimum: int, maximum: int) -> None:
        self.minimum = minimum
        self.maximum = maximum

    def parse(self, text: str) -> int:
        """The number; DecodeError when it is none or out of bounds."""
        digits = text.strip(WHITE_SPACE)
        if not _INTEGER.fullmatch(digits):
            raise DecodeError("not a whole number")
        return self._within(int(digits))

    def format(self, value: int) -> str:
        """The number in its shortest form, after the same check."""
        return str(self._within(value))

    def _within(self, value: int) -> int:
        if not self.minimum <= value <= self.maximum:
            raise DecodeError(f"a number between {self.minimum} and {self.maximum} is expected")
        return value


class Boolean:
    """true, false, 1 or 0."""

    def parse(self, text: str) -> bool:
        """The truth value; DecodeError for any other text."""
        value = _BOOLEANS.get(text.strip(WHITE_SPACE))
        if value is None:
            raise DecodeError("neither true nor false")
        return value

    def format(self, value: bool) -> str:
        """`true` or `false`."""
        return "true" if value else "false"


class DateTime:
    """A point in time as UTC seconds since 2000; fractions of a second are dropped."""

    def parse(self, text: str) -> int:
        """The seconds; DecodeError when it is no time or has no time zone."""
        stamp = text.strip(WHITE_SPACE)
        if not _DATE_TIME.fullmatch(stamp):
            raise DecodeError("not a date-time with its time zone, such as 2026-01-31T00:00:00Z")
        try:
            return (datetime.fromisoformat(stamp) - EPOCH) // timedelta(seconds=1)
        except ValueError as error:
            raise DecodeError("no such date-time") from error

    def format(self, value: int) -> str:
        """The UTC form that ends in Z."""
        return (EPOCH + timedelta(seconds=value)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Date:
    """A day as UTC seconds since 2000 of its start."""

    def parse(self, text: str) -> int:
        """The seconds; DecodeError when there is no such day."""
        found = _DATE.fullmatch(text.strip(WHITE_SPACE))
        if found is None:
            raise DecodeError("not a date")
        try:
            day = datetime.fromisoformat(found.group(1)).replace(tzinfo=UTC)
        except ValueError as error:
            raise DecodeError("no such date") from error
        return (day - EPOCH) // timedelta(seconds=1)

    def format(self, value: int) -> str:
        """The day in UTC, with its Z."""
        return (EPOCH + timedelta(seconds=value)).strftime("%Y-%m-%dZ")


class Base64:
    """Octets in base64."""

    def parse(self, text: str) -> bytes:
        """The octets; DecodeError for anything but padded base64 and white space."""
        try:
            return base64.b64decode(_BASE64_SPACE.sub("", text), validate=True)
        except binascii.Error as error:
            raise DecodeError("not base64") from error

    def format(self, value: bytes) -> str:
        """Base64 on one line."""
        return base64.b64encode(value).decode()


class Hexadecimal:
    """Octets in hexadecimal digits, with bounds on their number."""

    def __init__(self, minimum: int = 0, maximum: int = 2**16) -> None:
        self.minimum = minimum
        self.maximum = maximum

    def parse(self, text: str) -> bytes:
        """The octets; DecodeError for other digits or another length."""
        digits = text.strip(WHITE_SPACE)
        if not re.fullmatch("([0-9A-Fa-f]{2})*", digits):
            raise DecodeError("not pairs of hexadecimal digits")
        octets = bytes.fromhex(digits)
        if not self.minimum <= len(octets) <= self.maximum:
            raise DecodeError(
                f"{len(octets)} octets, allowed are {self.minimum} to {self.maximum}"
            )
        return octets

    def format(self, value: bytes) -> str:
        """Upper-case digits."""
        return value.hex().upper()


class Eui:
    """An EUI-64 as 8 octets."""

    def parse(self, text: str) -> bytes:
        """The octets; DecodeError for any other form."""
        return read_eui(text.strip(WHITE_SPACE))

    def format(self, value: bytes) -> str:
        """Upper-case pairs with hyphens."""
        return write_eui(value)


class Identifier:
    """A RequestID or ResponseID."""

    def parse(self, text: str) -> RequestId:
        """The identifier; DecodeError for any other form."""
        return RequestId.read(text.strip(WHITE_SPACE))

    def format(self, value: RequestId) -> str:
        """Originator, target and counter."""
        return str(value)
