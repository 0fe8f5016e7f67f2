"""What a device is given before it speaks to anybody: keys, trust anchors, counters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.device.counters import OWN, Counters
from smets.device.device import AGREEMENT_KEY, SIGNING_KEY
from smets.device.trust_anchors import Anchor, TrustAnchors

if TYPE_CHECKING:
    from smets.device.objects import Changes
    from smets.device.store import Store

    # role, key usage, cell usage; EUI-64, key identifier, public key
    Cell = tuple[int, int, int, bytes, bytes, bytes]


def provision(
    store: Store,
    signing_key: bytes | None = None,
    agreement_key: bytes | None = None,
    cells: list[Cell] | None = None,
    counters: list[tuple[int, int]] | None = None,
    own_counter: int | None = None,
) -> None:
    """Puts into `store`, all in one, what is given; a device made from it then has it.

    Private keys are scalars of 32 octets. `counters`: role and the last counter accepted from it;
    `own_counter`: the last one that the device itself has used.
    """
    changes: Changes = []
    for name, key in ((SIGNING_KEY, signing_key), (AGREEMENT_KEY, agreement_key)):
        if key is not None:
            if len(key) != 32:
                raise ValueError("a private key has 32 octets")
            changes.append((name, key))
    anchors = TrustAnchors(store)
    for role, key_usage, cell_usage, eui, identifier, public_key in cells or []:
        if (len(eui), len(identifier), len(public_key)) != (8, 8, 65):
            raise ValueError("a cell has an EUI-64, a key identifier of 8 octets and a key of 65")
        anchors.put(changes, role, key_usage, cell_usage, Anchor(eui, identifier, public_key))
    kept = Counters(store)
    for role, counter in counters or []:
        kept.accept(changes, role, counter)
    if own_counter is not None:
        changes.append((OWN, own_counter.to_bytes(8, "big")))
    store.commit(changes)
