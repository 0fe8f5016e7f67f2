"""The CHF of a replay: its device logs, its event log, what it is."""

from __future__ import annotations

from dataclasses import replace

from host.conformance.replayed_function import ReplayedFunction, octets
from host.hub import chf, functions
from host.hub.chf import Identity
from host.hub.chf_alerts import Chf
from host.hub.communications import Communications
from host.hub.device_log import UNKNOWN_TYPE, Status
from smets.codec.reader import Reader
from smets.dlms import data as axdr
from smets.dlms import date_time

# parts of a hub's identity by the object that tells them
IDENTITY = {chf.MODEL_TYPE: "model_type", chf.MANUFACTURER: "manufacturer"}


class ReplayedChf(ReplayedFunction):
    """Told what its objects hold as its answers report them."""

    def make(self) -> Chf:
        function = functions.make_chf(self.database, self.device_log, self.identity)
        function.objects.clock_is_reliable = False  # reference certificates are of other years
        return function

    def word_device(self, eui: str, device_type: str, signing_private_key: str) -> None:
        super().word_device(eui, device_type, signing_private_key)
        self.identity = Identity(bytes.fromhex(eui))
        self.event_log = functions.event_log(self.database, "chf")

    def word_value(self, class_id: str, logical_name: str, attribute: str, data: str) -> None:
        of = int(class_id), octets(logical_name)
        _, value = axdr.decode(octets(data))
        if of in IDENTITY:
            self.identity = replace(self.identity, **{IDENTITY[of]: value})
        elif of == chf.DEVICE_LOG:
            for _, device in value:
                self._heard(*(field for _, field in device))

    def word_rows(self, class_id: str, logical_name: str, attribute: str, data: str) -> None:
        _, (_, contents) = axdr.decode(octets(data))
        reader = Reader(contents)
        while reader.remaining():
            at, code = reader.unsigned(4), reader.unsigned(2)
            self.event_log.append(at, code, reader.take(reader.length()))

    def word_returned(self, class_id: str, logical_name: str, method: str, data: str) -> None:
        """The hashes of a log; what a historic one tells of was listed and removed again."""
        _, (_, (_, extended_pan_id), (_, devices)) = axdr.decode(octets(data))
        hashes = {eui.hex(): hashed for _, ((_, eui), (_, hashed)) in devices}
        self.device_log.restore(extended_pan_id, hashes)
        if (int(class_id), octets(logical_name)) == chf.HISTORIC_LOG:
            for eui in hashes:
                self.device_log.remove(eui)

    def _heard(self, eui: bytes, status: object, *fields: object) -> None:
        device = eui.hex()
        self.device_log.add(device, UNKNOWN_TYPE)
        self.device_log.mark(device, Status.JOINED)
        rssi, lqi, at = fields[:3], fields[3:6], fields[6]
        entry = Communications(date_time.decode(at), rssi, lqi, *fields[7:10])  # type: ignore[arg-type]
        self.device_log.communications.put(device, entry)
