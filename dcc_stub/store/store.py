"""The whole store: its parts over one file."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from dcc_stub.store.database import Database
from dcc_stub.store.deliveries import Deliveries
from dcc_stub.store.inventory import Inventory
from dcc_stub.store.outbox import WanOutbox
from dcc_stub.store.requests import Requests
from dcc_stub.store.users import Users


class Store:
    """Everything the DCC remembers; what is done in one `transaction` is kept whole or not."""

    def __init__(self, path: Path | str) -> None:
        self._database = Database(path)
        self.inventory = Inventory(self._database)
        self.requests = Requests(self._database)
        self.wan = WanOutbox(self._database)
        self.deliveries = Deliveries(self._database)
        self.users = Users(self._database)

    def transaction(self) -> AbstractContextManager[None]:
        """Everything inside, or nothing; nested ones fail alone."""
        return self._database.transaction()

    def close(self) -> None:
        """Closes the file."""
        self._database.close()
