"""The hub's own functions replay reference commands in this process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from host.hub import chf, functions
from host.hub.chf import Identity
from host.hub.communications import Communications
from host.hub.database import Database
from host.hub.device_log import UNKNOWN_TYPE, DeviceLog, Status
from host.hub.function import Function
from keys.suite import Suite
from smets.codec.reader import Reader
from smets.device import provisioning
from smets.device.joined import NAME as JOINED
from smets.dlms import data as axdr
from smets.dlms import date_time

# stands for the key that reference devices keep to themselves
KEY_AGREEMENT = bytes(31) + b"\x01"

# parts of a hub's identity by the object that tells them
IDENTITY = {chf.MODEL_TYPE: "model_type", chf.MANUFACTURER: "manufacturer"}


class ReplaySuite(Suite):
    """Agrees the secrets it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: dict[bytes, bytes] = {}

    def shared_secret(self, private_key: bytes, public_key: bytes) -> bytes:
        return self.told[public_key]


class HubDevice:
    """The `Device` of a replay: made anew from a database of its own for each command."""

    def __call__(self, lines: Sequence[str]) -> list[str]:
        with TemporaryDirectory() as folder:
            database = Database(Path(folder) / "hub.sqlite")
            try:
                with database.transaction():
                    return self._run(database, lines)
            finally:
                database.close()

    def _run(self, database: Database, lines: Sequence[str]) -> list[str]:
        replay = ReplayedChf(database)
        for line in lines:
            word, *arguments = line.split()
            getattr(replay, "word_" + word)(*arguments)
        return replay.answers


class ReplayedChf:
    """Each word of the input is a method."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.suite = ReplaySuite()
        self.answers: list[str] = []

    def word_device(self, eui: str, device_type: str, signing_private_key: str) -> None:
        self.eui = eui
        self.identity = Identity(bytes.fromhex(eui))
        self.device_log = DeviceLog(self.database)
        self.event_log = functions.event_log(self.database, eui)
        self._provision(signing_key=_octets(signing_private_key), agreement_key=KEY_AGREEMENT)

    def word_clock(self, now: str) -> None:
        self.now = int(now)

    def word_counter(self, last: str) -> None:
        self._provision(own_counter=int(last) - 1)

    def word_cell(self, role: str, key_usage: str, cell_usage: str, *parts: str) -> None:
        eui, identifier, public_key = (_octets(part) for part in parts)
        cell = (int(role), int(key_usage), int(cell_usage), eui, identifier, public_key)
        self._provision(cells=[cell])

    def word_secret(self, public_key: str, secret: str) -> None:
        self.suite.told[_octets(public_key)] = _octets(secret)

    def word_accepted(self, role: str, counter: str) -> None:
        self._provision(counters=[(int(role), int(counter))])

    def word_joined(self, rows: str) -> None:
        functions.store_of(self.database, self.eui).commit([(JOINED, _octets(rows))])

    def word_fault(self, class_id: str, name: str, member: str, result: str, method: str) -> None:
        faults = self.device().faults
        faults.inject(int(class_id), _octets(name), int(member), int(result), method == "1")

    def word_value(self, class_id: str, logical_name: str, attribute: str, data: str) -> None:
        of = int(class_id), _octets(logical_name)
        _, value = axdr.decode(_octets(data))
        if of in IDENTITY:
            self.identity = replace(self.identity, **{IDENTITY[of]: value})
        elif of == chf.DEVICE_LOG:
            for _, device in value:
                self._heard(*(field for _, field in device))

    def word_rows(self, class_id: str, logical_name: str, attribute: str, data: str) -> None:
        _, (_, contents) = axdr.decode(_octets(data))
        reader = Reader(contents)
        while reader.remaining():
            at, code = reader.unsigned(4), reader.unsigned(2)
            self.event_log.append(at, code, reader.take(reader.length()))

    def word_returned(self, class_id: str, logical_name: str, method: str, data: str) -> None:
        """The hashes of a log; what a historic one tells of was listed and removed again."""
        _, (_, (_, extended_pan_id), (_, devices)) = axdr.decode(_octets(data))
        hashes = {eui.hex(): hashed for _, ((_, eui), (_, hashed)) in devices}
        self.device_log.restore(extended_pan_id, hashes)
        if (int(class_id), _octets(logical_name)) == chf.HISTORIC_LOG:
            for eui in hashes:
                self.device_log.remove(eui)

    def word_receive(self, message: str) -> None:
        device = self.device()
        answer = device.receive(_octets(message), self.now)
        refused = "refused " + device.refusals()[-1].check if answer is None else ""
        self.answers.append(refused or "response " + (answer or b"").hex())

    def _provision(self, **what: object) -> None:
        store = functions.store_of(self.database, self.eui)
        provisioning.provision(store, **what)  # type: ignore[arg-type]

    def device(self) -> Function:
        """The function as it now is."""
        device = functions.make_chf(self.database, self.device_log, self.identity)
        device.suite = self.suite
        device.objects.clock_is_reliable = False  # reference certificates are of other years
        return device

    def _heard(self, eui: bytes, status: object, *fields: object) -> None:
        device = eui.hex()
        self.device_log.add(device, UNKNOWN_TYPE)
        self.device_log.mark(device, Status.JOINED)
        rssi, lqi, at = fields[:3], fields[3:6], fields[6]
        entry = Communications(date_time.decode(at), rssi, lqi, *fields[7:10])  # type: ignore[arg-type]
        self.device_log.communications.put(device, entry)


def _octets(text: str) -> bytes:
    """Octets of hex; none for `-`."""
    return b"" if text == "-" else bytes.fromhex(text)
