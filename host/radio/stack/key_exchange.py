"""Keys from the trust centre, seen from a device (Zigbee R22 4.4.3 to 4.4.11, 4.7.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.radio.stack.aps_commands import ApsCommand
from host.radio.stack.events import KeyEstablished
from host.radio.stack.timers import Timer
from host.radio.stack.types import (
    COORDINATOR_ID,
    KeyKind,
    LinkKey,
    NetworkState,
    StackError,
    Status,
)
from smets.zigbee import aps, nwk, security

if TYPE_CHECKING:
    from host.radio.stack.core import Core

REQUEST_WAIT = 5.0  # s for the key, and again for its confirmation
NOBODY = bytes(8)  # the destination of a key that is broadcast
_CONFIRMED = 0


class KeyExchange:
    """What one device asks of its trust centre and gets from it."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._unproven: bytes | None = None  # a new trust centre link key, until it is confirmed
        self._timer: Timer | None = None

    def unproven(self, partner: bytes) -> bytes | None:
        """A new link key whose confirmation may come under it already."""
        core = self._core
        if core.is_trust_centre:
            return core.trust_centre.issued(partner)
        network = core.network
        return self._unproven if network and network.trust_centre == partner else None

    def request(self, now: float) -> None:
        """Asks for a link key of this device's own."""
        core = self._core
        network = core.joined()
        if core.is_trust_centre or network.trust_centre is None:
            raise StackError(Status.INVALID_CALL)
        self._unproven = None
        core.aps.send_to_trust_centre(aps.REQUEST_KEY, aps.TRUST_CENTRE_LINK_KEY, now=now)
        self._wait(now)

    def _wait(self, now: float) -> None:
        self._stop()
        self._timer = self._core.at(now + REQUEST_WAIT, lambda _: self._end(Status.KEY_REFUSED))

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _end(self, status: Status) -> None:
        self._stop()
        self._unproven = None
        network = self._core.network
        if network is not None and network.trust_centre is not None:
            self._core.event(
                KeyEstablished(KeyKind.TRUST_CENTRE_LINK, network.trust_centre, status)
            )

    # Commands of the trust centre.
    def transported(self, command: ApsCommand, now: float) -> None:
        kind = command.values[0]
        if kind == aps.NETWORK_KEY:
            self._network_key(command, now)
        elif command.key_identifier != security.KEY_LOAD or not command.network_secured:
            self._core.counters["commands refused"] += 1
        elif kind == aps.TRUST_CENTRE_LINK_KEY:
            self._link_key(command, now)
        else:
            _, key, partner, _ = command.values
            self._core.keys.put_row(LinkKey(partner, key, kind=KeyKind.APPLICATION_LINK))
            self._core.event(KeyEstablished(KeyKind.APPLICATION_LINK, partner, Status.OK))

    def _network_key(self, command: ApsCommand, now: float) -> None:
        core = self._core
        network = core.network
        _, key, sequence, destination, trust_centre = command.values
        assert network is not None
        assert command.sender is not None
        mine = destination in {core.eui64, NOBODY}
        if command.key_identifier is None:
            # In the clear of APS only as an update, under the network key in use.
            mine = mine and command.network_secured and core.state is NetworkState.JOINED
        elif command.key_identifier != security.KEY_TRANSPORT:
            mine = False
        if not mine or trust_centre != command.sender:
            core.counters["commands refused"] += 1
        elif core.state is NetworkState.JOINING:
            core.joining.key_arrived(key, sequence, trust_centre, now)
            core.neighbours.learn(COORDINATOR_ID, trust_centre)
        else:
            network.keys = {network.key_sequence: network.keys[network.key_sequence]}
            network.keys[sequence] = key
            core.changed()
            core.event(KeyEstablished(KeyKind.NETWORK, trust_centre, Status.OK))

    def _link_key(self, command: ApsCommand, now: float) -> None:
        core = self._core
        _, key, destination, _ = command.values
        if destination != core.eui64 or self._timer is None:
            core.counters["commands refused"] += 1
            return
        self._unproven = key
        self._wait(now)
        proof = security.verify_hash(core.suite, key)
        core.aps.send_command(
            COORDINATOR_ID,
            aps.VERIFY_KEY,
            aps.TRUST_CENTRE_LINK_KEY,
            core.eui64,
            proof,
            now=now,
        )

    def confirmed(self, command: ApsCommand, _now: float) -> None:
        core = self._core
        network = core.network
        status, kind, destination = command.values
        expected = kind == aps.TRUST_CENTRE_LINK_KEY and destination == core.eui64
        if not expected or self._unproven is None or network is None:
            core.counters["commands refused"] += 1
            return
        if status != _CONFIRMED or network.trust_centre is None:
            self._end(Status.KEY_REFUSED)
            return
        core.keys.put_row(LinkKey(network.trust_centre, self._unproven, verified=True))
        self._end(Status.OK)

    def switch(self, command: ApsCommand, _now: float) -> None:
        network = self._core.network
        assert network is not None
        if command.values[0] in network.keys:
            network.key_sequence = command.values[0]
            self._core.changed()

    def remove(self, command: ApsCommand, now: float) -> None:
        """The trust centre has a device of this router, or this node itself, leave."""
        core = self._core
        target = command.values[0]
        if target == core.eui64:
            core.membership.leave(now)
        elif not core.children.send_away(target, now):
            node_id = core.neighbours.node_id_of(target)
            if node_id is not None and node_id in core.neighbours.routers:
                core.nwk.send_command(node_id, nwk.LEAVE, nwk.LEAVE_REQUEST, now=now)

    def tunnelled(self, command: ApsCommand, now: float) -> None:
        """The network key for a child of this router, which has none yet (4.6.3.7.2)."""
        core = self._core
        target, octets = command.values
        row = core.neighbours.child_by_eui64(target)
        if row is None or row.authenticated:
            core.counters["commands refused"] += 1
            return
        frame = core.nwk.frame(nwk.DATA, row.node_id, 1)
        core.nwk.send_unsecured(row.node_id, frame, octets, None, now)
