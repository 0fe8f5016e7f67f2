"""No store stays open after its test."""

from collections.abc import Iterator

import pytest

from dcc_stub.engine import DccStub
from tests.dcc_stub.lab import make_dcc
from tests.dcc_stub.stores import closing


@pytest.fixture(scope="module", autouse=True)
def _stores_of_the_module() -> Iterator[None]:
    with closing():
        yield


@pytest.fixture(autouse=True)
def _stores_of_the_test() -> Iterator[None]:
    with closing():
        yield


@pytest.fixture(scope="module")
def dcc() -> DccStub:
    """One DCC for the devices of a module, whose replay counters only grow."""
    return make_dcc()
