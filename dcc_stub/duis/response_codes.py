"""Response codes of DUIS: the set of the 5.4 schema, and those whose meaning is public."""

from __future__ import annotations

import re
from enum import StrEnum


class ResponseCode(StrEnum):
    """The codes that this DCC answers with."""

    SUCCESS = "I0"
    ACCEPTED = "I99"
    NOT_A_PARTY = "E1"
    ROLE_MAY_NOT_USE_SERVICE = "E2"
    USER_STATUS = "E3"
    NOT_AUTHORISED_FOR_DEVICE = "E4"
    DEVICE_STATUS = "E5"
    DEVICE_TYPE = "E11"
    COMMAND_VARIANT = "E12"
    WRONG_SERVICE = "E13"
    NO_LOCAL_COMMAND = "E17"
    DEVICE_UNKNOWN = "E19"
    CANNOT_COMMUNICATE = "E20"
    NO_RESPONSE = "E21"
    FUTURE_DATED_TIMEOUT = "E30"


MEANINGS = (
    (ResponseCode.SUCCESS, "success"),
    (ResponseCode.ACCEPTED, "accepted for sending, or done with nothing to return"),
    (ResponseCode.NOT_A_PARTY, "the user or user role is not a valid party"),
    (ResponseCode.ROLE_MAY_NOT_USE_SERVICE, "the role may not use this service reference"),
    (ResponseCode.USER_STATUS, "the user's status does not allow it"),
    (ResponseCode.NOT_AUTHORISED_FOR_DEVICE, "the role is not authorised for that device"),
    (ResponseCode.DEVICE_STATUS, "the device's status does not allow it"),
    (ResponseCode.DEVICE_TYPE, "the service reference is not for that device type"),
    (ResponseCode.COMMAND_VARIANT, "the command variant is not for that request"),
    (ResponseCode.WRONG_SERVICE, "the request was sent to the wrong service"),
    (ResponseCode.NO_LOCAL_COMMAND, "not available as a local command"),
    (ResponseCode.DEVICE_UNKNOWN, "the device is unknown"),
    (ResponseCode.CANNOT_COMMUNICATE, "the device cannot be communicated with"),
    (ResponseCode.NO_RESPONSE, "the device did not respond"),
    (ResponseCode.FUTURE_DATED_TIMEOUT, "a future dated command timed out"),
)

# What the schema enumerates besides; six digits belong to one service reference variant.
_SHORT = "I0|I99|E[1-5]|E1[1-3]|E17|E19|E2[01]|E3[01]|E[4-6][0-9]|E7[01]|E100"
_LONG = "E100[013467]|E1008|E101[01]|[EW][01][0-9]{5}"
PATTERN = f"{_SHORT}|{_LONG}"


def meaning(code: str) -> str:
    """What a code says, as far as that is public."""
    for known, text in MEANINGS:
        if known == code:
            return text
    return "a code whose meaning is not public" if re.fullmatch(PATTERN, code) else "no DUIS code"
