"""A machine that has nothing yet."""

from pathlib import Path

import pytest


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine with an empty cache and nothing on PATH but this folder."""
    monkeypatch.setenv("HANLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("HANLAB_VM", raising=False)
    monkeypatch.delenv("HANLAB_TSHARK", raising=False)
    return tmp_path
