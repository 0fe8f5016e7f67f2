"""Zigbee objects that hold what they were told, and nothing behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.device.zigbee_objects import HARDWARE_FAILURE, NOT_FOUND, ZclFailure

if TYPE_CHECKING:
    from smets.device.objects import Changes
    from smets.device.zigbee_objects import Answers, Fields, Place


class LoadedClusters:
    """`values` are by cluster and attribute, `answers` by cluster and command; None: not found."""

    def __init__(self) -> None:
        self.values: dict[tuple[int, int], bytes] = {}
        self.answers: dict[tuple[int, int], list[Answers | None]] = {}
        self.failed_answers: Answers = []
        self.calls: list[tuple[int, int, bool, Fields]] = []
        self.events: list[tuple[int, int]] = []
        self.clock_status = 0

    def has_attribute(self, cluster: int, attribute: int) -> bool:
        return (cluster, attribute) in self.values

    def has_command(self, place: Place) -> bool:
        return place[:2] in self.answers

    def read(self, cluster: int, attribute: int, now: int) -> bytes:
        value = self.values[cluster, attribute]
        if not value:
            raise ZclFailure(HARDWARE_FAILURE)
        return value

    def call(self, place: Place, fields: Fields, now: int, changes: Changes) -> Answers:
        cluster, command, to_client = place
        self.calls.append((cluster, command, to_client, fields))
        answer = self.answers[cluster, command].pop(0)
        if answer is None:
            raise ZclFailure(NOT_FOUND)
        changes.append((f"call.{cluster:04x}.{command:02x}", b"done"))
        return answer

    def failed_call(self, place: Place) -> Answers:
        return self.failed_answers

    def data_time(self, message_code: int, now: int) -> tuple[int, int]:
        return now - 60, self.clock_status

    def set_clock(self, start: int, end: int, now: int, changes: Changes) -> bool:
        changes.append(("clock", b"set"))
        return start <= now <= end

    def knows_the_time(self, now: int) -> bool:
        return True

    def security_event(self, code: int, now: int) -> None:
        self.events.append((code, now))

    def rest(self) -> None:
        """Holds nothing that could go."""

    def poll(self, now: int) -> None:
        """There is nothing to do."""
