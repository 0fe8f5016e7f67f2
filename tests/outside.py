"""Data that is not ours to commit: RTDS, DUIS, published vectors."""

import os
from pathlib import Path

import pytest

BESIDE_THE_CHECKOUT = Path(__file__).parents[2] / "shared"


def data_folder() -> Path:
    """The folder of outside data: `$HANLAB_DATA`, else `../shared` beside the checkout."""
    return Path(os.environ.get("HANLAB_DATA") or BESIDE_THE_CHECKOUT)


def outside_data(*parts: str) -> Path:
    """Path of outside data; where it is missing the test fails in CI and is skipped elsewhere."""
    path = data_folder().joinpath(*parts)
    if not path.exists():
        missing(f"outside data {path} is not here; set HANLAB_DATA to the folder that has it")
    return path


def missing(reason: str) -> None:
    """A needed program or data set is not here: a failure in CI, a skip elsewhere."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason, allow_module_level=True)
