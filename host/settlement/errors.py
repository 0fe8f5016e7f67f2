"""What settlement raises; each message names the cause and the next step."""


class SettlementError(Exception):
    """Base of every error that this package raises on purpose."""


class InputError(SettlementError):
    """A value that was handed in cannot be used."""


class NoDataError(SettlementError):
    """There is nothing to settle, or nothing stored under that name."""

    exit_code = 5  # of the command line: not found


class NotSupportedError(SettlementError):
    """The thing asked for exists in the market, and not yet here."""
