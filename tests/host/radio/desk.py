"""One stick on a desk: commands by name, answers and callbacks as values, virtual time."""

from __future__ import annotations

from random import Random
from typing import Any

from host.radio.air import Air
from host.radio.ncp.nonvolatile import Flash, MemoryFlash
from host.radio.schedule import Schedule
from host.radio.stick import Stick
from keys.zigbee_suite import ZigbeeSuite
from smets.zigbee import ash, ezsp, ezsp_status, ezsp_text

EUI = bytes.fromhex("00db1234567890a2")
NETWORK = {
    "extended_pan_id": EUI,
    "pan_id": 0x5ECA,
    "transmit_power": 8,
    "channel": 15,
    "join_method": 0,
    "manager": 0,
    "update_id": 0,
    "channels": 1 << 15,
}
SECURITY = {
    "bitmask": 0x1BC4,
    "preconfigured_key": bytes(range(16)),
    "network_key": bytes(range(16, 32)),
    "network_key_sequence": 0,
    "trust_centre": EUI,
}
APS = {
    "profile": 0x0109,
    "cluster": 0x0702,
    "source_endpoint": 1,
    "destination_endpoint": 1,
    "options": 0x0140,
    "group": 0,
    "aps_sequence": 0,
}


class Desk:
    """`callbacks` and `errors` collect what the stick says by itself."""

    def __init__(
        self,
        version: int = 13,
        flash: Flash | None = None,
        air: Air | None = None,
        eui64: bytes = EUI,
    ) -> None:
        self.version = version
        self.schedule = air.schedule if air is not None else Schedule()
        self.frames = ezsp_text.load(version)
        self.ids = ezsp_text.ids(version)
        self.callbacks: list[tuple[str, int, dict[str, Any]]] = []
        self.errors: list[bytes] = []
        self.order: list[str] = []
        self.answers: list[tuple[int, str, dict[str, Any]]] = []
        self.sequence = 0
        self.flash = flash or MemoryFlash()
        self._host = ash.Ash()
        self.stick = Stick(
            air or Air(self.schedule),
            ZigbeeSuite(),
            Random(eui64).randbytes,
            self.flash,
            eui64,
            self._heard,
            version,
        )
        self._opened = False
        self.open()

    def _milliseconds(self) -> int:
        return int(self.schedule.now * 1000)

    def _heard(self, octets: bytes) -> None:
        for kind, frame in self._host.receive(octets, self._milliseconds()):
            if kind == ash.ERROR:
                self.errors.append(frame)
            elif kind == ash.DATA and self._opened:
                self._frame(frame)

    def _frame(self, octets: bytes) -> None:
        sequence, control, frame_id, fields, _ = ezsp.parse(octets, response=True)
        frame = self.frames.find(frame_id)
        assert frame is not None
        values = self.frames.decode(frame.response, fields)
        assert self.frames.encode(frame.response, values) == fields
        self.order.append(frame.name)
        if ezsp.is_callback(control):
            self.callbacks.append((frame.name, sequence, values))
        else:
            self.answers.append((sequence, frame.name, values))

    def flush(self) -> None:
        """Puts on the line what the host has to say."""
        while octets := self._host.output(self._milliseconds()):
            self.stick.receive(octets)

    def open(self) -> None:
        """Resets the stick and agrees on its version."""
        self._opened = False
        self._host.reset()
        self.flush()
        version = bytes((self.version,))
        self.raw(ezsp.old_header(0, ezsp.COMMAND) + version)
        self.raw(ezsp.header(0, ezsp.COMMAND, ezsp.VERSION) + version)
        self._opened = True

    def raw(self, frame: bytes) -> None:
        self._host.send(frame)
        self.flush()

    def ask(self, name: str, **values: Any) -> dict[str, Any]:
        """The answer to a command; that of one the stick does not know is invalidCommand's."""
        frame_id = self.ids[name]
        frame = self.frames.find(frame_id)
        assert frame is not None
        assert frame.request is not None
        fields = self.frames.encode(frame.request, values)
        return self.answer(frame_id, fields)[1]

    def answer(self, frame_id: int, fields: bytes) -> tuple[str, dict[str, Any]]:
        """Name and values of the one answer to a command."""
        self.sequence = (self.sequence + 1) & 0xFF
        before = len(self.answers)
        self.raw(ezsp.header(self.sequence, ezsp.COMMAND, frame_id) + fields)
        assert len(self.answers) == before + 1, self.answers[before:]
        sequence, name, values = self.answers[before]
        assert sequence == self.sequence
        return name, values

    def status(self, name: str, **values: Any) -> int:
        status: int = self.ask(name, **values)["status"]
        return status

    def told(self, name: str) -> list[dict[str, Any]]:
        return [values for called, _, values in self.callbacks if called == name]

    def run(self, seconds: float) -> None:
        """Lets time pass."""
        end = self.schedule.now + seconds
        while self.schedule.now < end:
            self.schedule.run_until(min(self.schedule.now + 0.05, end))
            self.flush()

    def form(self) -> Desk:
        assert self.status("setInitialSecurityState", **SECURITY) == ezsp_status.OK
        assert self.status("formNetwork", **NETWORK) == ezsp_status.OK
        self.run(1)
        assert self.told("stackStatusHandler")[-1]["status"] == ezsp_status.NETWORK_UP
        return self

    def up(self) -> Desk:
        """After a restart: in the network again."""
        assert self.status("networkInit", bitmask=0) == ezsp_status.OK
        self.run(1)
        return self
