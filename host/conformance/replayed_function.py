"""A function of the hub that is told what it holds, then gets one command."""

from __future__ import annotations

from collections.abc import Sequence

from host.hub import functions
from host.hub.database import Database
from host.hub.device_log import DeviceLog
from host.hub.function import Function
from keys.suite import Suite
from smets.device import provisioning, zigbee_objects
from smets.device.joined import NAME as JOINED

# stands for the key that reference devices keep to themselves
KEY_AGREEMENT = bytes(31) + b"\x01"


class ReplaySuite(Suite):
    """Agrees the secrets it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[bytes, bytes] = {}

    def shared_secret(self, private_key: bytes, public_key: bytes) -> bytes:
        return self.told[public_key]


class ReplayedFunction:
    """Each word of the input is a method; what a function has not it passes over."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.suite = ReplaySuite()
        self.device_log = DeviceLog(database)
        self.answers: list[str] = []

    def tell(self, lines: Sequence[str]) -> None:
        """Carries out lines as the replaying board does."""
        for line in lines:
            word, *arguments = line.split()
            getattr(self, "word_" + word)(*arguments)

    def device(self) -> Function:
        """The function as it now is."""
        function = self.make()
        function.suite = self.suite
        return function

    def make(self) -> Function:
        """The function as its store says."""
        raise NotImplementedError

    def word_device(self, eui: str, device_type: str, signing_private_key: str) -> None:
        self.eui = eui
        self._provision(signing_key=octets(signing_private_key), agreement_key=KEY_AGREEMENT)

    def word_clock(self, now: str) -> None:
        self.now = int(now)

    def word_counter(self, last: str) -> None:
        self._provision(own_counter=int(last) - 1)

    def word_cell(self, role: str, key_usage: str, cell_usage: str, *parts: str) -> None:
        eui, identifier, public_key = (octets(part) for part in parts)
        cell = (int(role), int(key_usage), int(cell_usage), eui, identifier, public_key)
        self._provision(cells=[cell])

    def word_secret(self, public_key: str, secret: str) -> None:
        self.suite.told[octets(public_key)] = octets(secret)

    def word_accepted(self, role: str, counter: str) -> None:
        self._provision(counters=[(int(role), int(counter))])

    def word_joined(self, rows: str) -> None:
        functions.store_of(self.database, self.eui).commit([(JOINED, octets(rows))])

    def word_fault(self, class_id: str, name: str, member: str, result: str, method: str) -> None:
        self._fault(class_id, octets(name), int(member), result, method == "1")

    def word_attribute_fault(self, cluster: str, attribute: str, status: str) -> None:
        self._fault(cluster, *zigbee_objects.attribute_fault(int(attribute)), status)

    def word_command_fault(self, cluster: str, command: str, sequence: str, status: str) -> None:
        fault = zigbee_objects.command_fault(int(command), int(sequence))
        self._fault(cluster, *fault, status)

    def word_value(self, class_id: str, logical_name: str, attribute: str, data: str) -> None:
        """The value of an attribute."""

    def word_rows(self, class_id: str, logical_name: str, attribute: str, data: str) -> None:
        """The rows of a log."""

    def word_returned(self, class_id: str, logical_name: str, method: str, data: str) -> None:
        """What a method returns."""

    def word_attribute(self, cluster: str, attribute: str, data: str) -> None:
        """The value of an attribute of a cluster."""

    def word_log(self, cluster: str, number: str, rows: str) -> None:
        """The rows of a log of a cluster."""

    def word_receive(self, message: str) -> None:
        device = self.device()
        answer = device.receive(octets(message), self.now)
        refused = "refused " + device.refusals()[-1].check if answer is None else ""
        self.answers.append(refused or "response " + (answer or b"").hex())

    def _provision(self, **what: object) -> None:
        store = functions.store_of(self.database, self.eui)
        provisioning.provision(store, **what)  # type: ignore[arg-type]

    def _fault(
        self, class_id: str, name: bytes, member: int, result: str, method: bool = False
    ) -> None:
        self.device().faults.inject(int(class_id), name, member, int(result), method)


def octets(text: str) -> bytes:
    """Octets of hex; none for `-`."""
    return b"" if text == "-" else bytes.fromhex(text)
