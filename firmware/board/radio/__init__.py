"""The radios of a board by the name in its configuration.

`ezsp` is a co-processor on a UART. `sim` is the simulated radio's: the same octets on the line of
a virtual board, so the same driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from smets.zigbee.driver import Driver


def open_radio(name: str, write: Callable[[bytes], None]) -> Driver:
    """The driver of that radio; `write` takes octets for the line."""
    if name not in {"ezsp", "sim"}:
        raise SystemExit("board.json names a radio that is not here: " + name)
    from board.radio import ezsp

    return ezsp.open_radio(write)
