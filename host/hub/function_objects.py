"""What both functions of the hub have behind their commands, and nothing that either has alone."""

from __future__ import annotations

from host.hub.event_log import EventLog
from smets.device.objects import OBJECT_UNDEFINED, AccessFailure

Changes = list[tuple[str, bytes | None]]


class FunctionObjects:
    """No COSEM object, no cluster: the `CosemObjects` of `smets.device`, each access failing."""

    def __init__(self, security_log: EventLog) -> None:
        self.security_log = security_log
        self.clock_is_reliable = True  # the hub has the lab's clock

    def has(self, class_id: int, logical_name: bytes, member: int, method: bool) -> bool:
        return False

    def get(self, class_id: int, logical_name: bytes, attribute: int, now: int) -> bytes:
        raise AccessFailure(OBJECT_UNDEFINED)

    def get_range(
        self, class_id: int, logical_name: bytes, attribute: int, start: int, end: int, now: int
    ) -> bytes:
        raise AccessFailure(OBJECT_UNDEFINED)

    def set(
        self,
        class_id: int,
        logical_name: bytes,
        attribute: int,
        data: bytes,
        now: int,
        changes: Changes,
    ) -> None:
        raise AccessFailure(OBJECT_UNDEFINED)

    def act(
        self,
        class_id: int,
        logical_name: bytes,
        method: int,
        data: bytes,
        now: int,
        changes: Changes,
    ) -> bytes:
        raise AccessFailure(OBJECT_UNDEFINED)

    def has_attribute(self, cluster: int, attribute: int) -> bool:
        return False

    def has_command(self, cluster: int, command: int, to_client: bool) -> bool:
        return False

    def knows_the_time(self, now: int) -> bool:
        return self.clock_is_reliable

    def security_event(self, code: int, now: int) -> None:
        self.security_log.append(now, code)

    def rest(self) -> None:
        """Holds nothing that could go."""

    def poll(self, now: int) -> None:
        """There is nothing to do."""
