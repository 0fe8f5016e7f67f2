"""A function of the hub as a GBCS device: it also tells the DCC what has changed by itself."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smets.device.device import Device
from smets.gbcs import protection
from smets.gbcs.grouping import ALERT, GroupingHeader
from smets.gbcs.message import Message
from smets.gbcs.roles import ACCESS_CONTROL_BROKER, KEY_AGREEMENT

if TYPE_CHECKING:
    from smets.device.objects import Changes

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Alert:
    """An alert to be: its message code, and what makes its payload with the alert's counter."""

    message_code: int
    payload: Callable[[int], bytes]
    is_critical: bool = False


class Function(Device):
    """Alerts wait in the outbox, in the transaction of what they tell of."""

    def receive(
        self, message: bytes | memoryview, now: int, also: Changes | None = None
    ) -> bytes | None:
        answer = super().receive(message, now, also)
        self._tell(now)
        return answer

    def poll(self, now: int) -> list[bytes]:
        return super().poll(now) + self._tell(now)

    def owed(self, now: int) -> list[Alert]:
        """Alerts to be made now; each is asked for once."""
        raise NotImplementedError

    def _tell(self, now: int) -> list[bytes]:
        return [alert for alert in map(self._make, self.owed(now)) if alert]

    def _make(self, alert: Alert) -> bytes | None:
        """For the broker, with its MAC unless signed; None when the device knows no broker."""
        broker = self.anchors.get(ACCESS_CONTROL_BROKER, KEY_AGREEMENT)
        if broker is None:
            log.warning("%s knows no broker for alert %04x", self.eui.hex(), alert.message_code)
            return None
        changes: Changes = []
        counter = self.counters.next_own(changes)
        header = GroupingHeader(ALERT, counter, self.eui, broker.eui, alert.message_code)
        message = Message(header, alert.payload(counter))
        if alert.is_critical:
            protection.sign(self.suite, self.signing_key(), message)
        else:
            secret = self.shared_secret(broker.public_key)
            message.mac = protection.message_mac(self.suite, secret, message)
        octets = message.encode()
        self.outbox.add(changes, octets)
        self.store.commit(changes)
        return octets
