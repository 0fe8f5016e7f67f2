"""A Zigbee device on an EZSP co-processor: a `Driver` for end devices and routers.

The co-processor keeps the network and its keys, so `rejoin` works after a restart of either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.zigbee import driver, ezsp_status
from smets.zigbee.driver import Capabilities, Datagram, Network
from smets.zigbee.ezsp_link import EzspLink

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from smets.codec.table import Table
    from smets.zigbee.driver import Endpoint, Listener

    Values = dict[str, Any]

# commands
NOP = 0x0005
ADD_ENDPOINT = 0x0002
NETWORK_INIT = 0x0017
START_SCAN = 0x001A
JOIN_NETWORK = 0x001F
LEAVE_NETWORK = 0x0020
FIND_AND_REJOIN = 0x0021
GET_EUI64 = 0x0026
GET_NODE_ID = 0x0027
GET_NETWORK_PARAMETERS = 0x0028
GET_PARENT = 0x0029
SEND_UNICAST = 0x0034
SEND_BROADCAST = 0x0036
SEND_REPLY = 0x0039
POLL = 0x0042
SET_CONFIGURATION = 0x0053
SET_POLICY = 0x0055
SET_SECURITY = 0x0068
GET_SECURITY = 0x0069
FIND_KEY = 0x0075
IMPORT_LINK_KEY = 0x010E

# callbacks
STACK_STATUS = 0x0019
NETWORK_FOUND = 0x001B
SCAN_COMPLETE = 0x001C
MESSAGE_SENT = 0x003F
POLL_COMPLETE = 0x0043
INCOMING = 0x0045

# What is set before the network: (configuration, value). Smart Energy answers endpoint and
# binding requests of ZDO itself.
CONFIGURATION = ((0x0C, 2), (0x0D, 5), (0x1E, 4), (0x2A, 0x0E))
HOST_SUPPLIES_REPLIES = (0x02, 0x21)  # policy: blocks are acknowledged by sendReply

# node types by role
NODE_TYPES = {driver.ROUTER: 2, driver.END_DEVICE: 3, driver.SLEEPY_END_DEVICE: 4}
# initial security: a preconfigured link key, the trust centre's for all, never a key in the clear
SECURITY = 0x0100 | 0x0004 | 0x0800
KEEP_PARENT_AND_REJOIN = 0x0003  # of networkInit

STACK_PROFILE = 2
ACTIVE_SCAN = 1
SCAN_EXPONENT = 3
ASSOCIATE = 0
JOIN_TIME = 30000  # milliseconds until a join that says nothing has failed
# Milliseconds without a command after which an awake device asks whether the co-processor, which
# may have started anew unheard, is still there.
WATCH = 3000
AWAKE_POLL = 300  # milliseconds between polls while something sent is not acknowledged
SINGLE_POLL = {"interval": 0, "units": 0, "failure_limit": 0}
NO_ALIAS = 0xFFFF
NO_ROW = 0xFF

# APS options
SECURED = 0x0020
RETRY = 0x0040
ROUTE_DISCOVERY = 0x0100
FRAGMENT = 0x8000
FIRST_BROADCAST_TYPE = 2  # incoming types from here are not for this device alone
ACKNOWLEDGED_BLOCK = 0xFF00

REASONS = {
    ezsp_status.NO_NETWORK_KEY_RECEIVED: driver.NO_NETWORK_KEY,
    ezsp_status.NO_LINK_KEY_RECEIVED: driver.NO_NETWORK_KEY,
    ezsp_status.PRECONFIGURED_KEY_REQUIRED: driver.NO_NETWORK_KEY,
    ezsp_status.RECEIVED_KEY_IN_THE_CLEAR: driver.UNSECURED_KEY,
    ezsp_status.NO_BEACONS: driver.NO_NETWORK,
}

# What is under way
_NOTHING = 0
_JOINING = 1
_REJOINING = 2
_LEAVING = 3


class EzspHost:
    """`table` is that of `ezsp.txt`; set `listener` before `start`."""

    capabilities = Capabilities(
        max_payload=82, fragments=False, key_install=True, zdo_by_app=True, sleepy=True
    )
    listener: Listener

    def __init__(self, table: Table, write: Callable[[bytes], None]) -> None:
        self._link = EzspLink(table, write, self)
        self._role = driver.SLEEPY_END_DEVICE
        self._endpoints: Sequence[Endpoint] = ()
        self._forget()

    def _forget(self) -> None:
        self._doing = _NOTHING
        self._due: int | None = None
        self._up = False
        self._was_up = False  # a network that was lost: it is found again, not initialised
        self._wanted: bytes | None = None
        self._found: Values | None = None
        self._closed = False  # a wanted network that lets nobody in was heard
        self._unsent: set[int] = set()  # tags
        self._counters: dict[int, int] = {}  # APS counter of the blocks of a tag
        self._polling = False
        self._polled_at = 0
        self._network: Values = {}
        self._commanded_at = 0

    def _do(
        self,
        command: int,
        values: Values | None = None,
        then: Callable[[Values], None] | None = None,
    ) -> None:
        self._commanded_at = self._link.now
        self._link.command(command, values or {}, then or self._required)

    def _required(self, answer: Values) -> None:
        if answer.get("status", ezsp_status.OK) != ezsp_status.OK:
            self._link.give_up(driver.REFUSED)

    # The link's owner

    def on_open(self) -> None:
        """Configures the co-processor, then tells that it is ready."""
        for number, value in CONFIGURATION:
            self._do(SET_CONFIGURATION, {"id": number, "value": value})
        number, decision = HOST_SUPPLIES_REPLIES
        self._do(SET_POLICY, {"id": number, "decision": decision})
        for endpoint in self._endpoints:
            self._do(
                ADD_ENDPOINT,
                {
                    "endpoint": endpoint.number,
                    "profile": endpoint.profile,
                    "device": endpoint.device,
                    "version": endpoint.version,
                    "input_count": len(endpoint.inputs),
                    "output_count": len(endpoint.outputs),
                    "inputs": endpoint.inputs,
                    "outputs": endpoint.outputs,
                },
            )
        self._do(GET_EUI64, then=self._started)

    def _started(self, answer: Values) -> None:
        if "eui" in answer:
            self.listener.on_started(answer["eui"])
        else:
            self._link.give_up(driver.REFUSED)

    def on_broken(self, reason: int) -> None:
        """Gives up until `start`."""
        self._forget()
        self.listener.on_failed(reason)

    def on_callback(self, frame_id: int, values: Values) -> None:
        """Sorts what the co-processor tells."""
        if frame_id == INCOMING:
            self._incoming(values)
        elif frame_id == MESSAGE_SENT:
            self._sent(values["tag"], values["status"] == ezsp_status.OK)
        elif frame_id == STACK_STATUS:
            self._stack_status(values["status"])
        elif frame_id == NETWORK_FOUND:
            self._heard(values)
        elif frame_id == SCAN_COMPLETE and self._doing == _JOINING:
            self._scanned()
        elif frame_id == POLL_COMPLETE and self._polling:
            self._polling = False
            answered = values["status"] in {ezsp_status.OK, ezsp_status.MAC_NO_DATA}
            self.listener.on_polled(answered)

    # The driver

    def start(self, role: int, endpoints: Sequence[Endpoint]) -> None:
        self._forget()
        self._role = role
        self._endpoints = endpoints
        self._link.open()

    def receive(self, octets: bytes) -> None:
        self._link.receive(octets)

    def step(self, ticks: int) -> None:
        self._link.step(ticks)
        if self._due is not None and self._link.now >= self._due:
            self._join_failed(driver.NOT_ASSOCIATED)
        sleepy = self._up and self._role == driver.SLEEPY_END_DEVICE
        if sleepy and self._unsent and self._link.now >= self._polled_at + AWAKE_POLL:
            # The parent keeps the acknowledgement until it is asked for.
            self._polled_at = self._link.now
            self._do(POLL, SINGLE_POLL, _ignored)
        if self._up and not sleepy and self._link.now >= self._commanded_at + WATCH:
            self._do(NOP)

    def idle(self) -> bool:
        return not (self._link.busy or self._doing or self._unsent or self._polling)

    def join(self, link_key: bytes, extended_pan_id: bytes | None, channels: int) -> None:
        self._doing = _JOINING
        self._wanted = extended_pan_id
        self._found = None
        self._closed = False
        security = {
            "bitmask": SECURITY,
            "preconfigured_key": link_key,
            "network_key": bytes(16),
            "network_key_sequence": 0,
            "trust_centre": bytes(8),
        }
        self._do(SET_SECURITY, security, self._joining)
        scan = {"scan_type": ACTIVE_SCAN, "channels": channels, "exponent": SCAN_EXPONENT}
        self._do(START_SCAN, scan, self._joining)

    def _joining(self, answer: Values) -> None:
        """A step of joining was answered."""
        if answer["status"] != ezsp_status.OK and self._doing in {_JOINING, _REJOINING}:
            self._join_failed(REASONS.get(answer["status"], driver.NOT_ASSOCIATED))

    def _heard(self, beacon: Values) -> None:
        wanted = self._wanted is None or beacon["extended_pan_id"] == self._wanted
        if not wanted or beacon["stack_profile"] != STACK_PROFILE:
            return
        if not beacon["permit_joining"]:
            self._closed = True
        elif self._found is None or beacon["lqi"] > self._found["lqi"]:
            self._found = beacon

    def _scanned(self) -> None:
        found = self._found
        if found is None:
            self._join_failed(driver.NOT_PERMITTED if self._closed else driver.NO_NETWORK)
            return
        self._due = self._link.now + JOIN_TIME
        network = {
            "node_type": NODE_TYPES[self._role],
            "extended_pan_id": found["extended_pan_id"],
            "pan_id": found["pan_id"],
            "transmit_power": 3,
            "channel": found["channel"],
            "join_method": ASSOCIATE,
            "manager": 0,
            "update_id": found["update_id"],
            "channels": 0,
        }
        self._do(JOIN_NETWORK, network, self._joining)

    def _join_failed(self, reason: int) -> None:
        self._doing = _NOTHING
        self._due = None
        self.listener.on_join_failed(reason)

    def rejoin(self) -> None:
        self._doing = _REJOINING
        self._due = self._link.now + JOIN_TIME
        if self._was_up:
            rejoin = {
                "have_network_key": True,
                "channels": 0,
                "reason": 0,
                "node_type": NODE_TYPES[self._role],
            }
            self._do(FIND_AND_REJOIN, rejoin, self._rejoining)
        else:
            self._do(NETWORK_INIT, {"bitmask": KEEP_PARENT_AND_REJOIN}, self._rejoining)

    def _rejoining(self, answer: Values) -> None:
        if answer["status"] != ezsp_status.OK and self._doing == _REJOINING:
            self._join_failed(driver.NO_NETWORK)

    def _stack_status(self, status: int) -> None:
        if status == ezsp_status.NETWORK_UP:
            self._due = None
            self._do(GET_NODE_ID, then=self._collect)
            self._do(GET_PARENT, then=self._collect)
            self._do(GET_SECURITY, then=self._collect)
            self._do(GET_NETWORK_PARAMETERS, then=self._joined)
        elif self._doing in {_JOINING, _REJOINING}:
            rejoining = self._doing == _REJOINING
            default = driver.NO_NETWORK if rejoining else driver.NOT_ASSOCIATED
            self._join_failed(REASONS.get(status, default))
        elif self._up or self._doing == _LEAVING:
            self._was_up = self._doing != _LEAVING
            self._up = False
            self._doing = _NOTHING
            self.listener.on_left()

    def _collect(self, answer: Values) -> None:
        self._network.update(answer)

    def _joined(self, answer: Values) -> None:
        if answer["status"] != ezsp_status.OK:
            return  # gone again; another stack status says so
        known = self._network
        if not ("node_id" in known and "parent" in known and "trust_centre" in known):
            self._link.give_up(driver.REFUSED)
            return
        again = self._doing != _JOINING
        self._doing = _NOTHING
        self._up = True
        self.listener.on_joined(
            Network(
                known["node_id"],
                known["parent"],
                answer["pan_id"],
                answer["extended_pan_id"],
                answer["channel"],
                known["trust_centre"],
            ),
            again,
        )

    def leave(self) -> None:
        self._doing = _LEAVING
        self._do(LEAVE_NETWORK, {"options": 0}, self._leaving)

    def _leaving(self, answer: Values) -> None:
        if answer["status"] != ezsp_status.OK and self._doing == _LEAVING:
            self._doing = _NOTHING
            self._up = False
            self.listener.on_left()

    # Messages

    def send(self, tag: int, datagram: Datagram) -> None:
        part = datagram.block != driver.NO_BLOCK
        self._unsent.add(tag)
        if len(datagram.payload) > self.capabilities.max_payload:
            self._sent(tag, False)
            return
        values = {
            "type": 0,
            "destination": datagram.peer,
            "profile": datagram.profile,
            "cluster": datagram.cluster,
            "source_endpoint": datagram.source_endpoint,
            "destination_endpoint": datagram.destination_endpoint,
            "options": ROUTE_DISCOVERY
            | (RETRY if datagram.acknowledged and not datagram.broadcast else 0)
            | (SECURED if datagram.secured else 0)
            | (FRAGMENT if part else 0),
            "group": 0,
            "aps_sequence": self._counters.get(tag, 0),
            "alias": NO_ALIAS,
            "sequence": 0,
            "radius": 0,
            "tag": tag,
            "message": datagram.payload,
        }
        if part:
            values["group"] = datagram.block or datagram.blocks << 8
        first = part and datagram.block == 0

        def accepted(answer: Values) -> None:
            if answer["status"] != ezsp_status.OK:
                self._sent(tag, False)
            elif first:
                self._counters[tag] = answer["sequence"]

        self._do(SEND_BROADCAST if datagram.broadcast else SEND_UNICAST, values, accepted)
        if not part:
            self._counters.pop(tag, None)

    def _sent(self, tag: int, delivered: bool) -> None:
        if tag in self._unsent:
            self._unsent.remove(tag)
            self.listener.on_sent(tag, delivered)

    def _incoming(self, values: Values) -> None:
        part = values["options"] & FRAGMENT
        group = values["group"]
        blocks = group >> 8 if part else 0
        block = driver.NO_BLOCK
        if part:
            block = 0 if blocks else group & 0xFF
            self._acknowledge(values, block)
        self.listener.on_message(
            Datagram(
                values["source"],
                values["profile"],
                values["cluster"],
                values["source_endpoint"],
                values["destination_endpoint"],
                values["message"],
                secured=bool(values["options"] & SECURED),
                acknowledged=bool(values["options"] & RETRY),
                broadcast=values["type"] >= FIRST_BROADCAST_TYPE,
                counter=values["aps_sequence"],
                block=block,
                blocks=blocks,
            )
        )

    def _acknowledge(self, values: Values, block: int) -> None:
        reply = dict(values)
        reply["destination"] = values["source"]
        reply["source_endpoint"] = values["destination_endpoint"]
        reply["destination_endpoint"] = values["source_endpoint"]
        reply["group"] = ACKNOWLEDGED_BLOCK | block
        reply["message"] = b""
        self._do(SEND_REPLY, reply, _ignored)

    def set_link_key(self, eui: bytes, key: bytes) -> None:
        def found(answer: Values) -> None:
            index = answer.get("index", NO_ROW)
            values = {"index": 0 if index == NO_ROW else index, "eui": eui, "key": key}
            self._do(IMPORT_LINK_KEY, values, imported)

        def imported(answer: Values) -> None:
            self.listener.on_link_key(answer["status"] == ezsp_status.OK)

        self._do(FIND_KEY, {"eui": eui, "link_key": True}, found)

    def poll(self) -> None:
        self._polling = True
        self._polled_at = self._link.now
        self._do(POLL, SINGLE_POLL, self._polls)

    def _polls(self, answer: Values) -> None:
        if answer["status"] != ezsp_status.OK and self._polling:
            self._polling = False
            self.listener.on_polled(False)


def _ignored(_answer: Values) -> None:
    pass
