"""The CHF's tunnel server (Smart Energy cluster 0704, protocol GB-HRGP): GBCS messages to devices.

A message counts as stored when the Default Response to its TransferData says so. An always awake
device is given the message alone; a sleepy one asks with GET and is answered with the message and
the number of those behind it (GBCS 10.2.2).
"""

import asyncio
import hashlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from host.hub.han import DeviceGoneError, HanListener, TooLongError
from host.hub.zigbee.datagrams import Datagram, NotDeliveredError
from host.hub.zigbee.endpoints import CHF_ENDPOINT
from smets.codec.errors import DecodeError
from smets.zigbee import clusters_text, zcl
from smets.zigbee.clusters import TUNNELING
from smets.zigbee.tunnel import (
    CLOSE_TUNNEL,
    FLOW_CONTROL_NOT_SUPPORTED,
    GET,
    GET_RESPONSE,
    LONGEST_TRANSFER,
    NO_SUCH_TUNNEL,
    OPENED,
    PROTOCOL,
    PROTOCOL_NOT_SUPPORTED,
    PUT,
    REQUEST_TUNNEL,
    REQUEST_TUNNEL_RESPONSE,
    TRANSFER_DATA,
    TRANSFER_DATA_ERROR,
    TRANSFER_DATA_TO_CLIENT,
)

AT_MOST_TOLD = 0xFF  # one octet tells how many messages remain

log = logging.getLogger(__name__)
_TABLE = clusters_text.load()


@dataclass
class _Offer:
    """The message that is being delivered."""

    message: bytes
    remaining: int
    stored: "asyncio.Future[None]"
    again: "asyncio.Future[None]"
    transactions: set[int] = field(default_factory=set)


@dataclass
class _Tunnel:
    """A device's tunnel and what goes through it; `asks` while a GET is not answered.

    A message goes out beside what the device sends: a GET that comes while one is under way has
    its answer in it.
    """

    identifier: int
    endpoint: int
    sleeps: bool
    open: asyncio.Event = field(default_factory=asyncio.Event)
    offer: _Offer | None = None
    asks: bool = False
    transaction: int = 0
    longest: int = LONGEST_TRANSFER  # octets that the device takes at once


def number_of(message: bytes) -> int:
    """What a message is told apart by from the one before it."""
    return int.from_bytes(hashlib.sha256(message).digest()[:7])


