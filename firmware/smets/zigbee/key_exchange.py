"""CBKE with the trust centre over the Key Establishment cluster, and the key into the radio."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.ticks import SECOND, elapsed
from smets.dlms.date_time import UNIX_SECONDS_IN_2000
from smets.zigbee import cbke, events, requests, stages, zcl
from smets.zigbee.clusters import KEY_ESTABLISHMENT
from smets.zigbee.joining import LINK_KEY, TRUST_CENTRE
from smets.zigbee.stages import Failure

if TYPE_CHECKING:
    from smets.zigbee.node import Node
    from smets.zigbee.tunnel import Done

INSTALL_TIME = 30 * SECOND


def establish(node: Node, endpoint: int) -> Done:
    """CBKE as the initiator; then the radio has the key, and the store."""
    owner = node.owner
    identity = owner.identity()
    network = node.network
    if identity is None or network is None:
        raise Failure(stages.NOT_PROVISIONED)
    now = owner.now()
    engine = cbke.Initiator(
        owner.suite(),
        identity,
        network.trust_centre,
        owner.random,
        unix_time=None if now is None else now + UNIX_SECONDS_IN_2000,
    )
    began = node.ticks
    command: tuple[int, bytes] | None = engine.start(0)
    while engine.ended is None and engine.link_key is None:
        if command is not None:
            frame = zcl.Frame(zcl.CLUSTER_COMMAND, node.transaction(), *command)
            node.send(KEY_ESTABLISHMENT, endpoint, frame, False)
        event = yield from requests.wait(node, SECOND, _is_key_establishment)
        seconds = elapsed(began, node.ticks) // SECOND
        command = None
        if event is None:
            engine.poll(seconds)
        elif event.value.is_cluster_command:
            command = engine.receive(event.value.command, event.value.payload, seconds)
    if engine.ended is not None:
        if command is not None:
            frame = zcl.Frame(zcl.CLUSTER_COMMAND, node.transaction(), *command)
            node.send(KEY_ESTABLISHMENT, endpoint, frame, False)
        raise Failure(stages.KEY_ESTABLISHMENT_ENDED + engine.ended.status)
    assert engine.link_key is not None
    if node.radio.capabilities.key_install:
        node.radio.set_link_key(network.trust_centre, engine.link_key)
        event = yield from requests.wait(
            node, INSTALL_TIME, lambda event: event.kind == events.LINK_KEY
        )
        if event is None or not event.value:
            raise Failure(stages.KEY_NOT_INSTALLED)
    owner.store.commit(
        [
            (LINK_KEY, engine.link_key),
            (TRUST_CENTRE, network.trust_centre),
        ]
    )


def _is_key_establishment(event: events.Event) -> bool:
    return event.kind == events.FRAME and event.of == KEY_ESTABLISHMENT
