"""Keys, commands and a meter for all soak tests."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from host.cli.benchmarks.household import keystore
from host.cli.benchmarks.soak import tally
from host.cli.benchmarks.soak.templates import Template, templates
from keys.store import Keystore


@pytest.fixture(scope="session")
def keys() -> Iterator[Keystore]:
    with keystore(seed=b"soak") as made:
        yield made


@pytest.fixture(scope="session")
def begin_with(keys: Keystore) -> list[Template]:
    return templates(keys)


@pytest.fixture(autouse=True)
def watched() -> Iterator[None]:
    tally.watch()
    logging.disable()
    yield
    logging.disable(logging.NOTSET)
