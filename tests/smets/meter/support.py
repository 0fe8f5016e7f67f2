"""A meter in memory."""

from smets.meter.esme import Esme
from smets.meter.load import Load
from tests.smets.meter.opening import state

IDENTIFIER = bytes.fromhex("00db1234567890a0")


def meter(flash=None, seed=IDENTIFIER, solar=0):
    """A meter on a flash, new or as another meter left it."""
    return Esme(IDENTIFIER, state("meter/objects", flash), lambda: Load(seed, solar))
