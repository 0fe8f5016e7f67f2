"""Messages both ways, and the polling of a sleepy end device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from host.radio.ncp.configuration import ADDRESS_TABLE, CONTENTS_IN_CALLBACK, TAG_AND_CONTENTS
from host.radio.ncp.fragments import Fragments
from host.radio.ncp.statuses import STATUSES, refused
from host.radio.stack.events import Message, PollComplete, Sent
from host.radio.stack.types import ApsFrame, ApsOption, NetworkState, Role, Status
from smets.zigbee import ezsp_status

if TYPE_CHECKING:
    from host.radio.ncp.ncp import Ncp

    Values = dict[str, Any]

# EmberOutgoingMessageType
DIRECT = 0
VIA_ADDRESS_TABLE = 1
MULTICAST = 3
BROADCAST = 6
NO_ROW = 0xFF
NO_ALIAS = 0xFFFF
UNKNOWN_NODE = 0xFFFF
JOINS_MESSAGES = 14  # the version from which fragments are put together here
BLOCK_MASK = 0xFF

# EmberEventUnits, in seconds
UNITS = {0: 0.0, 1: 0.001, 2: 0.25, 3: 60.0}
MAXIMUM_UNDER_WAY = 255


@dataclass(frozen=True)
class Outgoing:
    """How the host named a message."""

    kind: int
    destination: int
    tag: int


def _aps(values: Values) -> ApsFrame:
    return ApsFrame(
        values["profile"],
        values["cluster"],
        values["source_endpoint"],
        values["destination_endpoint"],
        ApsOption(values["options"]),
        values["group"],
        values["aps_sequence"],
    )


def _fields(aps: ApsFrame) -> Values:
    return {
        "profile": aps.profile,
        "cluster": aps.cluster,
        "source_endpoint": aps.source_endpoint,
        "destination_endpoint": aps.destination_endpoint,
        "options": int(aps.options),
        "group": aps.group,
        "aps_sequence": aps.sequence,
    }


class Messages:
    """What is under way."""

    def __init__(self, ncp: Ncp) -> None:
        self._ncp = ncp
        self._under_way: dict[int, Outgoing] = {}
        self._next_tag = 0
        self._fragments = Fragments() if ncp.version >= JOINS_MESSAGES else None
        self._asked = False  # the host polls: the node does it of its own accord too
        self._interval = 0.0
        self._poll_due: float | None = None
        self._failures = 0
        self._failure_limit = 0

    def take_tag(self, outgoing: Outgoing) -> int:
        """A tag of the NCP's own for a message: the host may give one twice."""
        if len(self._under_way) >= MAXIMUM_UNDER_WAY:
            raise refused(ezsp_status.MAX_MESSAGE_LIMIT_REACHED)
        self._next_tag += 1
        self._under_way[self._next_tag] = outgoing
        return self._next_tag

    def drop_tag(self, tag: int) -> None:
        """The message of that tag was not taken."""
        del self._under_way[tag]

    def sent(self, event: Sent) -> None:
        """Tells the host what became of a message."""
        outgoing = self._under_way.pop(event.tag, None)
        if outgoing is None:
            return
        with_contents = self._ncp.configuration.policies[CONTENTS_IN_CALLBACK] == TAG_AND_CONTENTS
        self._ncp.call_back(
            "messageSentHandler",
            {
                **_fields(event.aps),
                "type": outgoing.kind,
                "destination": outgoing.destination,
                "tag": outgoing.tag,
                "status": STATUSES[event.status],
                "message": event.payload if with_contents else b"",
            },
        )

    def received(self, message: Message, now: float) -> None:
        """Hands a message to the host, whole where the host cannot put it together."""
        if not message.aps.options & ApsOption.FRAGMENT or self._fragments is None:
            self._hand_over(message)
            return
        self._ncp.stack.send_fragment_acknowledgement(message.source, message.aps, b"", now)
        for complete in self._fragments.add(message, now):
            self._hand_over(complete)

    def _hand_over(self, message: Message) -> None:
        row = NO_ROW
        for index, address in self._ncp.tables.addresses.items():
            if address.node_id == message.source:
                row = index
        self._ncp.call_back(
            "incomingMessageHandler",
            {
                **_fields(message.aps),
                "type": message.delivery.value,
                "source": message.source,
                "eui": message.source_eui64 or bytes(8),
                "binding_index": NO_ROW,
                "address_index": row,
                "lqi": message.lqi,
                "rssi": message.rssi,
                "timestamp": 0,
                "message": message.payload,
            },
        )

    # Polling

    def poll(self, interval: float, failure_limit: int, now: float) -> None:
        """Once, or every `interval` seconds until so many polls in a row have failed."""
        self._interval, self._failure_limit, self._failures = interval, failure_limit, 0
        self._poll_due = now + interval if interval else None
        self._ncp.stack.poll(now)
        self._asked = True

    def polled(self, event: PollComplete) -> None:
        """The host hears of a single poll, and of the end of periodic ones."""
        if not self._asked:
            return
        if event.status is Status.DELIVERY_FAILED:
            self._failures += 1
        else:
            self._failures = 0
        if self._interval and self._failures < max(1, self._failure_limit):
            return
        self._poll_due, self._interval, self._asked = None, 0.0, False
        self._ncp.call_back("pollCompleteHandler", {"status": STATUSES[event.status]})

    def next_timer(self) -> float | None:
        return self._poll_due

    def tick(self, now: float) -> None:
        if self._poll_due is not None and now >= self._poll_due:
            self._poll_due = now + self._interval
            if self._ncp.stack.state is NetworkState.JOINED:
                self._ncp.stack.poll(now)


