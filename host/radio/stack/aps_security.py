"""Link keys at work: which key opens what, and refusing what was heard before (Zigbee 4.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.radio.stack.types import NetworkState
from smets.codec.errors import AuthenticationError
from smets.zigbee import security
from smets.zigbee.aps import ApsFrame
from smets.zigbee.security import AuxiliaryHeader

if TYPE_CHECKING:
    from host.radio.stack.core import Core

REMEMBERED = 64  # derived keys


class ApsSecurity:
    """One node's use of its link keys."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._derived: dict[tuple[bytes, int], bytes] = {}

    def key_for(self, partner: bytes, now: float) -> bytes | None:
        """The link key this node uses with `partner`."""
        core = self._core
        row = core.keys.find(partner)
        if row is not None:
            return row.key
        network = core.network
        if core.is_trust_centre:
            transient = core.keys.find_transient(partner, now)
            if transient is not None or core.policy.joins_use_install_code_key:
                return transient
            return network.security.link_key if network is not None else None
        if network is not None and network.trust_centre in {None, partner}:
            return network.security.link_key
        return None

    def _candidates(self, partner: bytes, now: float) -> list[bytes]:
        """Keys that may have secured a frame of `partner`: one under proof counts too."""
        keys = [self.key_for(partner, now), self._core.key_exchange.unproven(partner)]
        return [key for key in keys if key is not None]

    def _key(self, link_key: bytes, identifier: int) -> bytes:
        if identifier == security.LINK:
            return link_key
        known = self._derived.get((link_key, identifier))
        if known is None:
            if len(self._derived) >= REMEMBERED:
                self._derived.clear()
            known = security.derived_key(self._core.suite, link_key, identifier)
            self._derived[link_key, identifier] = known
        return known

    def seal(
        self,
        frame: ApsFrame,
        payload: bytes,
        partner: bytes,
        now: float,
        identifier: int = security.LINK,
        key: bytes | None = None,
    ) -> bytes:
        """The frame as it goes out; AuthenticationError when there is no key.

        Data leave the sender's EUI-64 out, to save 8 octets: the receiver knows the address.
        """
        core = self._core
        link_key = key or self.key_for(partner, now)
        if link_key is None:
            raise AuthenticationError("no link key")
        frame.secured = True
        named = frame.cluster is None
        auxiliary = AuxiliaryHeader(
            identifier, core.next_aps_counter(), core.eui64 if named else None
        )
        return security.seal(
            core.suite,
            self._key(link_key, identifier),
            frame.header(),
            auxiliary,
            payload,
            core.eui64,
        )

    def open(self, frame: ApsFrame, source: bytes | None, now: float) -> tuple[bytes, bytes, int]:
        """The payload, who secured it, and the key identifier.

        AuthenticationError, after counting why, for an unknown partner, a wrong MIC, or a
        counter that is not higher than the last.
        """
        core = self._core
        auxiliary, sealed = security.split(frame.payload)
        partner = auxiliary.source or source
        keys = [] if partner is None else self._candidates(partner, now)
        if partner is None or not keys or partner == core.eui64:
            raise self._refused("aps no key")
        joining = core.state is NetworkState.JOINING
        if auxiliary.frame_counter < core.keys.expected(partner) and not joining:
            raise self._refused("aps replayed")
        for link_key in keys:
            key = self._key(link_key, auxiliary.key_identifier)
            try:
                payload = security.unseal(
                    core.suite, key, frame.header(), auxiliary, sealed, partner
                )
            except AuthenticationError:
                continue
            core.keys.heard(partner, auxiliary.frame_counter)
            return payload, partner, auxiliary.key_identifier
        raise self._refused("aps forged")

    def _refused(self, counter: str) -> AuthenticationError:
        self._core.counters[counter] += 1
        return AuthenticationError(counter)
