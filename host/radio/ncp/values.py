"""EZSP values: numbers behind getValue and setValue, and the small commands of the frame layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from host.radio.ncp.configuration import TRANSIENT_KEY_TIMEOUT
from host.radio.ncp.statuses import refused
from host.radio.ncp.versions import STACK_VERSIONS
from smets.zigbee import ezsp_status

if TYPE_CHECKING:
    from host.radio.ncp.ncp import Ncp

    Values = dict[str, Any]

LONGEST_MESSAGE = 180  # octets of a message that one EZSP frame carries
FREE_BUFFERS = 240
BUILD = 0
RELEASE = 0xAA  # EMBER_VERSION_TYPE_GA

# ids (EzspValueId)
STORED = {  # kept as they are set: id, and the value at the start
    0x07: b"\x01",  # stack token writing
    0x0A: b"\x00\x00",  # extended security bitmask
    0x12: b"\xff",  # reason of the next rejoin
    0x13: b"\xff",  # reason of the last rejoin
    0x15: b"\xb5",  # CCA threshold, dBm
    0x3A: b"\x00",  # transmissions after failed CCA
    0x3E: b"\x00\x00",  # end device timeout options
    0x3F: b"\x03",  # end device keep-alive modes
    0x43: b"\x00\x00",  # transient device timeout
}
NETWORK_COUNTER = 0x23
APS_COUNTER = 0x24
TRANSIENT_TIMEOUT = 0x3B

# extended ids (EzspExtendedValueId)
ENDPOINT_FLAGS = 0x00
LAST_LEAVE_REASON = 0x01
SOURCE_ROUTE_OVERHEAD = 0x02
ENDPOINT_ENABLED = b"\x01\x00"
ENDPOINT_DISABLED = b"\x00\x00"
NO_LEAVE = b"\x00\x00\x00"


def _version(ncp: Ncp) -> bytes:
    return BUILD.to_bytes(2, "little") + bytes((*STACK_VERSIONS[ncp.version], RELEASE))


READERS: dict[int, Callable[[Ncp], bytes]] = {
    0x03: lambda _: bytes((FREE_BUFFERS,)),
    0x05: lambda _: LONGEST_MESSAGE.to_bytes(2, "little"),
    0x06: lambda _: LONGEST_MESSAGE.to_bytes(2, "little"),
    0x0B: lambda ncp: ncp.stack.node_id.to_bytes(2, "little"),
    0x11: _version,
    NETWORK_COUNTER: lambda ncp: ncp.stack.network_frame_counter.to_bytes(4, "little"),
    APS_COUNTER: lambda ncp: ncp.stack.aps_frame_counter.to_bytes(4, "little"),
    TRANSIENT_TIMEOUT: lambda ncp: ncp.configuration.numbers[TRANSIENT_KEY_TIMEOUT].to_bytes(
        2, "little"
    ),
}


def _get_value(ncp: Ncp, values: Values, _now: float) -> Values:
    number = values["id"]
    if number in READERS:
        return {"value": READERS[number](ncp)}
    if number in STORED:
        return {"value": ncp.configuration.values.get(number, STORED[number])}
    raise refused(ezsp_status.NOT_FOUND)


def _set_value(ncp: Ncp, values: Values, _now: float) -> Values:
    number, value = values["id"], values["value"]
    if number in STORED and len(value) == len(STORED[number]):
        ncp.configuration.values[number] = value
    elif number in {NETWORK_COUNTER, APS_COUNTER} and len(value) == 4:
        counter = int.from_bytes(value, "little")
        if number == NETWORK_COUNTER:
            ncp.stack.set_frame_counters(network=counter)
        else:
            ncp.stack.set_frame_counters(aps=counter)
    elif number == TRANSIENT_TIMEOUT and len(value) == 2:
        ncp.configuration.numbers[TRANSIENT_KEY_TIMEOUT] = int.from_bytes(value, "little")
        ncp.configuration.apply(ncp.stack)
    elif number in READERS or number in STORED:
        raise refused(ezsp_status.INVALID_PARAMETER)
    else:
        raise refused(ezsp_status.NOT_FOUND)
    return {}


def _get_extended_value(ncp: Ncp, values: Values, _now: float) -> Values:
    """Two octets at least, even beside a failure: zigbee-herdsman reads them."""
    if values["id"] == ENDPOINT_FLAGS:
        if values["characteristics"] in ncp.stack.endpoints:
            return {"value": ENDPOINT_ENABLED}
        return {"status": ezsp_status.INVALID_PARAMETER, "value": ENDPOINT_DISABLED}
    if values["id"] == LAST_LEAVE_REASON:
        return {"value": NO_LEAVE}
    if values["id"] == SOURCE_ROUTE_OVERHEAD:
        return {"value": b"\x00\x00"}
    return {"status": ezsp_status.NOT_FOUND, "value": ENDPOINT_DISABLED}


def _echo(_ncp: Ncp, values: Values, _now: float) -> Values:
    return {"data": values["data"]}


def _custom_frame(_ncp: Ncp, _values: Values, _now: float) -> Values:
    """No extensions of the firmware's user here."""
    raise refused(ezsp_status.FAIL)


def _nothing(_ncp: Ncp, _values: Values, _now: float) -> Values:
    return {}


def _reset_node(ncp: Ncp, _values: Values, _now: float) -> Values:
    ncp.reboot_wanted = True
    return {}


HANDLERS = (
    ("getValue", _get_value),
    ("setValue", _set_value),
    ("getExtendedValue", _get_extended_value),
    ("echo", _echo),
    ("customFrame", _custom_frame),
    ("nop", _nothing),
    ("callback", _nothing),
    ("resetNode", _reset_node),
)