def _payload(ncp: Ncp, values: Values) -> bytes:
    message: bytes = values["message"]
    if len(message) > ncp.stack.maximum_payload(values["options"]):
        raise refused(ezsp_status.MESSAGE_TOO_LONG)
    return message


def _send_unicast(ncp: Ncp, values: Values, now: float) -> Values:
    destination = values["destination"]
    if values["type"] == VIA_ADDRESS_TABLE:
        if destination >= ncp.configuration.numbers[ADDRESS_TABLE]:
            raise refused(ezsp_status.INVALID_INDEX)
        row = ncp.tables.addresses.get(destination)
        if row is None or row.node_id == UNKNOWN_NODE:
            raise refused(ezsp_status.NOT_FOUND)
        destination = row.node_id
    elif values["type"] != DIRECT:
        raise refused(ezsp_status.INVALID_PARAMETER)
    payload = _payload(ncp, values)
    tag = ncp.messages.take_tag(Outgoing(values["type"], values["destination"], values["tag"]))
    try:
        sequence = ncp.stack.send_unicast(destination, _aps(values), payload, tag, now)
    except BaseException:
        ncp.messages.drop_tag(tag)
        raise
    return {"sequence": sequence}


def _send_broadcast(ncp: Ncp, values: Values, now: float) -> Values:
    if values.get("alias", NO_ALIAS) != NO_ALIAS:
        raise refused(ezsp_status.NOT_SUPPORTED)
    payload = _payload(ncp, values)
    tag = ncp.messages.take_tag(Outgoing(BROADCAST, values["destination"], values["tag"]))
    try:
        sequence = ncp.stack.send_broadcast(
            values["destination"], _aps(values), payload, values["radius"], tag, now
        )
    except BaseException:
        ncp.messages.drop_tag(tag)
        raise
    return {"sequence": sequence}


def _send_multicast(ncp: Ncp, values: Values, now: float) -> Values:
    if values.get("alias", NO_ALIAS) != NO_ALIAS:
        raise refused(ezsp_status.NOT_SUPPORTED)
    payload = _payload(ncp, values)
    tag = ncp.messages.take_tag(Outgoing(MULTICAST, values["group"], values["tag"]))
    try:
        sequence = ncp.stack.send_multicast(_aps(values), payload, values["radius"], tag, now)
    except BaseException:
        ncp.messages.drop_tag(tag)
        raise
    return {"sequence": sequence}


def _send_reply(ncp: Ncp, values: Values, now: float) -> Values:
    """A host's answer to a block of a message; where blocks are joined here it was given."""
    if not values["options"] & ApsOption.FRAGMENT:
        raise refused(ezsp_status.INVALID_PARAMETER)
    if ncp.version < JOINS_MESSAGES:
        # The endpoints of a reply are those of the block turned round.
        aps = ApsFrame(
            values["profile"],
            values["cluster"],
            values["destination_endpoint"],
            values["source_endpoint"],
            ApsOption(values["options"]),
            values["group"] & BLOCK_MASK,
            values["aps_sequence"],
        )
        ncp.stack.send_fragment_acknowledgement(values["destination"], aps, b"", now)
    return {}


def _maximum_payload_length(ncp: Ncp, _values: Values, _now: float) -> Values:
    return {"length": ncp.stack.maximum_payload(0)}


def _poll_for_data(ncp: Ncp, values: Values, now: float) -> Values:
    if ncp.stack.state is not NetworkState.JOINED:
        raise refused(ezsp_status.NOT_JOINED)
    if ncp.stack.role is not Role.SLEEPY_END_DEVICE:
        raise refused(ezsp_status.INVALID_STATE)
    if values["units"] not in UNITS:
        raise refused(ezsp_status.INVALID_PARAMETER)
    interval = values["interval"] * UNITS[values["units"]]
    ncp.messages.poll(interval, values["failure_limit"], now)
    return {}


HANDLERS = (
    ("sendUnicast", _send_unicast),
    ("sendBroadcast", _send_broadcast),
    ("sendMulticast", _send_multicast),
    ("sendReply", _send_reply),
    ("maximumPayloadLength", _maximum_payload_length),
    ("pollForData", _poll_for_data),
)
