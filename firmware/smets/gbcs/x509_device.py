"""What tells a device's certificate from an organisation's: its name is a hardware module's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.gbcs import der

if TYPE_CHECKING:
    from smets.gbcs.der import DerReader

HARDWARE_MODULE_NAME = bytes.fromhex("2b06010505070804")  # RFC 4108
IDENTIFIER_LENGTH = 8


def identifier(names: DerReader) -> bytes:
    """The EUI-64 in a subject alternative name; DecodeError unless that is all there is."""
    other_name = names.nested(der.CONTEXT | der.CONSTRUCTED)
    names.finish()
    if other_name.contents(der.OBJECT_IDENTIFIER) != HARDWARE_MODULE_NAME:
        raise DecodeError("certificate subject")
    explicit = other_name.nested(der.CONTEXT | der.CONSTRUCTED)
    other_name.finish()
    module = explicit.nested()
    explicit.finish()
    der.check_identifier(module.contents(der.OBJECT_IDENTIFIER))  # the kind of hardware
    eui = module.octets(IDENTIFIER_LENGTH)
    module.finish()
    return eui
