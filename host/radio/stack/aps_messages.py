"""From messages as the host has them to APS frames, and back."""

from __future__ import annotations

from host.radio.stack.events import Delivery, Message
from host.radio.stack.reassembly import window_acknowledgement
from host.radio.stack.types import ApsFrame, ApsOption
from smets.zigbee import aps, nwk
from smets.zigbee.nwk import NwkFrame


def data_header(message: ApsFrame, delivery: int, ack_request: bool) -> aps.ApsFrame:
    """The header of a message's frame."""
    grouped = delivery == aps.GROUP
    return aps.ApsFrame(
        aps.DATA,
        message.sequence,
        b"",
        delivery,
        None if grouped else message.destination_endpoint,
        message.source_endpoint,
        message.cluster,
        message.profile,
        message.group if grouped else None,
        ack_request=ack_request,
    )


def renumbered(
    message: ApsFrame, sequence: int, options: int | None = None, group: int | None = None
) -> ApsFrame:
    """`message` with another sequence number, or options and group."""
    return ApsFrame(
        message.profile,
        message.cluster,
        message.source_endpoint,
        message.destination_endpoint,
        ApsOption(message.options if options is None else options),
        message.group if group is None else group,
        sequence,
    )


def host_block(message: ApsFrame) -> aps.Block | None:
    """The block that a host cut: count << 8 for the first, its number for the others."""
    if not message.options & ApsOption.FRAGMENT:
        return None
    if message.group >> 8:
        return aps.Block(aps.FIRST_FRAGMENT, message.group >> 8)
    return aps.Block(aps.NEXT_FRAGMENT, message.group & 0xFF)


def continues(block: aps.Block | None) -> bool:
    """Whether the block goes on with a message, and so has its sequence number already."""
    return block is not None and block.fragment == aps.NEXT_FRAGMENT


def block_number(block: aps.Block) -> int:
    """Which block of its message it is, from 0."""
    return 0 if block.fragment == aps.FIRST_FRAGMENT else block.number


def acknowledgement_of(block: aps.Block) -> aps.Block:
    """The acknowledgement of one block in a window of one."""
    number = block_number(block)
    return window_acknowledgement(number, [number])


def message_of(
    carrier: NwkFrame, frame: aps.ApsFrame, source: bytes | None, signal: tuple[int, int]
) -> Message:
    """What the host hears of a data frame; `signal` is LQI and RSSI."""
    options = ApsOption.NONE
    if frame.secured:
        options |= ApsOption.ENCRYPTION
    if frame.ack_request:
        options |= ApsOption.RETRY
    group = frame.group or 0
    if frame.block is not None:
        options |= ApsOption.FRAGMENT
        first = frame.block.fragment == aps.FIRST_FRAGMENT
        group = frame.block.number << 8 if first else frame.block.number
    delivery = Delivery.UNICAST
    if frame.delivery == aps.GROUP:
        delivery = Delivery.MULTICAST
    elif frame.delivery == aps.BROADCAST or carrier.destination >= nwk.FIRST_BROADCAST:
        delivery = Delivery.BROADCAST
    assert frame.profile is not None
    assert frame.cluster is not None
    assert frame.source_endpoint is not None
    about = ApsFrame(
        frame.profile,
        frame.cluster,
        frame.source_endpoint,
        frame.destination_endpoint or 0,
        options,
        group,
        frame.counter,
    )
    return Message(delivery, carrier.source, source, about, frame.payload, *signal)
