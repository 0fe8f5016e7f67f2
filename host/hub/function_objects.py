"""What both functions of the hub have behind their commands, and nothing that either has alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.hub.event_log import EventLog

if TYPE_CHECKING:
    from smets.device.zigbee_objects import Place


class FunctionObjects:
    """No COSEM object and no cluster: a command that names one is not supported."""

    def __init__(self, security_log: EventLog) -> None:
        self.security_log = security_log
        self.clock_is_reliable = True  # the hub has the lab's clock

    def has(self, class_id: int, logical_name: bytes, member: int, method: bool) -> bool:
        return False

    def has_attribute(self, cluster: int, attribute: int) -> bool:
        return False

    def has_command(self, place: Place) -> bool:
        return False

    def knows_the_time(self, now: int) -> bool:
        return self.clock_is_reliable

    def security_event(self, code: int, now: int) -> None:
        self.security_log.append(now, code)

    def rest(self) -> None:
        """Holds nothing that could go."""

    def poll(self, now: int) -> None:
        """There is nothing to do."""
