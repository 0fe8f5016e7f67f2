"""What a meter opens: tables of the standard, and a state on a flash."""

from smets.device.ram_flash import RamFlash
from smets.meter import objects
from smets.meter.state import State


def tables(name):
    """A table of the standard: from its text, inside a VM from the board's file."""
    if objects.__file__.endswith(".py"):
        from smets.meter import gsme_objects_text, objects_text

        of_gas = name == "meter/gsme_objects"
        return (gsme_objects_text if of_gas else objects_text).tables(name)
    from board.tables import open_table

    return open_table(name)


def state(name, flash=None):
    """The state of a meter of that table on a flash, new or as another meter left it."""
    return State(RamFlash() if flash is None else flash, tables(name))
