"""The outcome of an EZSP command: Simplicity's sl_status, and what older versions say instead."""

from __future__ import annotations

OK = 0x00
FAIL = 0x01
INVALID_STATE = 0x02
BUSY = 0x04
IN_PROGRESS = 0x05
NOT_AVAILABLE = 0x0E
NOT_SUPPORTED = 0x0F
NETWORK_UP = 0x15
NETWORK_DOWN = 0x16
NOT_JOINED = 0x17
NO_BEACONS = 0x18
ALLOCATION_FAILED = 0x19
FULL = 0x1C
INVALID_PARAMETER = 0x21
INVALID_CONFIGURATION = 0x23
INVALID_INDEX = 0x27
INVALID_KEY = 0x29
NOT_FOUND = 0x2D
MESSAGE_TOO_LONG = 0x38
MAC_NO_DATA = 0x3F
MAC_NO_ACK_RECEIVED = 0x40
COMMAND_IS_INVALID = 0x48
COMMAND_TOO_LONG = 0x49
MAC_SCANNING = 0x4D
INVALID_CHANNEL_MASK = 0x4F
BAD_SCAN_DURATION = 0x50
TRANSMIT_INVALID_CHANNEL = 0x55
TRANSMIT_INVALID_POWER = 0x56
DELIVERY_FAILED = 0x0C02
MAX_MESSAGE_LIMIT_REACHED = 0x0C03
APS_ENCRYPTION_ERROR = 0x0C0A
SECURITY_STATE_NOT_SET = 0x0C0B
RECEIVED_KEY_IN_THE_CLEAR = 0x0C1A
NO_NETWORK_KEY_RECEIVED = 0x0C1B
NO_LINK_KEY_RECEIVED = 0x0C1C
PRECONFIGURED_KEY_REQUIRED = 0x0C1D

# Up to version 13: sl_status, EmberStatus; both ways, and of several the first counts.
EMBER = (
    (OK, 0x00),
    (FAIL, 0x01),
    (INVALID_PARAMETER, 0x02),
    (NOT_FOUND, 0x03),
    (ALLOCATION_FAILED, 0x18),
    (MAC_NO_DATA, 0x31),
    (BAD_SCAN_DURATION, 0x33),
    (INVALID_CHANNEL_MASK, 0x35),
    (MAC_SCANNING, 0x3D),
    (MAC_NO_ACK_RECEIVED, 0x40),
    (DELIVERY_FAILED, 0x66),
    (INVALID_STATE, 0x70),
    (MAX_MESSAGE_LIMIT_REACHED, 0x72),
    (MESSAGE_TOO_LONG, 0x74),
    (TRANSMIT_INVALID_CHANNEL, 0x8A),
    (TRANSMIT_INVALID_POWER, 0x8B),
    (NETWORK_UP, 0x90),
    (NETWORK_DOWN, 0x91),
    (NOT_JOINED, 0x93),
    (NOT_JOINED, 0x94),
    (NOT_JOINED, 0x98),
    (BUSY, 0xA1),
    (APS_ENCRYPTION_ERROR, 0xA6),
    (SECURITY_STATE_NOT_SET, 0xA8),
    (NO_BEACONS, 0xAB),
    (RECEIVED_KEY_IN_THE_CLEAR, 0xAC),
    (NO_NETWORK_KEY_RECEIVED, 0xAD),
    (NO_LINK_KEY_RECEIVED, 0xAE),
    (PRECONFIGURED_KEY_REQUIRED, 0xAF),
    (INVALID_INDEX, 0xB1),
    (INVALID_KEY, 0xB2),
    (FULL, 0xB4),
    (NOT_AVAILABLE, 0xB5),
    (NOT_FOUND, 0xB6),
    (INVALID_CONFIGURATION, 0xB7),
    (IN_PROGRESS, 0xBA),
)

# The same in EzspStatus.
EZSP = (
    (OK, 0x00),
    (NOT_SUPPORTED, 0x31),
    (COMMAND_IS_INVALID, 0x33),
    (ALLOCATION_FAILED, 0x35),
    (INVALID_PARAMETER, 0x36),
    (NOT_FOUND, 0x37),
    (INVALID_STATE, 0x38),
    (COMMAND_TOO_LONG, 0x40),
)
_EZSP_INVALID_CALL = 0x38


def narrow(status: int, is_ezsp: bool) -> int:
    """`status` in the one octet of versions up to 13; what has none becomes a general failure."""
    for wide, octet in EZSP if is_ezsp else EMBER:
        if wide == status:
            return octet
    return _EZSP_INVALID_CALL if is_ezsp else 0x01


def widen(octet: int, is_ezsp: bool) -> int:
    """The sl_status of one octet; FAIL for what is not known here."""
    for wide, narrowed in EZSP if is_ezsp else EMBER:
        if narrowed == octet:
            return wide
    return FAIL
