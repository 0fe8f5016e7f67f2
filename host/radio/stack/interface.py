"""What a network co-processor drives: a Zigbee PRO node, and the shell that ties it to the air.

Every entry takes the time. None waits: what comes of a call is in `take_events` later. A call
that cannot be done raises `StackError`. The shell (`host.radio.station.Station`) gives the node
its frames, calls it at `next_timer`, and hands on what it wants to send; a host that calls the
node itself tells the shell with `Station.settle()` afterwards.
"""

from __future__ import annotations

from typing import Protocol

from host.radio.radio import EnergyRequest, RadioState, Transmission
from host.radio.stack.events import Event
from host.radio.stack.types import (
    ApsFrame,
    Endpoint,
    InitialSecurity,
    Limits,
    LinkKey,
    Neighbour,
    NetworkParameters,
    NetworkState,
    Policy,
    Role,
    ZdoFlag,
)


class KeyTable(Protocol):
    """Link keys by partner, each with an index that stays; and keys that expire."""

    def __len__(self) -> int:
        """Rows in use."""

    def at(self, index: int) -> LinkKey | None: ...
    def find(self, partner: bytes) -> LinkKey | None: ...
    def index_of(self, partner: bytes) -> int | None: ...
    def put(self, partner: bytes, key: bytes, index: int | None = None) -> int:
        """Holds `key` for `partner`, in place of an earlier one; the row. TABLE_FULL.

        The counters of a new key start at 0; those of the same key go on.
        """

    def erase(self, index: int) -> bool: ...
    def clear(self) -> None: ...
    def put_transient(self, partner: bytes, key: bytes, now: float) -> None:
        """A key for a joiner (`ff` * 8: for any), forgotten after `transient_key_timeout`."""

    def find_transient(self, partner: bytes, now: float) -> bytes | None: ...
    def transients(self, now: float) -> tuple[tuple[bytes, bytes, float], ...]:
        """(partner, key, seconds left)."""

    def clear_transient(self, partner: bytes | None = None) -> None: ...


