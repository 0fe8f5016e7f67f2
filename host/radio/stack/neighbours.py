"""Who is around: neighbours, children, and which node has which EUI-64."""

from __future__ import annotations

from dataclasses import dataclass

from host.radio.stack.types import DeviceType, Neighbour

ROUTERS_KEPT = 32
ADDRESSES_KEPT = 256
LINK_STATUS_PERIOD = 15.0  # s; nwkLinkStatusPeriod
ROUTER_AGE = 3 * LINK_STATUS_PERIOD  # nwkRouterAgeLimit


@dataclass(slots=True)
class Row:
    """A neighbour; `expires` is when a child that says nothing is let go, a router forgotten."""

    node_id: int
    eui64: bytes
    device_type: DeviceType
    child: bool
    lqi: int = 255
    expires: float | None = None
    timeout: int = 0  # the child's end device timeout, 2^n minutes
    authenticated: bool = True
    outgoing_cost: int = 0  # what the neighbour says of this node's frames; 0: nothing yet

    def public(self) -> Neighbour:
        return Neighbour(
            self.node_id,
            self.eui64,
            self.device_type,
            self.child,
            self.lqi,
            timeout=self.timeout,
        )


class Neighbours:
    """Children in slots that stay, routers heard, and the address map; all bounded."""

    def __init__(self) -> None:
        self.children: dict[int, Row] = {}  # by slot
        self.routers: dict[int, Row] = {}  # by node id
        self._by_eui64: dict[bytes, int] = {}
        self._by_node_id: dict[int, bytes] = {}

    def clear(self) -> None:
        self.children.clear()
        self.routers.clear()
        self._by_eui64.clear()
        self._by_node_id.clear()

    def learn(self, node_id: int, eui64: bytes) -> None:
        """Notes an address; a node that moved keeps one."""
        if self._by_eui64.get(eui64) == node_id and self._by_node_id.get(node_id) == eui64:
            return
        old = self._by_eui64.pop(eui64, None)
        if old is not None and self._by_node_id.get(old) == eui64:
            del self._by_node_id[old]
        stranger = self._by_node_id.pop(node_id, None)
        if stranger is not None:
            self._by_eui64.pop(stranger, None)
        if len(self._by_eui64) >= ADDRESSES_KEPT:
            oldest = next(iter(self._by_eui64))
            self._by_node_id.pop(self._by_eui64.pop(oldest), None)
        self._by_eui64[eui64] = node_id
        self._by_node_id[node_id] = eui64

    def node_id_of(self, eui64: bytes) -> int | None:
        return self._by_eui64.get(eui64)

    def eui64_of(self, node_id: int) -> bytes | None:
        return self._by_node_id.get(node_id)

    def addresses(self) -> tuple[tuple[bytes, int], ...]:
        return tuple(self._by_eui64.items())

    def forget(self, eui64: bytes) -> None:
        node_id = self._by_eui64.pop(eui64, None)
        if node_id is not None:
            self._by_node_id.pop(node_id, None)

    def knows_id(self, node_id: int) -> bool:
        return node_id in self._by_node_id

    def child(self, node_id: int) -> Row | None:
        for row in self.children.values():
            if row.node_id == node_id:
                return row
        return None

    def child_by_eui64(self, eui64: bytes) -> Row | None:
        for row in self.children.values():
            if row.eui64 == eui64:
                return row
        return None

    def slot_of(self, row: Row) -> int:
        return next(slot for slot, other in self.children.items() if other is row)

    def add_child(self, row: Row) -> int:
        slot = next(n for n in range(len(self.children) + 1) if n not in self.children)
        self.children[slot] = row
        self.learn(row.node_id, row.eui64)
        return slot

    def heard_router(self, node_id: int, eui64: bytes, lqi: int, now: float) -> Row | None:
        """Notes a link status; None when there is no room for one more."""
        row = self.routers.get(node_id)
        if row is None or row.eui64 != eui64:
            self.expire_routers(now)
            if len(self.routers) >= ROUTERS_KEPT:
                return None
            kind = DeviceType.COORDINATOR if node_id == 0 else DeviceType.ROUTER
            row = self.routers[node_id] = Row(node_id, eui64, kind, child=False)
        row.lqi = lqi
        row.expires = now + ROUTER_AGE
        return row

    def expire_routers(self, now: float) -> None:
        stale = [n for n, r in self.routers.items() if r.expires is not None and r.expires <= now]
        for node_id in stale:
            del self.routers[node_id]

    def direct(self, node_id: int) -> bool:
        """Whether frames go there without a router between."""
        return node_id in self.routers or self.child(node_id) is not None

    def table(self) -> tuple[Neighbour, ...]:
        return tuple(row.public() for row in (*self.children.values(), *self.routers.values()))
