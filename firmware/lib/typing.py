"""The little of `typing` that runs at import time; MicroPython never evaluates annotations."""

TYPE_CHECKING = False


class Protocol:
    """A base for protocols that a board has to be able to import."""
