"""MicroPython virtual machines: finding, fetching and running them."""

from host.boards.vm.errors import VmMissingError
from host.boards.vm.find import find_vms, provide
from host.boards.vm.names import NAMES
from host.boards.vm.vm import HEAP_GATE, RADIO_HEAP_GATE, Vm

__all__ = ["HEAP_GATE", "NAMES", "RADIO_HEAP_GATE", "Vm", "VmMissingError", "find_vms", "provide"]
