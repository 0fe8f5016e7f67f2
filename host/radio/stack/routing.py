"""Routes through a network: discovery, replies, and what waits for them (3.6.3)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from smets.zigbee import mac, nwk
from smets.zigbee.nwk import NwkFrame

if TYPE_CHECKING:
    from host.radio.stack.core import Core

DISCOVERY_TIME = 1.6  # s that frames wait for a route
DISCOVERY_KEPT = 10.0  # s; nwkcRouteDiscoveryTime
DISCOVERY_RETRIES = 2
ROUTES = 64
DISCOVERIES = 32
WAITING = 16  # frames for all routes together
RADIUS = 16

Send = Callable[[int | None, float], None]  # the next hop, None when there is none


def link_cost(lqi: int) -> int:
    """1 for a good link to 7 for a poor one (3.6.3.1)."""
    return 1 if lqi >= 100 else min(7, 2 + (100 - lqi) // 20)


@dataclass(slots=True)
class _Discovery:
    sender: int
    cost: int
    expires: float


@dataclass(slots=True)
class _Search:
    tries: int
    waiting: deque[Send] = field(default_factory=deque)


class Routing:
    """The routing and route discovery tables of one node."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._routes: dict[int, int] = {}
        self._discoveries: dict[tuple[int, int], _Discovery] = {}
        self._searches: dict[int, _Search] = {}
        # A node that restarts begins elsewhere: others remember its last requests for a while.
        self._request = core.random(1)[0]

    def clear(self) -> None:
        self._routes.clear()
        self._discoveries.clear()
        self._searches.clear()

    def next_hop(self, destination: int) -> int | None:
        """The neighbour on the way there; None when none is known."""
        core = self._core
        network = core.network
        if network is None:
            return None
        if not core.is_router:
            return network.parent
        if core.neighbours.direct(destination):
            return destination
        return self._routes.get(destination)

    def lost(self, neighbour: int) -> None:
        """A neighbour does not answer: no route leads over it any more."""
        for destination in [d for d, hop in self._routes.items() if hop == neighbour]:
            del self._routes[destination]
        self._core.neighbours.routers.pop(neighbour, None)

    def forget(self, destination: int) -> None:
        """The route there does not work."""
        self._routes.pop(destination, None)

    def find(self, destination: int, send: Send, now: float) -> None:
        """Calls `send` with the next hop when a route is found, or not."""
        hop = self.next_hop(destination)
        if hop is not None or not self._core.is_router:
            send(hop, now)
            return
        search = self._searches.get(destination)
        if sum(len(s.waiting) for s in self._searches.values()) >= WAITING:
            send(None, now)
        elif search is not None:
            search.waiting.append(send)
        else:
            self._searches[destination] = _Search(DISCOVERY_RETRIES, deque((send,)))
            self._ask(destination, now)

    def _ask(self, destination: int, now: float) -> None:
        core = self._core
        self._request = (self._request + 1) & 0xFF
        self._discoveries[core.node_id, self._request] = _Discovery(
            core.node_id, 0, now + DISCOVERY_KEPT
        )
        payload = nwk.write_command(nwk.ROUTE_REQUEST, 0, self._request, destination, 0)
        frame = core.nwk.command(nwk.BROADCAST_ROUTERS, RADIUS)
        core.nwk.transmit(mac.BROADCAST, frame, payload, None, now)
        core.at(now + DISCOVERY_TIME, lambda then: self._give_up(destination, then))

    def _give_up(self, destination: int, now: float) -> None:
        search = self._searches.get(destination)
        if search is None:
            return
        if search.tries:
            search.tries -= 1
            self._ask(destination, now)
            return
        del self._searches[destination]
        self._core.counters["nwk no route"] += len(search.waiting)
        for send in search.waiting:
            send(None, now)

    def _found(self, destination: int, hop: int, now: float) -> None:
        if len(self._routes) >= ROUTES:
            self._routes.pop(next(iter(self._routes)))
        self._routes[destination] = hop
        search = self._searches.pop(destination, None)
        for send in search.waiting if search is not None else ():
            send(hop, now)

    def request(
        self, frame: NwkFrame, values: tuple[Any, ...], sender: int, lqi: int, now: float
    ) -> None:
        """A route request: remembered when it is the best so far, answered or passed on."""
        core = self._core
        _, identifier, destination, cost = values[:4]
        if not core.is_router or frame.source == core.node_id:
            return
        cost = min(0xFF, cost + link_cost(lqi))
        key = frame.source, identifier
        known = self._discoveries.get(key)
        if known is not None and known.expires > now and known.cost <= cost:
            return
        if len(self._discoveries) >= DISCOVERIES:
            self._discoveries.pop(next(iter(self._discoveries)))
        self._discoveries[key] = _Discovery(sender, cost, now + DISCOVERY_KEPT)
        if not core.neighbours.direct(frame.source):
            # Links are taken for symmetrical (nwkSymLink).
            self._found(frame.source, sender, now)
        if destination == core.node_id or core.neighbours.child(destination) is not None:
            self._reply(identifier, frame.source, destination, 0, sender, now)
        elif frame.radius > 1:
            payload = nwk.write_command(
                nwk.ROUTE_REQUEST, values[0], identifier, destination, cost, *values[4:]
            )
            onward = core.nwk.command(nwk.BROADCAST_ROUTERS, frame.radius - 1)
            onward.source, onward.sequence = frame.source, frame.sequence
            onward.source_eui64 = frame.source_eui64
            wait = core.random_seconds(0.064)
            core.at(
                now + wait,
                lambda then: core.nwk.transmit(mac.BROADCAST, onward, payload, None, then),
            )

    def _reply(
        self, identifier: int, originator: int, responder: int, cost: int, to: int, now: float
    ) -> None:
        core = self._core
        payload = nwk.write_command(nwk.ROUTE_REPLY, 0, identifier, originator, responder, cost)
        core.nwk.transmit(to, core.nwk.command(to, RADIUS), payload, None, now)

    def reply(self, values: tuple[Any, ...], sender: int, lqi: int, now: float) -> None:
        """A route reply, on its way back hop by hop."""
        core = self._core
        _, identifier, originator, responder, cost = values[:5]
        discovery = self._discoveries.get((originator, identifier))
        if discovery is None or discovery.expires <= now:
            return
        self._found(responder, sender, now)
        if originator != core.node_id:
            cost = min(0xFF, cost + link_cost(lqi))
            self._reply(identifier, originator, responder, cost, discovery.sender, now)
