"""Writing key files: whole or not at all, never over another, secret ones for the owner alone."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from keys.errors import KeystoreError

SECRET_MODE = 0o600
PUBLIC_MODE = 0o644
FOLDER_MODE = 0o700
TEMPORARY_PREFIX = ".new-"


def make_folder(path: Path) -> None:
    """Makes the folder (and those above it) if need be, and closes it to other users."""
    try:
        path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        path.chmod(FOLDER_MODE)
    except OSError as error:
        raise KeystoreError(f"{path} cannot be made a keystore: {error.strerror}") from error


def write_new(path: Path, octets: bytes, mode: int) -> bool:
    """Puts a file in place in one step; False, and nothing done, when it is already there."""
    return _write(path, octets, mode, replace=False)


def write_over(path: Path, octets: bytes, mode: int) -> None:
    """Puts a file in place in one step, instead of an older one if there is one."""
    _write(path, octets, mode, replace=True)


def _write(path: Path, octets: bytes, mode: int, *, replace: bool) -> bool:
    temporary = None
    try:
        handle, name = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, dir=path.parent)  # mode 0600
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(octets)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        if replace:
            temporary.replace(path)
            temporary = None
        else:
            path.hardlink_to(temporary)  # fails when the name is taken
    except FileExistsError:
        return False
    except OSError as error:
        raise KeystoreError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    return True
