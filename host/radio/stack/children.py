"""The parent's side: who may become a child, what it gets, and when it is let go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.radio.stack.events import ChildJoined, JoinKind, Polled
from host.radio.stack.neighbours import Row
from host.radio.stack.timers import Timer
from host.radio.stack.types import DeviceType, Neighbour, NetworkState, Role, StackError, Status
from smets.codec.errors import DecodeError
from smets.zigbee import aps, mac, nwk
from smets.zigbee.mac import MacFrame

if TYPE_CHECKING:
    from host.radio.stack.core import Core
    from host.radio.stack.nwk_layer import Command

FOREVER = 0xFF
AUTHENTICATION_TIME = 15.0  # s that a child has to show that it has the network key
LONGEST_TIMEOUT = 14  # 2^n minutes, table 3-44; 0 is 10 s
KEEPS_ALIVE = 0x03  # parent information, table 3-49: by data polls, by timeout requests
_TIMEOUT_SUCCESS, _TIMEOUT_INCORRECT = 0, 1


def timeout_seconds(timeout: int) -> float:
    """An end device timeout of table 3-44."""
    return 10.0 if timeout == 0 else 60.0 * 2**timeout


class Children:
    """The children of one router or coordinator."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.permitting = False
        self._permit: Timer | None = None

    # Joining.
    def permit(self, seconds: int, now: float) -> None:
        if self._permit is not None:
            self._permit.cancel()
            self._permit = None
        self.permitting = seconds > 0
        if 0 < seconds < FOREVER:
            self._permit = self._core.at(now + seconds, self._close)

    def _close(self, _now: float) -> None:
        self.permitting = False

    def has_room(self) -> bool:
        return len(self._core.neighbours.children) < self._core.limits.children

    def associate(self, eui64: bytes, capability: int, now: float) -> None:
        """An association request (802.15.4 7.3.1): the answer waits until the device asks."""
        core = self._core
        if not core.is_router or core.state is not NetworkState.JOINED:
            return
        known = core.neighbours.child_by_eui64(eui64)
        if not self.permitting:
            self._core.counters["mac refused"] += 1
            self._answer(eui64, mac.BROADCAST, mac.ACCESS_DENIED, None, now)
            return
        if known is None and not self.has_room():
            self._core.counters["mac refused"] += 1
            self._answer(eui64, mac.BROADCAST, mac.PAN_AT_CAPACITY, None, now)
            return
        node_id = known.node_id if known is not None else self._free_node_id(eui64)
        if known is not None:
            self._drop(known, now)
        row = Row(node_id, eui64, _device_type(capability), child=True, authenticated=False)
        self._answer(eui64, node_id, mac.ASSOCIATED, row, now)

    def _answer(
        self, eui64: bytes, node_id: int, status: int, row: Row | None, now: float
    ) -> None:
        core = self._core
        radio = core.radio
        frame = MacFrame(
            mac.COMMAND,
            0,
            radio.pan_id,
            eui64,
            radio.pan_id,
            core.eui64,
            mac.command(mac.ASSOCIATION_RESPONSE, node_id, status),
            ack_request=True,
        )

        def delivered(sent: bool, _pending: bool, then: float) -> None:
            if sent and row is not None:
                self._add(row, JoinKind.UNSECURED_JOIN, then)

        core.mac.indirect.drop(eui64, now)
        core.mac.indirect.put(eui64, frame, delivered, now)

    def _free_node_id(self, eui64: bytes) -> int:
        neighbours = self._core.neighbours
        known = neighbours.node_id_of(eui64)
        if known is not None and neighbours.child(known) is None and known != 0:
            return known
        while True:
            node_id = 1 + self._core.random_number(nwk.FIRST_BROADCAST - 1)
            if node_id != self._core.node_id and not neighbours.knows_id(node_id):
                return node_id

    def _add(self, row: Row, kind: JoinKind, now: float) -> None:
        core = self._core
        if kind is JoinKind.UNSECURED_JOIN:
            # A device that was reset begins its counters again.
            core.nwk.security.forget(row.eui64)
        slot = core.neighbours.add_child(row)
        core.radio.children.add(row.node_id)
        row.timeout = core.limits.end_device_timeout
        row.expires = now + timeout_seconds(row.timeout)
        core.at(now + AUTHENTICATION_TIME, lambda then: self._check_authenticated(row, then))
        core.at(row.expires, lambda then: self._check_age(row, then))
        core.changed()
        if row.device_type is not DeviceType.ROUTER:
            core.event(ChildJoined(slot, True, row.node_id, row.eui64, row.device_type))
        self._tell_trust_centre(row, kind, now)

    def put(self, slot: int, child: Neighbour, now: float) -> None:
        """A child of a network that is restored: it need not join again."""
        core = self._core
        if not core.is_router:
            raise StackError(Status.INVALID_CALL)
        if not 0 <= slot < core.limits.children:
            raise StackError(Status.INVALID_PARAMETER)
        neighbours = core.neighbours
        for before in (neighbours.children.get(slot), neighbours.child_by_eui64(child.eui64)):
            if before is not None:
                core.radio.children.discard(before.node_id)
                del neighbours.children[neighbours.slot_of(before)]
        row = Row(child.node_id, child.eui64, child.device_type, child=True)
        neighbours.children[slot] = row
        neighbours.learn(row.node_id, row.eui64)
        core.radio.children.add(row.node_id)
        row.timeout = core.limits.end_device_timeout
        row.expires = now + timeout_seconds(row.timeout)
        core.at(row.expires, lambda then: self._check_age(row, then))
        core.changed()

    def _tell_trust_centre(self, row: Row, kind: JoinKind, now: float) -> None:
        core = self._core
        if core.is_trust_centre:
            core.trust_centre.device(row.node_id, row.eui64, kind, core.node_id, now)
        else:
            core.aps.send_to_trust_centre(
                aps.UPDATE_DEVICE, row.eui64, row.node_id, kind.value, now=now
            )

    # Being a parent.
    def sleeps(self, node_id: int) -> bool:
        """Whether frames for it have to wait until it asks."""
        row = self._core.neighbours.child(node_id)
        return row is not None and row.device_type is DeviceType.SLEEPY_END_DEVICE

    def polled(self, source: int, waited: bool, now: float) -> None:
        """A data request from a short address."""
        core = self._core
        if not core.is_router or core.state is not NetworkState.JOINED:
            return
        row = core.neighbours.child(source)
        if row is None:
            if not waited:
                # It takes this node for its parent: send it to look for one (R22 3.6.2.3).
                core.nwk.send_command(
                    source, nwk.LEAVE, nwk.LEAVE_REQUEST | nwk.LEAVE_REJOIN, now=now
                )
            return
        self._alive(row, now)
        core.event(Polled(source))

    def heard(self, sender: int, eui64: bytes, now: float) -> None:
        """A frame with the network's key came from a neighbour."""
        core = self._core
        row = core.neighbours.child(sender)
        if row is None or row.eui64 != eui64:
            return
        self._alive(row, now)
        if row.authenticated:
            return
        row.authenticated = True
        core.changed()
        if row.device_type is DeviceType.ROUTER:
            # From here on a neighbour like every router.
            del core.neighbours.children[core.neighbours.slot_of(row)]
            core.radio.children.discard(row.node_id)
            core.neighbours.heard_router(row.node_id, row.eui64, row.lqi, now)

    def _alive(self, row: Row, now: float) -> None:
        row.expires = now + timeout_seconds(row.timeout)

    def _check_authenticated(self, row: Row, now: float) -> None:
        if not row.authenticated and self._is_child(row):
            self._drop(row, now)

    def _check_age(self, row: Row, now: float) -> None:
        if not self._is_child(row) or row.expires is None:
            return
        if row.expires > now:
            self._core.at(row.expires, lambda then: self._check_age(row, then))
            return
        self._core.counters["children aged out"] += 1
        self._drop(row, now)
        self._tell_trust_centre(row, JoinKind.LEFT, now)

    def _is_child(self, row: Row) -> bool:
        return self._core.neighbours.child_by_eui64(row.eui64) is row

    def _drop(self, row: Row, now: float) -> None:
        """Not a child any more."""
        core = self._core
        slot = core.neighbours.slot_of(row)
        del core.neighbours.children[slot]
        core.radio.children.discard(row.node_id)
        core.mac.indirect.drop(row.node_id, now)
        core.changed()
        if row.device_type is not DeviceType.ROUTER:
            core.event(ChildJoined(slot, False, row.node_id, row.eui64, row.device_type))

    def moved(self, eui64: bytes | None, now: float) -> None:
        """A child, if it is one, has another parent now."""
        row = None if eui64 is None else self._core.neighbours.child_by_eui64(eui64)
        if row is not None:
            self._drop(row, now)

    def send_away(self, eui64: bytes, now: float) -> bool:
        """Tells a child to leave; whether it was one."""
        row = self._core.neighbours.child_by_eui64(eui64)
        if row is None:
            return False
        if not row.authenticated:
            self._drop(row, now)
            return True

        def told(_sent: bool, _pending: bool, then: float) -> None:
            if self._is_child(row):
                self.left(row, then)

        core = self._core
        payload = nwk.write_command(nwk.LEAVE, nwk.LEAVE_REQUEST)
        core.nwk.transmit(row.node_id, core.nwk.command(row.node_id), payload, told, now)
        return True

    def left(self, row: Row, now: float) -> None:
        """A child has gone, and the trust centre hears of it."""
        self._drop(row, now)
        self._core.neighbours.forget(row.eui64)
        self._tell_trust_centre(row, JoinKind.LEFT, now)

    # Commands of children.
    def rejoin_request(self, command: Command, now: float) -> None:
        """3.6.1.4.2: a device that was in this network takes this node for its parent."""
        core = self._core
        frame = command.frame
        eui64 = frame.source_eui64
        if not core.is_router or core.state is not NetworkState.JOINED:
            return
        if eui64 is None or frame.source != command.sender:
            raise DecodeError("a rejoin request names its sender")
        if command.secured and core.neighbours.eui64_of(command.sender) != eui64:
            core.counters["commands refused"] += 1
            return
        old = core.neighbours.child_by_eui64(eui64)
        if old is None and not self.has_room():
            self._answer_rejoin(command, mac.BROADCAST, mac.PAN_AT_CAPACITY, None, now)
            return
        taken = core.neighbours.eui64_of(frame.source)
        free = taken in {None, eui64} and frame.source != core.node_id
        node_id = frame.source if free else self._free_node_id(eui64)
        if old is not None:
            self._drop(old, now)
        row = Row(node_id, eui64, _device_type(command.values[0]), True)
        row.authenticated = command.secured
        self._answer_rejoin(command, node_id, mac.ASSOCIATED, row, now)

    def _answer_rejoin(
        self, command: Command, node_id: int, status: int, row: Row | None, now: float
    ) -> None:
        core = self._core
        kind = JoinKind.SECURED_REJOIN if command.secured else JoinKind.UNSECURED_REJOIN

        def delivered(sent: bool, _pending: bool, then: float) -> None:
            if sent and row is not None and not self._is_child(row):
                self._add(row, kind, then)
                if command.secured:
                    self.heard(row.node_id, row.eui64, then)

        to = command.sender
        frame = core.nwk.command(to)
        frame.destination_eui64 = command.frame.source_eui64
        payload = nwk.write_command(nwk.REJOIN_RESPONSE, node_id, status)
        if command.secured:
            core.nwk.transmit(to, frame, payload, delivered, now)
        else:
            core.nwk.send_unsecured(to, frame, payload, delivered, now)

    def timeout_request(self, command: Command, now: float) -> None:
        """3.4.11: how long a child may say nothing."""
        row = self._core.neighbours.child(command.sender)
        if row is None:
            return
        timeout, _ = command.values
        good = timeout <= LONGEST_TIMEOUT
        if good:
            row.timeout = timeout
            row.expires = now + timeout_seconds(timeout)
            self._core.at(row.expires, lambda then: self._check_age(row, then))
            self._core.changed()
        status = _TIMEOUT_SUCCESS if good else _TIMEOUT_INCORRECT
        self._core.nwk.send_command(
            row.node_id, nwk.END_DEVICE_TIMEOUT_RESPONSE, status, KEEPS_ALIVE, now=now
        )

    def resume(self, now: float) -> None:
        """After a restart: every child gets its whole time again."""
        core = self._core
        core.radio.children = {row.node_id for row in core.neighbours.children.values()}
        for row in core.neighbours.children.values():
            row.expires = now + timeout_seconds(row.timeout)
            core.at(row.expires, lambda then, row=row: self._check_age(row, then))  # type: ignore[misc]

    def stop(self) -> None:
        """The network is left."""
        self.permitting = False
        self._core.radio.children.clear()


def _device_type(capability: int) -> DeviceType:
    if capability & mac.FULL_FUNCTION:
        return DeviceType.ROUTER
    if capability & mac.RECEIVER_ON:
        return DeviceType.END_DEVICE
    return DeviceType.SLEEPY_END_DEVICE


def capability(role: Role) -> int:
    """The capability information of a role."""
    flags = {
        Role.ROUTER: mac.FULL_FUNCTION | mac.MAINS_POWERED | mac.RECEIVER_ON,
        Role.END_DEVICE: mac.MAINS_POWERED | mac.RECEIVER_ON,
        Role.SLEEPY_END_DEVICE: 0,
    }
    if role not in flags:
        raise StackError(Status.INVALID_PARAMETER)
    return flags[role] | mac.ALLOCATE_ADDRESS
