"""Foreign programs that judge the PKI."""

import shutil

from tests.outside import missing


def openssl() -> str:
    """The path of openssl."""
    found = shutil.which("openssl")
    if found is None:
        missing("openssl is not installed")
    assert found
    return found
