"""Which function does which command; what is not here is answered by invalidCommand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from host.radio.ncp import configuration, messaging, network, security, tables, tokens, values

if TYPE_CHECKING:
    from host.radio.ncp.ncp import Ncp

    Handler = Callable[[Ncp, dict[str, Any], float], dict[str, Any]]

ROOMS = (configuration, values, network, messaging, security, tables, tokens)
HANDLERS: dict[str, Handler] = {name: handler for room in ROOMS for name, handler in room.HANDLERS}
