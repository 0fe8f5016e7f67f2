"""Runs in a MicroPython VM: a device that is told what it holds, then gets one command.

Standard input has one word and its arguments a line, octets in hex and `-` for none; standard
output gets `response OCTETS` or `refused CHECK`.
"""

from __future__ import annotations

import gc
import sys
from binascii import hexlify, unhexlify
from typing import TYPE_CHECKING

gc.threshold(1024)  # type: ignore[attr-defined]  # as a board does: what stays is laid into the heap without gaps

from board.flash import Flash  # noqa: E402
from board.tables import open_table  # noqa: E402
from smets.crypto.comb import generator  # noqa: E402
from smets.crypto.suite import Suite  # noqa: E402
from smets.device import zigbee_objects  # noqa: E402
from smets.device.modules import forget  # noqa: E402
from smets.device.objects import AccessFailure  # noqa: E402
from smets.device.zigbee_objects import ZclFailure  # noqa: E402
from smets.gbcs.roles import GSME  # noqa: E402

if TYPE_CHECKING:
    from typing import Any

    from smets.device.device import Device
    from smets.device.store import Store

STATE = "state"  # a folder that is not there yet, in the one this runs in
KEY_AGREEMENT = bytes(31) + b"\x01"  # stands for the key that reference devices keep to themselves


class ReplaySuite(Suite):
    """Agrees the secrets it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[bytes, bytes] = {}

    def shared_secret(self, private_key: bytes, public_key: bytes) -> bytes:
        return self.told[public_key]


def octets(text: str) -> bytes:
    """Octets of hex; none for `-`."""
    return b"" if text == "-" else unhexlify(text)


def provision(store: Store, **what: Any) -> None:
    """As `provisioning.provision`, which is imported for the time it takes."""
    from smets.device import provisioning  # noqa: PLC0415

    provisioning.provision(store, **what)


def kind_of(device_type: int) -> Any:
    """The module of the meter that plays a device of the type."""
    if device_type == GSME:
        from smets.meter import gsme  # noqa: PLC0415

        return gsme
    from smets.meter import esme  # noqa: PLC0415

    return esme


class Replay:
    """One device; each word of the input is a method."""

    def __init__(self) -> None:
        self.suite = ReplaySuite()
        self.now = 0

    def word_device(self, eui: str, device_type: str, signing_private_key: str) -> None:
        create = kind_of(int(device_type)).create
        self.device: Device = create(octets(eui), self.suite, Flash(STATE), open_table)
        self.device.device_type = int(device_type)
        self.meter: Any = self.device.objects
        self.has_clusters = hasattr(self.meter, "has_attribute")
        if not self.has_clusters:  # it may play a device that has them
            self.meter.has_attribute = self.meter.has_command = lambda *_: False
            self.meter.data_time = lambda _, now: (now, 0)
        signing_key = octets(signing_private_key)
        provision(self.device.store, signing_key=signing_key, agreement_key=KEY_AGREEMENT)

    def word_clock(self, now: str) -> None:
        self.now = int(now)

    def word_counter(self, last: str) -> None:
        provision(self.device.store, own_counter=int(last) - 1)

    def word_cell(self, role: str, key_usage: str, cell_usage: str, *parts: str) -> None:
        eui, identifier, public_key = [octets(part) for part in parts]
        cell = (int(role), int(key_usage), int(cell_usage), eui, identifier, public_key)
        provision(self.device.store, cells=[cell])

    def word_secret(self, public_key: str, secret: str) -> None:
        self.suite.told[octets(public_key)] = octets(secret)

    def word_value(self, class_id: str, logical_name: str, attribute: str, data: str) -> None:
        self._load(int(class_id), octets(logical_name), int(attribute), octets(data))

    word_rows = word_value

    def _load(self, class_id: int, logical_name: bytes, attribute: int, data: bytes) -> None:
        try:
            self.meter.load(class_id, logical_name, attribute, data)
        except AccessFailure:
            return  # an object the firmware lacks: the device itself will say so

    def word_attribute(self, cluster: str, attribute: str, data: str) -> None:
        try:
            if self.has_clusters:
                self.meter.load_attribute(int(cluster), int(attribute), octets(data))
        except ZclFailure:
            return  # as above

    def word_log(self, cluster: str, number: str, rows: str) -> None:
        if self.has_clusters:
            self.meter.load_rows(int(cluster), int(number), octets(rows), self.now)

    def word_attribute_fault(self, cluster: str, attribute: str, status: str) -> None:
        name, member = zigbee_objects.attribute_fault(int(attribute))
        self.device.faults.inject(int(cluster), name, member, int(status))

    def word_command_fault(self, cluster: str, command: str, sequence: str, status: str) -> None:
        name, member = zigbee_objects.command_fault(int(command), int(sequence))
        self.device.faults.inject(int(cluster), name, member, int(status))

    def word_fault(self, class_id: str, *rest: str) -> None:
        name, member, result, method = octets(rest[0]), int(rest[1]), int(rest[2]), rest[3] == "1"
        self.device.faults.inject(int(class_id), name, member, result, method)

    def word_accepted(self, role: str, counter: str) -> None:
        provision(self.device.store, counters=[(int(role), int(counter))])

    def word_joined(self, rows: str) -> None:
        self.device.store.commit([("joined", octets(rows))])

    def receive(self, message: bytes) -> None:
        forget("smets.device.provisioning", "smets.meter.loading", "smets.meter.gsme_loading")
        response = self.device.receive(message, self.now)
        if response is None:
            print("refused", self.device.refusals()[-1].check)
        else:
            print("response", str(hexlify(response), "ascii"))


def main() -> None:
    """Carries out standard input, line by line."""
    generator()
    replay = Replay()
    while True:
        words = sys.stdin.readline().split()
        if not words:
            return
        if words[0] != "receive":
            getattr(replay, "word_" + words[0])(*words[1:])
            continue
        message = octets(words.pop())  # the text of a long one must not stay in the heap
        replay.receive(message)


main()
