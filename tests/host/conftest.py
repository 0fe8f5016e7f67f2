"""The party that the hub speaks to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fake_dcc import FakeDcc


@pytest.fixture
async def dcc(tmp_path: Path) -> AsyncIterator[FakeDcc]:
    async with FakeDcc(tmp_path / "dcc.sqlite") as fake:
        yield fake
