"""A DCC in a process of its own, to be killed: arguments are keys, store and port."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from dcc_stub.broker.context import Context
from dcc_stub.engine import DccStub
from dcc_stub.service.server import DccService
from dcc_stub.store.store import Store
from keys import parties
from keys.store import Keystore
from keys.suite import Suite

NOW = 820_540_800 + 30 * 86_400


async def main(keys: Path, store: Path, port: int) -> None:
    keystore = Keystore(keys)
    context = Context(Store(store), keystore, Suite(), parties.ACCESS_CONTROL_BROKER.eui)
    service = DccService(DccStub(context), keystore, lambda: NOW, port=port, smki_port=0)
    async with service:
        print("ready", flush=True)
        await service.wait()


asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
