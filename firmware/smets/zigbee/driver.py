"""What the meter's side of Zigbee asks of a radio, whatever the radio is.

A driver is an engine: it is given the octets of its line and the time, calls the `write` it was
made with for octets that go out, and tells a listener what comes of it. It never waits. What it
is asked for while it is busy it does later, in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

# What a device is in the network.
ROUTER = 0
END_DEVICE = 1
SLEEPY_END_DEVICE = 2

# Why `on_join_failed` is called.
NO_NETWORK = 1  # no beacon of the wanted network
NOT_PERMITTED = 2  # beacons, but none that lets devices in
NOT_ASSOCIATED = 3  # let in, but no answer to the association, or a refusal
NO_NETWORK_KEY = 4  # associated, but no Transport-Key under the link key arrived
UNSECURED_KEY = 5  # the network key came in the clear

# Why `on_failed` is called.
NO_ANSWER = 1  # the radio says nothing, or what it says is not in order
WRONG_VERSION = 2  # it speaks another language than this driver
REFUSED = 3  # it does not do what the driver needs
RESTARTED = 4  # it has started anew by itself

SMART_ENERGY = 0x0109
ZDO_PROFILE = 0x0000
TRUST_CENTRE = 0x0000  # its network address
NO_BLOCK = 0xFF


class Capabilities:
    """What a radio can do.

    `max_payload`: octets of APS payload that one frame takes with network security alone;
    `fragments`: it cuts and joins larger messages itself; `key_install`: it takes a link key made
    by CBKE and secures frames with it; `zdo_by_app`: ZDO requests of others reach the listener,
    which answers them; `sleepy`: it can be a sleepy end device.
    """

    def __init__(
        self, max_payload: int, fragments: bool, key_install: bool, zdo_by_app: bool, sleepy: bool
    ) -> None:
        self.max_payload = max_payload
        self.fragments = fragments
        self.key_install = key_install
        self.zdo_by_app = zdo_by_app
        self.sleepy = sleepy


class Datagram:
    """An APS message to or from `peer`, a network address.

    `secured` with the link key, `acknowledged` by the other end's APS. A part of a larger message
    is block `block` of `blocks`; `blocks` is 0 in a whole one and in parts other than the first.
    `counter` is the APS counter of what was received, which all parts of a message share.
    """

    def __init__(
        self,
        peer: int,
        profile: int,
        cluster: int,
        source_endpoint: int,
        destination_endpoint: int,
        payload: bytes,
        secured: bool = False,
        acknowledged: bool = True,
        broadcast: bool = False,
        counter: int = 0,
        block: int = NO_BLOCK,
        blocks: int = 0,
    ) -> None:
        self.peer = peer
        self.profile = profile
        self.cluster = cluster
        self.source_endpoint = source_endpoint
        self.destination_endpoint = destination_endpoint
        self.payload = payload
        self.secured = secured
        self.acknowledged = acknowledged
        self.broadcast = broadcast
        self.counter = counter
        self.block = block
        self.blocks = blocks


class Endpoint:
    """A simple descriptor: what an endpoint serves and uses."""

    def __init__(
        self,
        number: int,
        profile: int,
        device: int,
        version: int,
        inputs: Sequence[int],
        outputs: Sequence[int],
    ) -> None:
        self.number = number
        self.profile = profile
        self.device = device
        self.version = version
        self.inputs = inputs
        self.outputs = outputs


class Network:
    """Where a device is: its own and its parent's address, and the network's names.

    EUI-64s are big-endian here and everywhere above the driver.
    """

    def __init__(
        self,
        address: int,
        parent: int,
        pan_id: int,
        extended_pan_id: bytes,
        channel: int,
        trust_centre: bytes,
    ) -> None:
        self.address = address
        self.parent = parent
        self.pan_id = pan_id
        self.extended_pan_id = extended_pan_id
        self.channel = channel
        self.trust_centre = trust_centre


if TYPE_CHECKING:

    class Listener(Protocol):
        """What a driver tells; a listener may ask the driver for something while it is told."""

        def on_started(self, eui: bytes) -> None:
            """The radio is ready; `eui` is its EUI-64."""
            ...

        def on_joined(self, network: Network, again: bool) -> None:
            """It is in a network; `again`: in the one it was in, with the keys it had."""
            ...

        def on_join_failed(self, reason: int) -> None:
            """What `join` was asked for came to nothing."""
            ...

        def on_left(self) -> None:
            """It is in no network any more, or has lost its parent: `rejoin` may find it."""
            ...

        def on_message(self, datagram: Datagram) -> None:
            """From another device, checked and deciphered as far as the radio's keys go."""
            ...

        def on_sent(self, tag: int, delivered: bool) -> None:
            """What became of the datagram, or block, that `send` was given with `tag`."""
            ...

        def on_link_key(self, installed: bool) -> None:
            """What became of `set_link_key`."""
            ...

        def on_polled(self, answered: bool) -> None:
            """A poll is over; `answered`: the parent is there. What it had came before."""
            ...

        def on_failed(self, reason: int) -> None:
            """The radio does not work; only `start` helps."""
            ...

    class Driver(Protocol):
        """A radio; `ticks` are those of `smets.codec.ticks`."""

        capabilities: Capabilities
        listener: Listener

        def start(self, role: int, endpoints: Sequence[Endpoint]) -> None:
            """Resets the radio; `on_started` or `on_failed` follows."""
            ...

        def join(self, link_key: bytes, extended_pan_id: bytes | None, channels: int) -> None:
            """Finds a network that lets devices in and joins it with a preconfigured link key.

            `extended_pan_id` None: any; `channels`: bit n for channel n. `on_joined` or
            `on_join_failed` follows.
            """
            ...

        def rejoin(self) -> None:
            """Goes back into the network that the radio remembers, secured.

            `on_joined(..., again=True)`, or `on_join_failed` when it remembers none or finds
            nobody.
            """
            ...

        def leave(self) -> None:
            """Leaves the network and forgets its keys; `on_left` follows."""
            ...

        def send(self, tag: int, datagram: Datagram) -> None:
            """Sends; `on_sent` follows. `tag` (0 to 255) is the caller's.

            Blocks of one message have one tag and are sent in order, each after `on_sent` of the
            one before. A driver that does not fragment acknowledges received blocks itself.
            """
            ...

        def set_link_key(self, eui: bytes, key: bytes) -> None:
            """Replaces the link key shared with a device, the trust centre as a rule."""
            ...

        def poll(self) -> None:
            """A sleepy end device asks its parent for what it keeps."""
            ...

        def receive(self, octets: bytes) -> None:
            """Octets from the radio's line."""
            ...

        def step(self, ticks: int) -> None:
            """Does what is due at `ticks`, which is also the time of what is received next."""
            ...

        def idle(self) -> bool:
            """Whether nothing is under way, so that the board may sleep."""
            ...
