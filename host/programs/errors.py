"""What can be wrong with a program of others."""


class ProgramMissingError(Exception):
    """A program cannot be had on this machine; the message says why and how to get it."""

    exit_code = 3
