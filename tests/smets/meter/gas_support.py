"""A gas meter in memory."""

from smets.meter.gas_load import GasLoad
from smets.meter.gsme import Gsme
from tests.smets.meter.opening import state

IDENTIFIER = bytes.fromhex("00db1234567890a1")


def meter(flash=None, seed=IDENTIFIER):
    """A gas meter on a flash, new or as another one left it."""
    return Gsme(IDENTIFIER, state("meter/gsme_objects", flash), lambda: GasLoad(seed))


def call(gas_meter, cluster, command, fields, now, to_client=False):
    """Carries out a command and commits what it changes, as the engine does."""
    changes = []
    answers = gas_meter.call((cluster, command, to_client), list(fields), now, changes)
    gas_meter.state.store.commit(changes)
    return answers


def number(value):
    """What an attribute of an unsigned type has."""
    return int.from_bytes(value[1:], "little")