class Stack(Protocol):
    """One node."""

    eui64: bytes
    policy: Policy
    zdo_flags: ZdoFlag
    manufacturer_code: int
    groups: set[tuple[int, int]]  # (multicast group, endpoint)
    reassembly: bool  # incoming fragments are put together here, not by the host

    @property
    def limits(self) -> Limits:
        """To be changed in place."""

    @property
    def endpoints(self) -> dict[int, Endpoint]: ...
    @property
    def keys(self) -> KeyTable: ...

    # Where it stands.
    @property
    def state(self) -> NetworkState: ...
    @property
    def role(self) -> Role | None: ...
    @property
    def node_id(self) -> int:
        """FFFE when the node is in no network."""

    @property
    def parameters(self) -> NetworkParameters | None: ...
    @property
    def network_key(self) -> tuple[bytes, int] | None:
        """The key and its sequence number."""

    @property
    def link_key(self) -> bytes | None:
        """The global trust centre link key."""

    @property
    def trust_centre(self) -> bytes | None: ...
    @property
    def parent(self) -> tuple[int, bytes] | None: ...
    @property
    def network_frame_counter(self) -> int: ...
    @property
    def aps_frame_counter(self) -> int: ...
    def set_frame_counters(self, network: int | None = None, aps: int | None = None) -> None:
        """Before form or join alone: counters of a restored network. INVALID_CALL."""

    @property
    def permitting(self) -> bool: ...
    @property
    def slow_nodes(self) -> set[bytes]:
        """Sleepy devices of other parents: their acknowledgements are waited for longer."""

    def learn_address(self, node_id: int, eui64: bytes) -> None:
        """What the host knows: an address table entry of its."""

    def link_key_for(self, partner: bytes, now: float) -> LinkKey | None:
        """The link key in use with a partner: of the table, transient, or the global one."""

    def neighbours(self) -> tuple[Neighbour, ...]: ...
    def child_at(self, index: int) -> Neighbour | None: ...
    def put_child(self, index: int, child: Neighbour, now: float) -> None:
        """A row of the child table of a restored network. INVALID_PARAMETER, INVALID_CALL."""

    def node_id_of(self, eui64: bytes) -> int | None: ...
    def eui64_of(self, node_id: int) -> bytes | None: ...
    def maximum_payload(self, options: int) -> int:
        """Octets above APS that fit one frame with these options."""

    def counters(self) -> dict[str, int]:
        """What was sent, received, refused and why; names are in `host.radio.stack.counters`."""

    # Networks.
    def form(self, parameters: NetworkParameters, security: InitialSecurity, now: float) -> None:
        """Becomes coordinator and trust centre; StackStatus NETWORK_UP follows."""

    def join(
        self, role: Role, parameters: NetworkParameters, security: InitialSecurity, now: float
    ) -> None:
        """Looks on `parameters.channels` for the extended PAN id (zeros: any) and joins it."""

    def rejoin(self, secured: bool, now: float, channels: int = 0) -> None:
        """Looks for the network it knows (0: on its channel) and comes back to it."""

    def resume(self, now: float) -> None:
        """After `restore`: up again, as before; StackStatus NETWORK_UP follows."""

    def leave(self, now: float) -> None:
        """Tells the neighbours and forgets the network; its keys in the table stay."""

    def permit(self, seconds: int, now: float) -> None:
        """Takes children for so long: 0 not any more, 255 without end."""

    def scan_networks(self, channels: int, exponent: int, now: float) -> None: ...
    def scan_energy(self, channels: int, exponent: int, now: float) -> None: ...

    # Messages. All return the APS sequence; `Sent` with the `tag` ends each.
    def send_unicast(
        self, destination: int, aps: ApsFrame, payload: bytes, tag: int, now: float
    ) -> int:
        """ENCRYPTION takes the link key shared with the destination (NO_LINK_KEY).

        A payload over `maximum_payload` is sent in fragments (with RETRY implied) unless
        FRAGMENT says that the host cuts it itself, block by block, as `Message` describes.
        """

    def send_broadcast(
        self, destination: int, aps: ApsFrame, payload: bytes, radius: int, tag: int, now: float
    ) -> int: ...
    def send_multicast(
        self, aps: ApsFrame, payload: bytes, radius: int, tag: int, now: float
    ) -> int: ...
    def send_fragment_acknowledgement(
        self, destination: int, aps: ApsFrame, payload: bytes, now: float
    ) -> None:
        """The host's answer to a block: `aps` as in its Message, no payload."""

    def poll(self, now: float) -> None:
        """A sleepy end device asks its parent; PollComplete follows, the message before it."""

    # The trust centre.
    def remove_device(self, node_id: int, eui64: bytes, now: float) -> None: ...
    def request_link_key(self, now: float) -> None:
        """A joined node asks its trust centre for a new link key and proves that it has it."""

    def switch_network_key(self, key: bytes, sequence: int, now: float) -> None:
        """Sends a new network key to all, and switches to it."""

    # The shell's side.
    @property
    def radio(self) -> RadioState:
        """How the transceiver has to be set."""

    def receive(self, frame: bytes, lqi: int, rssi: int, now: float) -> None:
        """A frame off the air without its FCS."""

    def transmitted(self, handle: int, sent: bool, pending: bool, now: float) -> None:
        """The end of a Transmission: sent (and acknowledged), and the pending bit of that."""

    def measured(self, channel: int, rssi: int) -> None:
        """The answer to an EnergyRequest."""

    def take_outgoing(self) -> list[Transmission | EnergyRequest]: ...

    def next_timer(self) -> float | None: ...
    def tick(self, now: float) -> None: ...
    def take_events(self) -> list[Event]: ...

    # Restarts.
    def snapshot(self) -> dict[str, object]:
        """All that a restart must find again: plain values that JSON can carry.

        Keys are in it: files of it are for their owner alone. Frame counters are written ahead by
        a step, so a snapshot stays safe until `stale` says otherwise.
        """

    @property
    def stale(self) -> bool:
        """Whether a new snapshot has to be stored before anything more is sent."""

    def restore(self, snapshot: dict[str, object]) -> None: ...
