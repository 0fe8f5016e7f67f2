"""The GBCS tunnel: protocol 6 of the Tunneling cluster, the hub its server (GBCS 10.2).

A message is sent until the receiver's Default Response says that it is stored, and its receiver
answers so only when it is. A meter that never sleeps gets and sends messages as they are; one that
sleeps frames them: PUT, GET and GET-RESPONSE (GBCS 10.2.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.zigbee import events, requests, stages, zcl
from smets.zigbee.clusters import TUNNELING
from smets.zigbee.stages import Failure

if TYPE_CHECKING:
    from collections.abc import Generator

    from smets.zigbee.driver import Datagram
    from smets.zigbee.events import Event
    from smets.zigbee.node import Node
    from smets.zigbee.zcl import Frame

    Done = Generator[int, Event | None, None]
    Counting = Generator[int, Event | None, int]

# to the server
REQUEST_TUNNEL = 0x00
CLOSE_TUNNEL = 0x01
TRANSFER_DATA = 0x02
TRANSFER_DATA_ERROR_TO_SERVER = 0x03
# to the client
REQUEST_TUNNEL_RESPONSE = 0x00
TRANSFER_DATA_TO_CLIENT = 0x01
TRANSFER_DATA_ERROR = 0x02
TUNNEL_CLOSURE = 0x06

# TunnelStatus of a Request Tunnel Response
OPENED = 0x00
PROTOCOL_NOT_SUPPORTED = 0x03
FLOW_CONTROL_NOT_SUPPORTED = 0x04

NO_SUCH_TUNNEL = 0x00  # TransferDataStatus
PROTOCOL = 6  # GB-HRGP
# Octets of data. GBCS 10.2.2 has 1500, and block transfer for what is longer; here messages that
# are longer, as those with several certificates, go whole.
LONGEST_TRANSFER = 2048
# GB-HRGP, no manufacturer, no flow control, longest transfer
REQUEST = bytes((PROTOCOL, 0xFF, 0xFF, 0)) + LONGEST_TRANSFER.to_bytes(2, "little")
RESPONSE_LENGTH = 5
# Octets that say what a command is about: ZCL header, tunnel, header of a GET-RESPONSE.
HEAD = 9

GET = 0x01
GET_RESPONSE = 0x02
PUT = 0x03


class Tunnel:
    """The client's end; `number` is None while there is no tunnel."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.number: bytes | None = None
        self.endpoint = 0
        self.lost = 0  # messages of the device that no transfer can carry

    def open(self, endpoint: int) -> Done:
        """Asks for a tunnel, which replaces an earlier one."""
        self.number = None
        self.endpoint = endpoint
        answer = yield from self._ask(REQUEST_TUNNEL, REQUEST, REQUEST_TUNNEL_RESPONSE)
        if answer is None:
            raise Failure(stages.NO_ANSWER)
        payload = answer.payload
        if not answer.is_cluster_command or len(payload) != RESPONSE_LENGTH or payload[2]:
            raise Failure(stages.TUNNEL_REFUSED)
        self.number = payload[:2]

    def _ask(self, command: int, payload: bytes, answer: int) -> requests.Asking:
        return requests.ask(
            self._node,
            TUNNELING,
            self.endpoint,
            zcl.CLUSTER_COMMAND,
            command,
            payload,
            answer,
        )

    def deliver(self, number: int) -> Counting:
        """Sends the device's message of that number; 1 when the hub has stored it, else 0."""
        node = self._node
        message = node.owner.message(number)
        data = bytes((PUT,)) + message if node.interval else message
        if len(data) > LONGEST_TRANSFER:
            self.lost += 1
            node.owner.delivered(number)
            return 1
        answer = yield from self._transfer(data)
        if not requests.is_success(answer):
            return 0
        node.owner.delivered(number)
        return 1

    def fetch(self) -> Counting:
        """Asks for a message that waits; how many more the hub says there are."""
        answer = yield from requests.ask(
            self._node,
            TUNNELING,
            self.endpoint,
            zcl.CLUSTER_COMMAND | zcl.NO_DEFAULT_RESPONSE,
            TRANSFER_DATA,
            self._head() + bytes((GET,)),
            TRANSFER_DATA_TO_CLIENT,
        )
        if answer is None or not answer.is_cluster_command:
            raise Failure(stages.NO_ANSWER)
        data = answer.payload[2:]
        return data[1] if len(data) > 2 and data[0] == GET_RESPONSE else 0

    def _transfer(self, data: bytes) -> requests.Asking:
        return self._ask(TRANSFER_DATA, self._head() + data, TRANSFER_DATA_ERROR)

    def _head(self) -> bytes:
        if self.number is None:
            raise Failure(stages.TUNNEL_REFUSED)
        return self.number

    def receive(self, datagram: Datagram, frame: Frame, whole: memoryview) -> None:
        """A command of the hub; what is not protected with the link key does not count.

        `whole` is the frame as it came; `frame` holds at least its HEAD.
        """
        node = self._node
        if not datagram.secured:
            node.refused += 1
        elif frame.command == TRANSFER_DATA_TO_CLIENT and len(frame.payload) > 2:
            if frame.payload[:2] != self.number:
                self._no_such_tunnel(datagram, frame)
            else:
                self._take(datagram, frame, whole)
        elif frame.payload[:2] == self.number and frame.command in {
            TUNNEL_CLOSURE,
            TRANSFER_DATA_ERROR,
        }:
            self.number = None  # asked for anew

    def _no_such_tunnel(self, datagram: Datagram, frame: Frame) -> None:
        payload = frame.payload[:2] + bytes((NO_SUCH_TUNNEL,))
        self._node.reply(datagram, frame.response(TRANSFER_DATA_ERROR_TO_SERVER, payload, True))

    def _take(self, datagram: Datagram, frame: Frame, whole: memoryview) -> None:
        node = self._node
        start = 2
        if node.interval:
            if frame.payload[2] != GET_RESPONSE or len(frame.payload) < 4:
                node.refused += 1
                return
            start = 4
        message = whole[len(datagram.payload) - len(frame.payload) + start :]
        if not message or node.owner.receive(message):
            node.reply(datagram, frame.default_response(zcl.SUCCESS))
            node.tell(events.WORK)
