"""From an exception to one sentence and an exit code."""

import os
import sys
import traceback
from pathlib import Path

import click

from smets.codec.errors import RefusedError as DeviceRefusal

DONE, FAILED, USAGE, MISSING, REFUSED, NOT_FOUND, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130

ROOT = Path(__file__).parents[2]


class CommandError(click.ClickException):
    """A command cannot go on; the message names the cause and the next step."""

    exit_code = FAILED


class MissingError(CommandError):
    """Something is missing on this machine; the message says what to install."""

    exit_code = MISSING


class RefusedError(CommandError):
    """The device or the DCC refused."""

    exit_code = REFUSED


class NotFoundError(CommandError):
    """What was named is not there."""

    exit_code = NOT_FOUND


def explain(error: BaseException) -> tuple[str, int]:
    """The sentence for a person and the exit code for an exception that reached the top.

    An error class of a lower package may carry its own `exit_code`; without one, it failed.
    """
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return "interrupted", INTERRUPTED
    if isinstance(error, click.ClickException):
        return error.format_message(), error.exit_code
    if isinstance(error, DeviceRefusal):
        return str(error), REFUSED
    code = getattr(error, "exit_code", FAILED)
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}", code
    if _is_ours(error):
        return str(error), code
    return _defect(error), FAILED


def _is_ours(error: BaseException) -> bool:
    """Tell whether the project declares the class: its message is then meant for people."""
    module = sys.modules.get(type(error).__module__)
    file = getattr(module, "__file__", None)
    return file is not None and ROOT in Path(file).parents and ".venv" not in Path(file).parts


def _defect(error: BaseException) -> str:
    """An error nobody foresaw: name its place, and how to see more."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if _is_own_file(Path(frame.filename))]
    place = f" at {Path(own[-1].filename).relative_to(ROOT)}:{own[-1].lineno}" if own else ""
    if os.environ.get("HANLAB_DEBUG"):
        traceback.print_exception(error)
    return (
        f"a defect of hanlab{place}: {type(error).__name__}; "
        "run it again with HANLAB_DEBUG=1 and report what that prints"
    )


def _is_own_file(path: Path) -> bool:
    return path.is_relative_to(ROOT) and ".venv" not in path.parts
