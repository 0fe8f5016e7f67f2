"""Configuration values, values and policies: what a host sets before the network is up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from host.radio.ncp.statuses import refused
from host.radio.stack.types import Endpoint, KeyRequest, NetworkState, ZdoFlag
from smets.zigbee import ezsp_status

if TYPE_CHECKING:
    from host.radio.ncp.ncp import Ncp
    from host.radio.stack.interface import Stack

    Values = dict[str, Any]

ENDPOINTS = 16

# Configuration: id, default, least and most that is accepted (UG100, EzspConfigId).
PACKET_BUFFERS = 0x01
APS_UNICASTS = 0x03
BINDING_TABLE = 0x04
ADDRESS_TABLE = 0x05
MULTICAST_TABLE = 0x06
END_DEVICE_CHILDREN = 0x11
INDIRECT_TIMEOUT = 0x12  # ms
END_DEVICE_TIMEOUT = 0x13  # 2^n minutes
TRUST_CENTRE_CACHE = 0x19
KEY_TABLE = 0x1E
ZDO_FLAGS = 0x2A
TRANSIENT_KEY_TIMEOUT = 0x36  # s
CONFIGURATION = (
    (PACKET_BUFFERS, 75, 1, 255),
    (0x02, 16, 16, 26),  # neighbour table
    (APS_UNICASTS, 10, 1, 64),
    (BINDING_TABLE, 2, 0, 127),
    (ADDRESS_TABLE, 8, 0, 128),
    (MULTICAST_TABLE, 8, 0, 32),
    (0x07, 16, 0, 254),  # route table
    (0x08, 8, 0, 64),  # discovery table
    (0x0C, 0, 0, 2),  # stack profile
    (0x0D, 5, 0, 5),  # security level
    (0x10, 30, 0, 30),  # hops
    (END_DEVICE_CHILDREN, 6, 0, 64),
    (INDIRECT_TIMEOUT, 3000, 1, 30000),
    (END_DEVICE_TIMEOUT, 8, 0, 14),
    (0x14, 20, 0, 255),  # mobile node poll timeout
    (0x15, 0, 0, 64),  # children kept for mobile nodes
    (0x17, 0, 0, 3),  # transmit power mode
    (0x18, 0, 0, 1),  # no relaying
    (TRUST_CENTRE_CACHE, 0, 0, 64),
    (0x1A, 7, 2, 254),  # source route table
    (0x1C, 1, 1, 8),  # fragment window
    (0x1D, 0, 0, 255),  # fragment delay, ms
    (KEY_TABLE, 4, 0, 127),
    (0x1F, 1600, 1, 65535),  # APS acknowledgement timeout, ms
    (0x20, 3, 0, 14),  # active scan duration
    (0x21, 60, 1, 255),  # end device bind timeout, s
    (0x22, 2, 0, 63),  # PAN id conflict reports
    (0x24, 0, 0, 10),  # request key timeout, minutes
    (ZDO_FLAGS, 0, 0, 0x0F),
    (0x2B, 15, 15, 254),  # broadcast table
    (0x2C, 0, 0, 254),  # MAC filter table
    (0x2D, 1, 1, 2),  # supported networks
    (0x2E, 0, 0, 1),  # multicasts to sleepy devices
    (0x33, 1, 0, 1),  # many-to-one route request flow control
    (0x34, 8, 0, 16),  # retry queue
    (0x35, 0, 0, 255),  # new broadcast entry threshold
    (TRANSIENT_KEY_TIMEOUT, 300, 0, 65535),
    (0x37, 0, 0, 255),  # broadcast acknowledgements
    (0x38, 300, 0, 65535),  # trust centre rejoins with the well-known key, s
)
RANGES = {number: (least, most) for number, _, least, most in CONFIGURATION}

# Policies: id, default.
TRUST_CENTRE = 0x00
UNICAST_REPLIES = 0x02
POLL_HANDLER = 0x03
CONTENTS_IN_CALLBACK = 0x04
KEY_REQUESTS = 0x05
APPLICATION_KEY_REQUESTS = 0x06
POLICIES = (
    (TRUST_CENTRE, 0x01),
    (0x01, 0x11),  # binding modification: allowed
    (UNICAST_REPLIES, 0x20),
    (POLL_HANDLER, 0x30),
    (CONTENTS_IN_CALLBACK, 0x40),
    (KEY_REQUESTS, 0x51),
    (APPLICATION_KEY_REQUESTS, 0x60),
    (0x07, 0x62),  # packet validation
    (0x09, 0x00),  # rejoins with the well-known key
)
# Bits of the trust centre policy (EzspDecisionBitmask).
ALLOW_JOINS = 0x01
ALLOW_UNSECURED_REJOINS = 0x02
JOINS_USE_INSTALL_CODE_KEY = 0x10
# Other decisions (EzspDecisionId).
POLL_HANDLER_CALLBACK = 0x31
TAG_AND_CONTENTS = 0x41
REQUEST_ANSWERS = {
    0x50: KeyRequest.DENY,
    0x51: KeyRequest.SEND_CURRENT,
    0x52: KeyRequest.GENERATE,
}
ALLOW_APPLICATION_KEYS = 0x61


@dataclass(frozen=True)
class Power:
    """What the simulated chip can send with."""

    least: int = -20
    most: int = 20


POWER = Power()


class Configuration:
    """In the memory of the chip: a restart brings the defaults back."""

    def __init__(self) -> None:
        self.numbers = {number: default for number, default, _, _ in CONFIGURATION}
        self.policies = dict(POLICIES)
        self.values: dict[int, bytes] = {}  # EZSP values that are kept as they are set

    def apply(self, stack: Stack) -> None:
        """Hands on what concerns the node."""
        limits, numbers = stack.limits, self.numbers
        limits.children = numbers[END_DEVICE_CHILDREN]
        limits.link_keys = numbers[KEY_TABLE]
        limits.indirect_timeout = numbers[INDIRECT_TIMEOUT] / 1000
        limits.messages_in_flight = numbers[APS_UNICASTS]
        limits.transient_key_timeout = float(numbers[TRANSIENT_KEY_TIMEOUT])
        limits.end_device_timeout = numbers[END_DEVICE_TIMEOUT]
        stack.zdo_flags = ZdoFlag(numbers[ZDO_FLAGS])
        policy, trust_centre = stack.policy, self.policies[TRUST_CENTRE]
        policy.allow_joins = bool(trust_centre & ALLOW_JOINS)
        policy.allow_unsecured_rejoins = bool(trust_centre & ALLOW_UNSECURED_REJOINS)
        policy.joins_use_install_code_key = bool(trust_centre & JOINS_USE_INSTALL_CODE_KEY)
        policy.link_key_requests = REQUEST_ANSWERS[self.policies[KEY_REQUESTS]]
        policy.allow_application_key_requests = (
            self.policies[APPLICATION_KEY_REQUESTS] == ALLOW_APPLICATION_KEYS
        )


def _get_configuration(ncp: Ncp, values: Values, _now: float) -> Values:
    number = ncp.configuration.numbers.get(values["id"])
    if number is None:
        raise refused(ezsp_status.NOT_FOUND)
    return {"value": number}


def _set_configuration(ncp: Ncp, values: Values, _now: float) -> Values:
    """Refused once the network is up for what sizes memory, as on a chip."""
    known = RANGES.get(values["id"])
    if known is None:
        raise refused(ezsp_status.NOT_FOUND)
    least, most = known
    if not least <= values["value"] <= most:
        raise refused(ezsp_status.INVALID_PARAMETER)
    sizes_memory = values["id"] in {KEY_TABLE, ADDRESS_TABLE, MULTICAST_TABLE, END_DEVICE_CHILDREN}
    if sizes_memory and ncp.stack.state is not NetworkState.NO_NETWORK:
        raise refused(ezsp_status.INVALID_STATE)
    ncp.configuration.numbers[values["id"]] = values["value"]
    ncp.configuration.apply(ncp.stack)
    return {}


def _get_policy(ncp: Ncp, values: Values, _now: float) -> Values:
    decision = ncp.configuration.policies.get(values["id"])
    if decision is None:
        raise refused(ezsp_status.NOT_FOUND)
    return {"decision": decision}


def _set_policy(ncp: Ncp, values: Values, _now: float) -> Values:
    if values["id"] not in ncp.configuration.policies:
        raise refused(ezsp_status.NOT_FOUND)
    if values["id"] == KEY_REQUESTS and values["decision"] not in REQUEST_ANSWERS:
        raise refused(ezsp_status.INVALID_PARAMETER)
    ncp.configuration.policies[values["id"]] = values["decision"]
    ncp.configuration.apply(ncp.stack)
    return {}


def _add_endpoint(ncp: Ncp, values: Values, _now: float) -> Values:
    """Before the network is up alone, UG100."""
    number = values["endpoint"]
    if ncp.stack.state is not NetworkState.NO_NETWORK:
        raise refused(ezsp_status.INVALID_STATE)
    if not 1 <= number <= 254:
        raise refused(ezsp_status.INVALID_PARAMETER)
    if number not in ncp.stack.endpoints and len(ncp.stack.endpoints) >= ENDPOINTS:
        raise refused(ezsp_status.ALLOCATION_FAILED)
    ncp.stack.endpoints[number] = Endpoint(
        number,
        values["profile"],
        values["device"],
        values["version"],
        tuple(values["inputs"]),
        tuple(values["outputs"]),
    )
    return {}


def _set_manufacturer_code(ncp: Ncp, values: Values, _now: float) -> Values:
    ncp.stack.manufacturer_code = values["code"]
    return {}


HANDLERS = (
    ("getConfigurationValue", _get_configuration),
    ("setConfigurationValue", _set_configuration),
    ("getPolicy", _get_policy),
    ("setPolicy", _set_policy),
    ("addEndpoint", _add_endpoint),
    ("setManufacturerCode", _set_manufacturer_code),
)
