"""The stores that tests open; what a test has opened is closed after it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dcc_stub.store.store import Store

_OPENED: list[Store] = []


def open_store(path: Path | str) -> Store:
    """A store that is closed when `closing` ends."""
    store = Store(path)
    _OPENED.append(store)
    return store


@contextmanager
def closing() -> Iterator[None]:
    """Closes what is opened inside."""
    before = len(_OPENED)
    yield
    while len(_OPENED) > before:
        _OPENED.pop().close()
