"""What can go wrong for a DCC user; `exit_code` is what the command line leaves with."""

from __future__ import annotations


class UserError(Exception):
    """Base; the text names the cause and the next step."""

    exit_code = 1


class UnreachableError(UserError):
    """The DCC, or the port for its responses, cannot be used."""


class NoResponseError(UserError):
    """The DCC took the request, but no response came in time."""


class NotServedError(UserError):
    """The DCC or the device refused."""

    exit_code = 4


class NotFoundError(UserError):
    """What was named is not there."""

    exit_code = 5


class ParameterError(UserError):
    """A parameter is missing, unknown or out of its range."""

    exit_code = 2
