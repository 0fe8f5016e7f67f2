"""Watches that nothing goes back that may go forward alone: counters of frames, commands; keys."""

from __future__ import annotations

from host.radio.simulation import Simulation
from smets.codec.errors import DecodeError
from smets.zigbee import mac, nwk, security


class Watch:
    """What was seen so far; each attribute counts what must not be."""

    def __init__(self, simulation: Simulation, sticks: tuple[bytes, ...]) -> None:
        self.frames = 0
        self.reused = 0  # network frame counters that stood on two frames
        self.gone_back = 0  # counters of a stick behind what they were
        self.keys_changed = 0
        self.commands_repeated = 0  # GBCS counters
        self._simulation = simulation
        self._sticks = sticks
        self._secured: dict[tuple[bytes, int, int], bytes] = {}
        self._counters: dict[bytes, tuple[int, int]] = {}
        self._keys: dict[tuple[bytes, bytes], bytes] = {}
        self._last_command = 0
        simulation.air.taps.append(self._hear)

    def _hear(self, _time: float, _channel: int, _rssi: int, octets: bytes) -> None:
        """A counter may come again on a retry, which is the same frame, and on no other."""
        try:
            frame = nwk.NwkFrame.decode(mac.MacFrame.decode(octets).payload)
            if not frame.secured:
                return
            auxiliary, sealed = security.split(frame.payload)
        except DecodeError:
            return  # beacons, commands and acknowledgements of the MAC layer
        if auxiliary.source is None:
            return
        self.frames += 1
        known = auxiliary.source, auxiliary.key_sequence, auxiliary.frame_counter
        if self._secured.setdefault(known, sealed) != sealed:
            self.reused += 1

    def look(self) -> None:
        """Compares what the sticks hold with what they held before."""
        for eui64 in self._sticks:
            stack = self._simulation.stick(eui64).stack
            now = stack.network_frame_counter, stack.aps_frame_counter
            before = self._counters.get(eui64, now)
            self.gone_back += now[0] < before[0] or now[1] < before[1]
            self._counters[eui64] = now
            for partner in self._sticks:
                key = stack.link_key_for(partner, self._simulation.air.schedule.now)
                if partner != eui64:
                    held = key.key if key else b""
                    self.keys_changed += self._keys.setdefault((eui64, partner), held) != held

    def answered(self, originator_counter: int) -> None:
        """A response to the command with this counter has come."""
        self.commands_repeated += originator_counter <= self._last_command
        self._last_command = max(self._last_command, originator_counter)
