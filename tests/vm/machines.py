"""The virtual machines that tests run in."""

from functools import cache

from host.boards.vm import Vm, find_vms

# The VM that decides with its hard heap limit, and those that run besides it in a roomy heap.
GATE = "i386"
BESIDES = ("amd64", "wasm")


@cache
def vms() -> dict[str, Vm]:
    """The VMs that are here, by name."""
    return {vm.name: vm for vm in find_vms()}
