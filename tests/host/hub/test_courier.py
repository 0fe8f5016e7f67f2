"""What waits for a device on its way, on a HAN that is not there."""

import asyncio

from host.hub.courier import Couriers
from host.hub.database import Database
from host.hub.group_commit import GroupCommit
from host.hub.han import TooLongError
from host.hub.han_queue import HanQueue

EUI = "00db1234567890a1"
TAKEN_AT_ONCE = 10


class Han:
    """Takes short messages."""

    def __init__(self) -> None:
        self.delivered: list[bytes] = []

    async def deliver(self, _eui: str, _number: int, message: bytes, _remaining: int) -> None:
        if len(message) > TAKEN_AT_ONCE:
            raise TooLongError(f"{len(message)} octets, but it takes {TAKEN_AT_ONCE} at once")
        self.delivered.append(message)


async def test_a_message_that_no_transfer_holds_does_not_stop_those_behind_it(tmp_path, caplog):
    database = Database(tmp_path / "hub.sqlite")
    queue, han = HanQueue(database), Han()
    with database.transaction():
        for message in (b"first", bytes(TAKEN_AT_ONCE + 1), b"last"):
            queue.add(EUI, message)
    couriers = Couriers(queue, han, GroupCommit(database))  # type: ignore[arg-type]
    couriers.start(EUI)
    async with asyncio.timeout(5):
        while queue.waiting(EUI):
            await asyncio.sleep(0.01)
    await couriers.stop()
    database.close()
    assert han.delivered == [b"first", b"last"]
    assert "11 octets, but it takes 10 at once" in caplog.text
