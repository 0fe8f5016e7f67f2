"""An EZSP co-processor on the board's line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from board.tables import open_table
from smets.zigbee.ezsp_host import EzspHost

if TYPE_CHECKING:
    from collections.abc import Callable

    from smets.zigbee.driver import Driver


def open_radio(write: Callable[[bytes], None]) -> Driver:
    """The driver; `write` takes octets for the line."""
    return EzspHost(open_table("zigbee/ezsp"), write)
