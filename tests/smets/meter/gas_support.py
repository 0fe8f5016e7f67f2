"""A gas meter in memory."""

from smets.device.log import Log
from smets.device.ram_flash import RamFlash
from smets.device.store import Store
from smets.meter import objects
from smets.meter.gas_load import GasLoad
from smets.meter.gsme import Gsme
from smets.meter.state import State

IDENTIFIER = bytes.fromhex("00db1234567890a1")


def tables(name):
    """A table of the standard: from its text, inside a VM from the board's file."""
    if objects.__file__.endswith(".py"):
        from smets.meter import gsme_objects_text

        return gsme_objects_text.tables(name)
    from board.tables import open_table

    return open_table(name)


def meter(flash=None, seed=IDENTIFIER):
    """A gas meter on a flash, new or as another one left it."""
    flash = RamFlash() if flash is None else flash

    def open_log(layout):
        return Log(flash, layout.name, layout.row_size, layout.capacity)

    state = State(Store(flash), tables("meter/gsme_objects"), open_log)
    return Gsme(IDENTIFIER, state, lambda: GasLoad(seed))


def call(gas_meter, cluster, command, fields, now, to_client=False):
    """Carries out a command and commits what it changes, as the engine does."""
    changes = []
    answers = gas_meter.call(cluster, command, to_client, list(fields), now, changes)
    gas_meter.state.store.commit(changes)
    return answers


def number(value):
    """What an attribute of an unsigned type has."""
    return int.from_bytes(value[1:], "little")
