"""No store stays open after its test."""

from collections.abc import Iterator

import pytest

from tests.dcc_stub.stores import closing


@pytest.fixture(scope="module", autouse=True)
def _stores_of_the_module() -> Iterator[None]:
    with closing():
        yield


@pytest.fixture(autouse=True)
def _stores_of_the_test() -> Iterator[None]:
    with closing():
        yield
