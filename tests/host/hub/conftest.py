"""The stores of a hub in one file, and its functions' objects over them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from host.hub.database import Database
from host.hub.device_log import DeviceLog
from host.hub.functions import gpf_objects
from host.hub.gpf import GpfObjects
from smets.gbcs import roles
from tests.device.replay import Reference
from tests.host.hub.replaying import GPF, GSME


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(tmp_path / "hub.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def _in_transaction(database: Database) -> Iterator[None]:
    with database.transaction():
        yield


@pytest.fixture
def device_log(database: Database) -> DeviceLog:
    return DeviceLog(database)


@pytest.fixture
def gpf(_in_transaction: None, database: Database, device_log: DeviceLog) -> GpfObjects:
    """Those of a GPF with a gas meter in the device log."""
    device_log.add(GSME, roles.GSME)
    return gpf_objects(database, device_log, GPF)
