"""A device that keeps books, to see on both sides what a link did: for CPython and a VM alike.

A command is C and a counter (8); it is applied once, and answered with R and the counter. Every
minute of its clock it makes an alert: A and its own counter (8). It keeps its counters in one
slot. X as a command is an error that nobody foresaw.
"""

from __future__ import annotations

from smets.device.outbox import Outbox
from smets.device.store import Store

NUMBER = 8
MINUTE = 60


def number(value):
    return value.to_bytes(NUMBER, "big")


def command(counter, size=0):
    return b"C" + number(counter) + bytes(size)


class LedgerDevice:
    def __init__(self, flash):
        self.store = Store(flash)
        self.outbox = Outbox(self.store)
        slot = self.store.get("ledger") or bytes(3 * NUMBER)
        self.applied, self.alerts, self._minute = (
            int.from_bytes(slot[index : index + NUMBER], "big")
            for index in range(0, 3 * NUMBER, NUMBER)
        )

    def receive(self, message, now, also=()):
        if message[:1] == b"X":
            raise RuntimeError("nobody foresaw this")
        changes = list(also)
        counter = int.from_bytes(message[1 : 1 + NUMBER], "big")
        answer = None
        if message[:1] == b"C" and counter > self.applied:
            self.applied = counter
            changes.append(("applied", (self.store.get("applied") or b"") + number(counter)))
            answer = b"R" + message[1:]
            self.outbox.add(changes, answer)
            changes.append(self._ledger())
        self.store.commit(changes)
        return answer

    def poll(self, now):
        minute = now // MINUTE
        if minute > self._minute:
            self._minute = minute
            self.alerts += 1
            changes = [self._ledger()]
            self.outbox.add(changes, b"A" + number(self.alerts))
            self.store.commit(changes)
        return []

    def pending(self):
        return [(number, self.outbox.message(number)) for number in self.outbox.numbers()]

    def delivered(self, number):
        self.outbox.acknowledged(number)

    def _ledger(self):
        return "ledger", number(self.applied) + number(self.alerts) + number(self._minute)


def applied(flash):
    """The counters that were applied, in order."""
    log = Store(flash).get("applied") or b""
    return [int.from_bytes(log[at : at + NUMBER], "big") for at in range(0, len(log), NUMBER)]
