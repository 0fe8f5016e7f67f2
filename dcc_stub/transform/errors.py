"""What keeps a well-formed request from becoming a command."""

from __future__ import annotations


class NotKnownError(Exception):
    """The command needs something that the DCC does not hold; the message says what."""
