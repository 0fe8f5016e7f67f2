"""What a board does when something goes wrong: it starts again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from board.uart import LineClosed

if TYPE_CHECKING:
    from collections.abc import Callable


class Restart(Exception):  # noqa: N818 - wanted, not an error
    """The board wants to start with a heap that is whole."""


def restart_on_failure(work: Callable[[], None]) -> None:
    """Does `work` until the line is closed.

    All that counts is stored, so that a start costs little and mends a heap in pieces.
    """
    try:
        work()
    except LineClosed:
        return
    except Restart:
        reset()
    except Exception as error:
        sys.print_exception(error, sys.stderr)  # type: ignore[arg-type]
        reset()


def reset() -> None:
    """Starts the board again; in a VM whoever runs it does."""
    try:
        from machine import reset as reset_chip
    except ImportError:  # the unix port has no such function
        sys.exit(1)
    reset_chip()
