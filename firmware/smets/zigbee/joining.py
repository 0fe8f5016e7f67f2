"""The way into the HAN, stage by stage: radio, network, interview, key establishment, tunnel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.ticks import SECOND
from smets.zigbee import (
    events,
    install_code,
    requests,
    stages,
    time_client,
    zdo,
)
from smets.zigbee.clusters import KEY_ESTABLISHMENT, METERING, TUNNELING
from smets.zigbee.driver import NO_NETWORK_KEY, SMART_ENERGY, UNSECURED_KEY
from smets.zigbee.driver import TRUST_CENTRE as HUB
from smets.zigbee.stages import Failure

if TYPE_CHECKING:
    from smets.zigbee.node import Node
    from smets.zigbee.tunnel import Counting, Done

# In the device's store: the link key that key establishment agreed, and the hub's EUI-64.
LINK_KEY = "zigbee.link_key"
TRUST_CENTRE = "zigbee.trust_centre"

CHANNELS = 0x07FFF800  # 11 to 26
# Needed for key establishment alone.
KEY_EXCHANGE = (
    "smets.zigbee.key_exchange",
    "smets.zigbee.cbke",
    "smets.zigbee.cbke_certificate",
)

START_TIME = 30 * SECOND
JOIN_TIME = 90 * SECOND  # every channel is scanned, and several networks may be tried
REJOIN_TIME = 30 * SECOND
REJOINS = 3  # before the device comes as a new one


def join(node: Node, failures: int) -> Done:
    """Until messages can go through the tunnel; `failures`: how often that came to nothing."""
    node.enter(stages.RADIO)
    yield from _start(node)
    node.enter(stages.ASSOCIATION)
    store = node.owner.store
    agreed = store.get(LINK_KEY)
    again = 0
    if agreed is not None and failures % (2 * REJOINS) < REJOINS:
        again = yield from _rejoin(node)
    if not again:
        yield from _associate(node, agreed if failures % 2 else None)
    node.enter(stages.INTERVIEW)
    if not again:
        partner = yield from _find(node, (KEY_ESTABLISHMENT,), ())
        node.enter(stages.KEY_ESTABLISHMENT)
        yield from _establish_key(node, partner)
        node.owner.forget(*KEY_EXCHANGE)
        node.owner.forget_suite()
    endpoint = yield from _find(node, (TUNNELING,), ())
    if node.interval:
        node.mirror_endpoint = yield from _find(node, (), (METERING,))
    node.enter(stages.TUNNEL)
    yield from _read_time(node, endpoint)
    yield from node.tunnel.open(endpoint)
    node.enter(stages.JOINED)


def _start(node: Node) -> Done:
    node.radio.start(node.role, node.endpoints)
    event = yield from requests.wait(node, START_TIME, lambda event: event.kind == events.STARTED)
    if event is None:
        raise Failure(stages.RADIO_FAILED + 1)
    if event.value != node.owner.eui:
        raise Failure(stages.WRONG_EUI)


def _is_verdict(event: events.Event) -> bool:
    return event.kind in {events.ARRIVED, events.NOT_JOINED}


def _rejoin(node: Node) -> Counting:
    """1 when the device is in its network again, 0 when not."""
    node.radio.rejoin()
    event = yield from requests.wait(node, REJOIN_TIME, _is_verdict)
    return int(event is not None and event.kind == events.ARRIVED)


def _associate(node: Node, agreed: bytes | None) -> Done:
    """Joins with the key of the install code, or with what stands for the key agreed before.

    A hub that took over from another one knows the hash of that key alone (GBCS, CCS03).
    """
    suite = node.owner.suite()
    code = node.owner.install_code()
    if code is None:
        raise Failure(stages.NOT_PROVISIONED)
    key = suite.mmo(agreed) if agreed else install_code.link_key(suite, code)
    node.radio.join(key, None, CHANNELS)
    event = yield from requests.wait(node, JOIN_TIME, _is_verdict)
    if event is None:
        raise Failure(stages.NO_ANSWER)
    if event.kind == events.NOT_JOINED:
        if event.value in {NO_NETWORK_KEY, UNSECURED_KEY}:
            node.enter(stages.NETWORK_KEY)
        raise Failure(event.value)
    node.enter(stages.NETWORK_KEY)


def _find(node: Node, inputs: tuple[int, ...], outputs: tuple[int, ...]) -> Counting:
    """The hub's first endpoint that serves, or uses, the clusters."""
    for _ in range(requests.ATTEMPTS):
        sequence = node.transaction()
        request = zdo.write(
            zdo.MATCH_DESCRIPTOR_REQUEST, sequence, HUB, SMART_ENERGY, inputs, outputs
        )
        node.send_zdo(zdo.MATCH_DESCRIPTOR_REQUEST, request)

        def wanted(event: events.Event, sequence: int = sequence) -> bool:
            return (
                event.kind == events.ZDO
                and event.of == zdo.MATCH_DESCRIPTOR_REQUEST | zdo.RESPONSE
                and event.value[:1] == bytes((sequence,))
            )

        event = yield from requests.wait(node, requests.ANSWER, wanted)
        if event is not None:
            _, values = zdo.read(event.of, event.value)
            if len(values) > 2 and values[2]:
                return int(values[2][0])
            raise Failure(stages.NO_SERVICE)
    raise Failure(stages.NO_ANSWER)


def _establish_key(node: Node, endpoint: int) -> Done:
    from smets.zigbee import key_exchange  # in no frame that stays

    yield from key_exchange.establish(node, endpoint)


def _read_time(node: Node, endpoint: int) -> Done:

    yield from time_client.read(node, endpoint)
