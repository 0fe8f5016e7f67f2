"""APS commands: who may give which, and who handles it (Zigbee R22 4.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from smets.zigbee import aps, security

if TYPE_CHECKING:
    from host.radio.stack.core import Core

Handler = Callable[["ApsCommand", float], None]


class ApsCommand(NamedTuple):
    """A command, its sender, and how it was secured."""

    source: int
    sender: bytes | None
    values: tuple[Any, ...]
    key_identifier: int | None  # None: not by a link key
    network_secured: bool


class Rule(NamedTuple):
    """From whom a command is taken, and under which keys of APS (None: the network key alone)."""

    from_trust_centre: bool  # else: to it
    keys: tuple[int | None, ...]
    needs_network_key: bool


RULES: dict[int, Rule] = {
    aps.TRANSPORT_KEY: Rule(True, (security.KEY_TRANSPORT, security.KEY_LOAD, None), False),
    aps.UPDATE_DEVICE: Rule(False, (security.LINK, None), True),
    aps.REMOVE_DEVICE: Rule(True, (security.LINK,), True),
    aps.REQUEST_KEY: Rule(False, (security.LINK,), True),
    aps.SWITCH_KEY: Rule(True, (security.LINK, None), True),
    aps.TUNNEL: Rule(True, (security.LINK, None), True),
    aps.VERIFY_KEY: Rule(False, (None,), True),
    aps.CONFIRM_KEY: Rule(True, (security.LINK,), True),
}


class ApsCommands:
    """Refuses what the rules do not allow, and hands on the rest."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def receive(
        self,
        source: int,
        sender: bytes | None,
        payload: bytes,
        key_identifier: int | None,
        network_secured: bool,
        now: float,
    ) -> None:
        """DecodeError for an unknown or malformed command."""
        core = self._core
        identifier, values = aps.read_command(payload)
        command = ApsCommand(source, sender, values, key_identifier, network_secured)
        if not self._allowed(RULES[identifier], command):
            core.counters["commands refused"] += 1
            return
        handlers: dict[int, Handler] = {
            aps.TRANSPORT_KEY: core.key_exchange.transported,
            aps.UPDATE_DEVICE: core.trust_centre.updated,
            aps.REMOVE_DEVICE: core.key_exchange.remove,
            aps.REQUEST_KEY: core.trust_centre.key_requested,
            aps.SWITCH_KEY: core.key_exchange.switch,
            aps.TUNNEL: core.key_exchange.tunnelled,
            aps.VERIFY_KEY: core.trust_centre.key_verified,
            aps.CONFIRM_KEY: core.key_exchange.confirmed,
        }
        handlers[identifier](command, now)

    def _allowed(self, rule: Rule, command: ApsCommand) -> bool:
        core = self._core
        network = core.network
        if network is None or command.key_identifier not in rule.keys:
            return False
        if rule.needs_network_key and not command.network_secured:
            return False
        if not rule.from_trust_centre:
            return core.is_trust_centre
        if core.is_trust_centre or command.sender is None:
            return False
        return network.trust_centre in {None, command.sender}
