"""A device that keeps books, to see on both sides what a link did: for CPython and a VM alike.

A command is C and a counter (8); it is applied once, and answered with R and the counter. Every
minute of its clock it makes an alert: A and its own counter (8). It keeps its counters in one
slot. X as a command is an error that nobody foresaw.
"""

from __future__ import annotations

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
        slot = self.store.get("ledger") or bytes(3 * NUMBER)
        self.applied, self.alerts, self._minute = (
            int.from_bytes(slot[index : index + NUMBER], "big")
            for index in range(0, 3 * NUMBER, NUMBER)
        )

    def receive(self, message, now):
        if message[:1] == b"X":
            raise RuntimeError("nobody foresaw this")
        counter = int.from_bytes(message[1 : 1 + NUMBER], "big")
        if message[:1] != b"C" or counter < self.applied:
            return None
        if counter > self.applied:
            self.applied = counter
            log = self.store.get("applied") or b""
            self._save([("applied", log + number(counter))])
        return b"R" + message[1:]

    def poll(self, now):
        minute = now // MINUTE
        if minute <= self._minute:
            return []
        self._minute = minute
        self.alerts += 1
        self._save([])
        return [b"A" + number(self.alerts)]

    def _save(self, changes):
        slot = number(self.applied) + number(self.alerts) + number(self._minute)
        self.store.commit(changes + [("ledger", slot)])


def applied(flash):
    """The counters that were applied, in order."""
    log = Store(flash).get("applied") or b""
    return [int.from_bytes(log[at : at + NUMBER], "big") for at in range(0, len(log), NUMBER)]