class Tunnels:
    """`send` gives a datagram to a device; `repeat`: seconds until a message is sent again.

    `keep` makes a tunnel last (the device, its endpoint, the tunnel's number) before the device
    hears of it. `refused` counts frames by the reason.
    """

    def __init__(
        self,
        send: Callable[[Datagram], Awaitable[None]],
        keep: Callable[[str, int, int], Awaitable[None]],
        listener: HanListener,
        repeat: float = 5.0,
    ) -> None:
        self._send = send
        self._keep = keep
        self._listener = listener
        self._repeat = repeat
        self._tunnels: dict[str, _Tunnel] = {}
        self._next = 1
        self.refused: Counter[str] = Counter()

    def expect(self, eui: str, sleeps: bool, endpoint: int = 0, identifier: int = 0) -> None:
        """A device was let in: a tunnel of it may come, or is there since before a restart."""
        tunnel = self._tunnels.setdefault(eui, _Tunnel(0, 0, sleeps))
        tunnel.sleeps = sleeps
        if identifier:
            tunnel.identifier, tunnel.endpoint = identifier, endpoint
            self._next = max(self._next, identifier % 0xFFFE + 1)
            tunnel.open.set()

    def identifier(self, eui: str) -> int:
        """That of a device's open tunnel; 0 when it has none."""
        tunnel = self._tunnels.get(eui)
        return tunnel.identifier if tunnel and tunnel.open.is_set() else 0

    def gone(self, eui: str) -> None:
        """Whoever waits for the device waits in vain."""
        tunnel = self._tunnels.pop(eui, None)
        if tunnel and tunnel.offer and not tunnel.offer.stored.done():
            tunnel.offer.stored.set_exception(DeviceGoneError(f"device {eui} is gone"))

    def again(self) -> None:
        """The radio is back: what was lost with it is sent without waiting."""
        for tunnel in self._tunnels.values():
            _send_again(tunnel)

    async def deliver(self, eui: str, message: bytes, remaining: int) -> None:
        """Returns when the device has stored the message; DeviceGoneError, TooLongError."""
        tunnel = self._tunnels.get(eui)
        if tunnel is None:
            raise DeviceGoneError(f"device {eui} is not in the HAN")
        stored = _future()
        tunnel.offer = offer = _Offer(message, remaining, stored, _future())
        try:
            while not stored.done():
                await tunnel.open.wait()
                octets = len(_data(tunnel, offer))
                if octets > tunnel.longest:
                    raise TooLongError(f"{octets} octets, but it takes {tunnel.longest} at once")
                offer.again = _future()
                await self._send_offer(eui, tunnel)
                await asyncio.wait(
                    [stored, offer.again],
                    timeout=self._repeat,
                    return_when=asyncio.FIRST_COMPLETED,
                )
            stored.result()
        finally:
            if tunnel.offer is offer:
                tunnel.offer = None

    async def on_frame(self, datagram: Datagram, frame: zcl.Frame) -> None:
        """A frame of a device that has its link key; one after the other for each device."""
        tunnel = self._tunnels.get(datagram.eui)
        if tunnel is None:
            self.refused["not let in"] += 1
            await self._refuse(datagram, frame, zcl.NOT_AUTHORIZED)
        elif not frame.is_cluster_command:
            self._default_response(tunnel, frame)
        elif frame.command == REQUEST_TUNNEL:
            await self._request(tunnel, datagram, frame)
        elif frame.command == CLOSE_TUNNEL:
            tunnel.open.clear()
            await self._refuse(datagram, frame, zcl.SUCCESS)
        elif frame.command == TRANSFER_DATA:
            await self._transfer(tunnel, datagram, frame)
        else:
            self.refused["unsupported command"] += 1
            await self._refuse(datagram, frame, zcl.UNSUPPORTED_CLUSTER_COMMAND)

    # Opening

    async def _request(self, tunnel: _Tunnel, datagram: Datagram, frame: zcl.Frame) -> None:
        """A device that asks again has started anew: its earlier tunnel is no more."""
        protocol, _, flow_control, longest = _TABLE.decode(
            TUNNELING, False, REQUEST_TUNNEL, frame.payload
        )
        status = OPENED
        if protocol != PROTOCOL:
            status = PROTOCOL_NOT_SUPPORTED
        elif flow_control:
            status = FLOW_CONTROL_NOT_SUPPORTED
        identifier = 0xFFFF
        if status == OPENED:
            tunnel.identifier = identifier = self._next
            self._next = self._next % 0xFFFE + 1
            tunnel.endpoint = datagram.device_endpoint
            tunnel.longest = longest
            tunnel.asks = False
            await self._keep(datagram.eui, tunnel.endpoint, identifier)
        payload = _command(True, REQUEST_TUNNEL_RESPONSE, [identifier, status, LONGEST_TRANSFER])
        await self._answer(datagram, frame.response(REQUEST_TUNNEL_RESPONSE, payload, True))
        if status == OPENED:
            tunnel.open.set()
            _send_again(tunnel)

    # What a device sends

    async def _transfer(self, tunnel: _Tunnel, datagram: Datagram, frame: zcl.Frame) -> None:
        identifier, data = _TABLE.decode(TUNNELING, False, TRANSFER_DATA, frame.payload)
        if identifier != tunnel.identifier or not tunnel.open.is_set():
            self.refused["no such tunnel"] += 1
            payload = _command(True, TRANSFER_DATA_ERROR, [identifier, NO_SUCH_TUNNEL])
            await self._answer(datagram, frame.response(TRANSFER_DATA_ERROR, payload, True))
        elif not tunnel.sleeps:
            await self._message(datagram, frame, data)
        elif data[:1] == bytes((PUT,)):
            await self._message(datagram, frame, data[1:])
        elif data == bytes((GET,)):
            await self._refuse(datagram, frame, zcl.SUCCESS)
            await self._asked(tunnel, datagram.eui)
        else:
            self.refused["malformed"] += 1
            await self._refuse(datagram, frame, zcl.MALFORMED_COMMAND)

    async def _message(self, datagram: Datagram, frame: zcl.Frame, message: bytes) -> None:
        stored = await self._listener.on_message(datagram.eui, number_of(message), message)
        await self._refuse(datagram, frame, zcl.SUCCESS if stored else zcl.FAILURE)

    async def _asked(self, tunnel: _Tunnel, eui: str) -> None:
        tunnel.asks = True
        if tunnel.offer:
            _send_again(tunnel)
        elif not self._listener.waiting(eui):
            tunnel.asks = False
            await self._transmit(eui, tunnel, bytes((GET_RESPONSE, 0)))

    # What a device is sent

    async def _send_offer(self, eui: str, tunnel: _Tunnel) -> None:
        offer = tunnel.offer
        if offer is None or (tunnel.sleeps and not tunnel.asks):
            return
        data = _data(tunnel, offer)
        tunnel.asks = False
        identifier = tunnel.identifier
        delivered = await self._transmit(eui, tunnel, data, offer)
        if delivered and tunnel.identifier == identifier and not offer.stored.done():
            tunnel.asks = False

    async def _transmit(
        self, eui: str, tunnel: _Tunnel, data: bytes, offer: _Offer | None = None
    ) -> bool:
        """Sends data through a tunnel; what is lost on the way (False) is sent again later."""
        tunnel.transaction = (tunnel.transaction + 1) % 0x100
        payload = _command(True, TRANSFER_DATA_TO_CLIENT, [tunnel.identifier, data])
        frame = zcl.Frame(
            zcl.CLUSTER_COMMAND | zcl.TO_CLIENT,
            tunnel.transaction,
            TRANSFER_DATA_TO_CLIENT,
            payload,
        )
        if offer:
            offer.transactions.add(tunnel.transaction)
        try:
            await self._send(
                Datagram(eui, TUNNELING, tunnel.endpoint, CHF_ENDPOINT, frame.encode(), True)
            )
        except NotDeliveredError as error:
            log.info("device %s: %s", eui, error)
            return False
        return True

    def _default_response(self, tunnel: _Tunnel, frame: zcl.Frame) -> None:
        offer = tunnel.offer
        if (
            frame.command == zcl.DEFAULT_RESPONSE
            and frame.payload == bytes((TRANSFER_DATA_TO_CLIENT, zcl.SUCCESS))
            and offer
            and frame.transaction in offer.transactions
            and not offer.stored.done()
        ):
            offer.stored.set_result(None)
            tunnel.asks = False  # a GET for the next message comes after this

    async def _refuse(self, datagram: Datagram, frame: zcl.Frame, status: int) -> None:
        response = frame.default_response(status)
        if response is not None:
            await self._answer(datagram, response)

    async def _answer(self, datagram: Datagram, frame: zcl.Frame) -> None:
        try:
            await self._send(
                Datagram(
                    datagram.eui,
                    TUNNELING,
                    datagram.device_endpoint,
                    datagram.hub_endpoint,
                    frame.encode(),
                    datagram.secured,
                )
            )
        except NotDeliveredError as error:
            log.info("device %s: %s", datagram.eui, error)


def _data(tunnel: _Tunnel, offer: _Offer) -> bytes:
    """The message as the device is given it."""
    if not tunnel.sleeps:
        return offer.message
    return bytes((GET_RESPONSE, min(offer.remaining, AT_MOST_TOLD))) + offer.message


def _future() -> "asyncio.Future[None]":
    return asyncio.get_running_loop().create_future()


def _send_again(tunnel: _Tunnel) -> None:
    if tunnel.offer and not tunnel.offer.again.done():
        tunnel.offer.again.set_result(None)


def _command(to_client: bool, number: int, values: list[object]) -> bytes:
    command = _TABLE.command(TUNNELING, to_client, number)
    if command is None:
        raise DecodeError(f"the table of clusters has no command {number:02x} of tunnels")
    return command.encode(values)
