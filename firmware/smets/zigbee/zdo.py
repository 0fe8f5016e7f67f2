"""ZDO requests and responses (Zigbee R22, 2.4.3 and 2.4.4): endpoint 0, profile 0.

Each message is a transaction sequence number and the fields of its cluster's row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader
from smets.zigbee import layout

if TYPE_CHECKING:
    from typing import Any

PROFILE = 0x0000
ENDPOINT = 0
RESPONSE = 0x8000

NETWORK_ADDRESS_REQUEST = 0x0000
IEEE_ADDRESS_REQUEST = 0x0001
NODE_DESCRIPTOR_REQUEST = 0x0002
POWER_DESCRIPTOR_REQUEST = 0x0003
SIMPLE_DESCRIPTOR_REQUEST = 0x0004
ACTIVE_ENDPOINTS_REQUEST = 0x0005
MATCH_DESCRIPTOR_REQUEST = 0x0006
DEVICE_ANNOUNCE = 0x0013
PARENT_ANNOUNCE = 0x001F
BIND_REQUEST = 0x0021
UNBIND_REQUEST = 0x0022
MANAGEMENT_LQI_REQUEST = 0x0031
MANAGEMENT_ROUTING_REQUEST = 0x0032
MANAGEMENT_BIND_REQUEST = 0x0033
MANAGEMENT_LEAVE_REQUEST = 0x0034
MANAGEMENT_PERMIT_JOINING_REQUEST = 0x0036

SUCCESS = 0x00
INVALID_REQUEST_TYPE = 0x80
DEVICE_NOT_FOUND = 0x81
INVALID_ENDPOINT = 0x82
NOT_ACTIVE = 0x83
NOT_SUPPORTED = 0x84
NO_MATCH = 0x86
NO_ENTRY = 0x88
NOT_AUTHORISED = 0x8D

# Cluster, layout of the request, layout of the response after its status, and how much of the
# response is there when the status is not SUCCESS.
CLUSTERS: tuple[tuple[int, str, str, int], ...] = (
    (NETWORK_ADDRESS_REQUEST, "ebb", "ehr", 2),  # address, request type, start index
    (IEEE_ADDRESS_REQUEST, "hbb", "ehr", 2),
    (NODE_DESCRIPTOR_REQUEST, "h", "hr", 1),
    (POWER_DESCRIPTOR_REQUEST, "h", "hh", 1),
    (SIMPLE_DESCRIPTOR_REQUEST, "hb", "hB", 2),
    (ACTIVE_ENDPOINTS_REQUEST, "h", "hB", 2),
    (MATCH_DESCRIPTOR_REQUEST, "hhHH", "hB", 2),  # of, profile, input, output clusters
    (DEVICE_ANNOUNCE, "heb", "", 0),  # short address, EUI-64, capability; no response
    (PARENT_ANNOUNCE, "r", "r", 1),
    (BIND_REQUEST, "ebhr", "", 0),  # source, endpoint, cluster, destination
    (UNBIND_REQUEST, "ebhr", "", 0),
    (MANAGEMENT_LQI_REQUEST, "b", "bbr", 0),  # start; total, start, count and rows
    (MANAGEMENT_ROUTING_REQUEST, "b", "bbr", 0),
    (MANAGEMENT_BIND_REQUEST, "b", "bbr", 0),
    (MANAGEMENT_LEAVE_REQUEST, "eb", "", 0),  # device, options
    (MANAGEMENT_PERMIT_JOINING_REQUEST, "bb", "", 0),  # seconds, TC significance
)


def _row(cluster: int) -> tuple[str, str, int]:
    for known, request, response, failed in CLUSTERS:
        if known == cluster & ~RESPONSE:
            return request, response, failed
    raise DecodeError("unknown ZDO cluster %04x" % cluster)


def read(cluster: int, octets: bytes) -> tuple[int, tuple[Any, ...]]:
    """The sequence number and fields; a response's first field is its status."""
    reader = Reader(octets)
    sequence = reader.octet()
    request, response, failed = _row(cluster)
    if not cluster & RESPONSE:
        values = layout.read(reader, request)
    else:
        status = reader.octet()
        # Some devices leave out what has no meaning beside an error.
        fields = response if status == SUCCESS else response[:failed]
        if not reader.remaining():
            fields = ""
        values = (status,) + layout.read(reader, fields)
    reader.finish()
    return sequence, values


def write(cluster: int, sequence: int, *values: Any) -> bytes:
    """The payload; `values` as `read` gives them."""
    request, response, failed = _row(cluster)
    fields = request
    if cluster & RESPONSE:
        fields = "b" + (response if values[0] == SUCCESS else response[:failed])
    out = bytearray((sequence,))
    layout.write(out, fields, values)
    return bytes(out)


def simple_descriptor(
    endpoint: int,
    profile: int,
    device_id: int,
    version: int,
    inputs: tuple[int, ...],
    outputs: tuple[int, ...],
) -> bytes:
    """2.3.2.5."""
    out = bytearray()
    layout.write(out, "bhhbHH", (endpoint, profile, device_id, version, inputs, outputs))
    return bytes(out)


def read_simple_descriptor(octets: bytes) -> tuple[Any, ...]:
    """Endpoint, profile, device id, version, input clusters, output clusters."""
    reader = Reader(octets)
    values = layout.read(reader, "bhhbHH")
    reader.finish()
    return values


# Logical types, 2.3.2.3.1
COORDINATOR, ROUTER, END_DEVICE = 0, 1, 2
_BAND_2_4_GHZ = 0x40
_STACK_REVISION_22 = 22 << 9
_PRIMARY_TRUST_CENTRE = 0x01


def node_descriptor(
    logical_type: int, capability: int, manufacturer: int, buffer: int, longest: int
) -> bytes:
    """2.3.2.3: `buffer` octets in one piece, `longest` in and out with fragmentation."""
    server = _STACK_REVISION_22 | (_PRIMARY_TRUST_CENTRE if logical_type == COORDINATOR else 0)
    out = bytearray()
    values = (logical_type, _BAND_2_4_GHZ, capability, manufacturer, buffer)
    layout.write(out, "bbbhb", values)
    layout.write(out, "hhhb", (longest, server, longest, 0))
    return bytes(out)
