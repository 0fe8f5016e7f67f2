"""The trust centre: who gets the network key, and link keys (Zigbee R22 4.6.3, 4.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.radio.stack.aps_commands import ApsCommand
from host.radio.stack.events import JoinDecision, JoinKind, KeyEstablished, TrustCentreJoin
from host.radio.stack.key_exchange import NOBODY
from host.radio.stack.types import (
    BROADCAST_ALL,
    KeyKind,
    KeyRequest,
    LinkKey,
    StackError,
    Status,
)
from smets.codec.errors import AuthenticationError, DecodeError
from smets.zigbee import aps, nwk, security

if TYPE_CHECKING:
    from host.radio.stack.core import Core

SETTLING = 0.15  # s that a joiner gets to take its new address
SWITCH_DELAY = 9.0  # s between a new network key and its use: the broadcast's whole time
ISSUED = 16  # link keys under proof
_CONFIRMED = 0x00
_SECURITY_FAILURE = 0xAD  # status of Confirm-Key, table 2-27


class TrustCentre:
    """Decides by the policy that its host has set."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._issued: dict[bytes, bytes] = {}

    def issued(self, partner: bytes) -> bytes | None:
        """A link key given to a device that has not proved it yet."""
        return self._issued.get(partner)

    # Devices that come and go.
    def updated(self, command: ApsCommand, now: float) -> None:
        """Update-Device: a router has a child more, or less."""
        eui64, node_id, status = command.values
        if status > JoinKind.UNSECURED_REJOIN.value:
            raise DecodeError("unknown status in Update-Device")
        self._core.children.moved(eui64, now)
        self._core.neighbours.learn(node_id, eui64)
        self.device(node_id, eui64, JoinKind(status), command.source, now)

    def device(self, node_id: int, eui64: bytes, kind: JoinKind, parent: int, now: float) -> None:
        """A device joined, rejoined or left; `parent` is the node that says so."""
        core = self._core
        decision = JoinDecision.NO_ACTION
        if kind is JoinKind.LEFT:
            self._issued.pop(eui64, None)
        elif kind is not JoinKind.SECURED_REJOIN:
            decision = self._admit(node_id, eui64, kind, parent, now)
        core.event(TrustCentreJoin(node_id, eui64, kind, decision, parent))

    def _admit(
        self, node_id: int, eui64: bytes, kind: JoinKind, parent: int, now: float
    ) -> JoinDecision:
        core = self._core
        policy = core.policy
        first = kind is JoinKind.UNSECURED_JOIN
        allowed = policy.allow_joins if first else policy.allow_unsecured_rejoins
        if not allowed or core.aps.security.key_for(eui64, now) is None:
            core.counters["joins denied"] += 1
            self.remove(node_id, eui64, parent, now)
            return JoinDecision.DENY
        if first:
            # A device that was reset begins its counters again.
            core.keys.restart(eui64)
            core.aps.receiver.forget(node_id)
        core.at(now + SETTLING, lambda then: self._send_network_key(node_id, eui64, parent, then))
        return JoinDecision.USE_PRECONFIGURED_KEY

    def _send_network_key(self, node_id: int, eui64: bytes, parent: int, now: float) -> None:
        core = self._core
        network = core.network
        if network is None or core.aps.security.key_for(eui64, now) is None:
            return  # left, or the key expired, in the meantime
        octets = core.aps.sealed_command(
            eui64,
            security.KEY_TRANSPORT,
            None,
            now,
            aps.TRANSPORT_KEY,
            aps.NETWORK_KEY,
            network.key,
            network.key_sequence,
            eui64,
            core.eui64,
        )
        if parent == core.node_id:
            frame = core.nwk.frame(nwk.DATA, node_id, 1)
            core.nwk.send_unsecured(node_id, frame, octets, None, now)
        else:
            core.aps.send_command(parent, aps.TUNNEL, eui64, octets, now=now)

    def remove(self, node_id: int, eui64: bytes, parent: int | None, now: float) -> None:
        """Has a device leave: a child directly, another by its parent, or by itself."""
        core = self._core
        if core.children.send_away(eui64, now):
            return
        to = node_id if parent in {None, core.node_id} else parent
        assert to is not None
        partner = core.neighbours.eui64_of(to)
        if partner is None or core.aps.security.key_for(partner, now) is None:
            core.nwk.send_command(to, nwk.LEAVE, nwk.LEAVE_REQUEST, now=now)
            return
        core.aps.send_command(to, aps.REMOVE_DEVICE, eui64, now=now, to=partner)

    # Link keys.
    def key_requested(self, command: ApsCommand, now: float) -> None:
        core = self._core
        device = command.sender
        assert device is not None
        if command.values[0] != aps.TRUST_CENTRE_LINK_KEY:
            self._application_key(command, now)
            return
        wanted = core.policy.link_key_requests
        if wanted is KeyRequest.DENY or len(self._issued) >= ISSUED:
            core.counters["commands refused"] += 1
            return
        key = core.aps.security.key_for(device, now)
        if wanted is KeyRequest.GENERATE:
            key = core.random(16)
        assert key is not None
        self._issued[device] = key
        self._send_key(
            command.source,
            device,
            now,
            aps.TRANSPORT_KEY,
            aps.TRUST_CENTRE_LINK_KEY,
            key,
            device,
            core.eui64,
        )

    def _application_key(self, command: ApsCommand, now: float) -> None:
        """A key between two devices, sent to both."""
        core = self._core
        device, partner = command.sender, command.values[1]
        node_id = core.neighbours.node_id_of(partner)
        known = node_id is not None and core.aps.security.key_for(partner, now) is not None
        if not core.policy.allow_application_key_requests or not known:
            core.counters["commands refused"] += 1
            return
        assert device is not None
        assert node_id is not None
        key = core.random(16)
        for to, eui64, other, initiator in (
            (command.source, device, partner, 1),
            (node_id, partner, device, 0),
        ):
            self._send_key(
                to,
                eui64,
                now,
                aps.TRANSPORT_KEY,
                aps.APPLICATION_LINK_KEY,
                key,
                other,
                initiator,
            )

    def _send_key(self, to: int, device: bytes, now: float, *command: object) -> None:
        core = self._core
        octets = core.aps.sealed_command(device, security.KEY_LOAD, None, now, *command)
        core.aps.send_octets(to, octets, now)

    def key_verified(self, command: ApsCommand, now: float) -> None:
        """Verify-Key: the device shows that it has the key; from here on it is used."""
        core = self._core
        kind, device, proof = command.values
        key = self._issued.get(device)
        good = (
            key is not None
            and kind == aps.TRUST_CENTRE_LINK_KEY
            and proof == security.verify_hash(core.suite, key)
        )
        status = _CONFIRMED if good else _SECURITY_FAILURE
        if not good or key is None:
            core.counters["commands refused"] += 1
        else:
            try:
                core.keys.put_row(LinkKey(device, key, verified=True))
            except StackError:
                status = _SECURITY_FAILURE
        try:
            octets = core.aps.sealed_command(
                device, security.LINK, key, now, aps.CONFIRM_KEY, status, kind, device
            )
        except AuthenticationError:
            return
        core.aps.send_octets(command.source, octets, now)
        if status == _CONFIRMED:
            del self._issued[device]
            core.event(KeyEstablished(KeyKind.TRUST_CENTRE_LINK, device, Status.OK))

    # The network key.
    def switch_network_key(self, key: bytes, sequence: int, now: float) -> None:
        core = self._core
        network = core.joined()
        bad = len(key) != 16 or not 0 <= sequence <= 0xFF or sequence == network.key_sequence
        if bad or not core.is_trust_centre:
            raise StackError(Status.INVALID_PARAMETER)
        network.keys = {network.key_sequence: network.keys[network.key_sequence], sequence: key}
        core.changed()
        core.aps.send_command(
            BROADCAST_ALL,
            aps.TRANSPORT_KEY,
            aps.NETWORK_KEY,
            key,
            sequence,
            NOBODY,
            core.eui64,
            now=now,
        )
        core.at(now + SWITCH_DELAY, lambda then: self._switch(sequence, then))

    def _switch(self, sequence: int, now: float) -> None:
        core = self._core
        network = core.network
        if network is None or sequence not in network.keys:
            return
        core.aps.send_command(BROADCAST_ALL, aps.SWITCH_KEY, sequence, now=now)
        network.key_sequence = sequence
        core.changed()
