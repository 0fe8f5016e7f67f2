"""Keys of a meter's Zigbee objects in its table and its store."""

from __future__ import annotations

from smets.meter.objects import LOG, METHOD, REGISTERS, VALUE

# what a key is of; all but LOG as in `smets.zigbee.clusters`, whose keys these are
OF_ATTRIBUTE = 0
OF_COMMAND_TO_SERVER = 2
OF_COMMAND_TO_CLIENT = 3
OF_LOG = 4

# a kind besides those of `objects`: a command that sets attributes
SET = 5
KINDS = (("value", VALUE), ("register", REGISTERS), ("log", LOG), ("method", METHOD), ("set", SET))

TIME = 0x000A
METERING = 0x0702
PREPAYMENT = 0x0705
EVENTS = 0x0709


def key(cluster: int, of: int, number: int) -> bytes:
    """The key of an attribute, command or log."""
    return cluster.to_bytes(2, "big") + bytes((of,)) + number.to_bytes(2, "big")


def attribute(cluster: int, number: int) -> bytes:
    """The key of an attribute."""
    return key(cluster, OF_ATTRIBUTE, number)
