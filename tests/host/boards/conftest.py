"""The lab of a module's tests."""

from pathlib import Path

import pytest

from tests.host.boards import meters


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lab")
    meters.make(folder)
    return folder
