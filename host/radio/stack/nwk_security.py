"""The network key at work: sealing, opening, and refusing what was heard before (Zigbee 4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import AuthenticationError, DecodeError
from smets.zigbee import security
from smets.zigbee.nwk import NwkFrame
from smets.zigbee.security import AuxiliaryHeader

if TYPE_CHECKING:
    from host.radio.stack.core import Core

SENDERS_KEPT = 256
HEARD_STEP = 64  # frames after which it is stored what was heard, for replays after a restart


class NwkSecurity:
    """One node's use of the network keys."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._heard = 0
        self.expected: dict[tuple[int, bytes], int] = {}  # by key sequence and sender

    def seal(self, frame: NwkFrame, payload: bytes) -> bytes:
        """The frame as it goes out; AuthenticationError when no network key is held."""
        core = self._core
        network = core.network
        if network is None or network.key is None:
            raise AuthenticationError("no network key")
        frame.secured = True
        auxiliary = AuxiliaryHeader(
            security.NETWORK, core.next_network_counter(), core.eui64, network.key_sequence
        )
        return security.seal(
            core.suite, network.key, frame.header(), auxiliary, payload, core.eui64
        )

    def open(self, frame: NwkFrame) -> tuple[bytes, bytes]:
        """The payload and the EUI-64 of who sent it over this hop.

        AuthenticationError, after counting why, for an unknown key, a wrong MIC, or a counter
        that is not higher than the last.
        """
        core = self._core
        network = core.network
        auxiliary, sealed = security.split(frame.payload)
        source = auxiliary.source
        if auxiliary.key_identifier != security.NETWORK or source is None:
            raise DecodeError("a network frame under another key than the network's")
        sequence = auxiliary.key_sequence
        key = None if network is None else network.keys.get(sequence)
        if network is None or key is None:
            raise self._refused("nwk unknown key")
        known = sequence, source
        if auxiliary.frame_counter < self.expected.get(known, 0) or source == core.eui64:
            raise self._refused("nwk replayed")
        try:
            payload = security.unseal(core.suite, key, frame.header(), auxiliary, sealed, source)
        except AuthenticationError:
            raise self._refused("nwk forged") from None
        if known not in self.expected and len(self.expected) >= SENDERS_KEPT:
            self.expected.pop(next(iter(self.expected)))
        self.expected[known] = auxiliary.frame_counter + 1
        self._heard += 1
        if self._heard % HEARD_STEP == 0:
            core.changed()
        if sequence != network.key_sequence:
            # A neighbour has switched (4.3.1.2); so does this node.
            network.key_sequence = sequence
            core.changed()
        return payload, source

    def forget(self, source: bytes) -> None:
        """A neighbour begins anew."""
        for known in [known for known in self.expected if known[1] == source]:
            del self.expected[known]

    def _refused(self, counter: str) -> AuthenticationError:
        self._core.counters[counter] += 1
        return AuthenticationError(counter)
