"""A meter in memory."""

from smets.device.log import Log
from smets.device.ram_flash import RamFlash
from smets.device.store import Store
from smets.meter import objects
from smets.meter.esme import Esme
from smets.meter.load import Load
from smets.meter.state import State

IDENTIFIER = bytes.fromhex("00db1234567890a0")


def tables(name):
    """A table of the standard: from its text, inside a VM from the board's file."""
    if objects.__file__.endswith(".py"):
        from smets.meter import objects_text

        return objects_text.tables(name)
    from board.tables import open_table

    return open_table(name)


def meter(flash=None, seed=IDENTIFIER, solar=0):
    """A meter on a flash, new or as another meter left it."""
    flash = RamFlash() if flash is None else flash

    def open_log(layout):
        return Log(flash, layout.name, layout.row_size, layout.capacity)

    state = State(Store(flash), tables("meter/objects"), open_log)
    return Esme(IDENTIFIER, state, lambda: Load(seed, solar))
