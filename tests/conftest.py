"""What all tests share."""

import os

import pytest

from host.boards.vm import Vm
from tests.outside import data_folder, missing
from tests.vm.machines import GATE, vms

pytest_plugins = ["tests.vm.plugin"]

# Tests of the core read outside data by this name, on CPython and in a VM.
os.environ["HANLAB_DATA"] = str(data_folder())


@pytest.fixture(scope="session")
def gate_vm() -> Vm:
    """The i386 VM, whose heap gate decides."""
    vm = vms().get(GATE)
    if vm is None:
        missing(f"no {GATE} MicroPython VM here; get it with `./hanlab doctor --fetch`")
    return vm


@pytest.fixture(scope="session", params=["i386", "amd64"])
def vm(request: pytest.FixtureRequest) -> Vm:
    """Each native VM in turn; the gate's must be here."""
    if request.param == GATE:
        return request.getfixturevalue("gate_vm")
    found = vms().get(request.param)
    if found is None:
        pytest.skip(f"no {request.param} MicroPython VM here")
    return found
