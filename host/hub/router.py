"""Where a message goes: the hub's own functions, a device of the log, the DCC, or nowhere.

Pure but for the database. Each function belongs inside a transaction, and what it returns is
told to the other side when that is committed: only then is an acknowledgement true.
"""

import logging

from host.hub.database import Database
from host.hub.device_log import DeviceLog
from host.hub.han_queue import HanQueue
from host.hub.local_device import LocalDevice, LocalDevices
from host.hub.taps import Taps
from host.hub.wan_box import WanBox
from smets.codec.link import LONGEST_MESSAGE

REFUSALS_KEPT = 10_000

log = logging.getLogger(__name__)


class Router:
    """Moves messages between the tables of `database`."""

    def __init__(
        self,
        database: Database,
        device_log: DeviceLog,
        local: LocalDevices,
        taps: Taps | None = None,
    ) -> None:
        """`taps` sees what passes between the DCC and the devices."""
        self.device_log = device_log
        self.han_queue = HanQueue(database)
        self.wan_box = WanBox(database)
        self._database = database
        self._taps = taps
        self._create = local
        self._local: dict[str, LocalDevice] = {eui: create() for eui, create in local.items()}

    def from_wan(self, identifier: str, device: str, message: bytes, now: int) -> str | None:
        """Takes a message of the DCC for `device`; None, or the reason why it goes nowhere."""
        if not self.wan_box.receive(identifier):
            return None
        if device in self._local:
            return self._handle(device, message, now)
        if self.device_log.find(device) is None:
            return self._refuse(device, "not in the device log", now)
        if not 0 < len(message) <= LONGEST_MESSAGE:
            return self._refuse(device, f"a message has 1 to {LONGEST_MESSAGE} octets", now)
        if self.han_queue.is_full(device):
            return self._refuse(device, "too many messages wait for this device", now)
        self.han_queue.add(device, message)
        if self._taps:
            self._taps.command(device, message)
        return None

    def from_han(self, device: str, number: int, message: bytes, now: int) -> str | None:
        """Takes message `number` of a device for the DCC; None, or why it goes nowhere."""
        if self.device_log.find(device) is None:
            return self._refuse(
                device, "its message came although it is not in the device log", now
            )
        if self.han_queue.receive(device, number):
            self.wan_box.add(device, message)
            if self._taps:
                self._taps.response(device, message, now)
        return None

    def poll(self, now: int) -> None:
        """Lets the hub's own functions do what is due."""
        for device, function in self._local.items():
            try:
                with self._database.part():
                    function.poll(now)
                    self._collect(device)
            except Exception:
                self._restart(device)

    def refusals(self) -> list[tuple[int, str, str]]:
        """Time, device and reason of what was refused, oldest first."""
        rows = self._database.execute("SELECT at, device, reason FROM refusals ORDER BY position")
        return rows.fetchall()

    def _handle(self, device: str, message: bytes, now: int) -> str | None:
        try:
            with self._database.part():
                self._local[device].receive(message, now)
                self._collect(device)
        except Exception:
            self._restart(device)
            return self._refuse(device, "the function failed on it", now)
        return None

    def _collect(self, device: str) -> None:
        """What the function has to say goes to the DCC."""
        function = self._local[device]
        for number, message in function.pending():
            self.wan_box.add(device, message)
            function.delivered(number)

    def _restart(self, device: str) -> None:
        """An error that nobody foresaw: the function goes on from what is stored."""
        log.exception("function %s failed and is started anew", device)
        self._local[device] = self._create[device]()

    def _refuse(self, device: str, reason: str, now: int) -> str:
        log.warning("refused a message: device %s: %s", device, reason)
        position = self._database.execute(
            "INSERT INTO refusals (at, device, reason) VALUES (?, ?, ?)", now, device, reason
        ).lastrowid
        self._database.execute(
            "DELETE FROM refusals WHERE position <= ?", (position or 0) - REFUSALS_KEPT
        )
        return reason
