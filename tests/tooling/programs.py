"""Programs that say what another would say."""

import stat
from pathlib import Path


def program(folder: Path, name: str, says: str) -> Path:
    """A program of that name which prints what it says, whatever it is asked."""
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path
