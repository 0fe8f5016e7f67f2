"""Objects that hold what they were told, and nothing behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.device.objects import OBJECT_UNDEFINED, AccessFailure

if TYPE_CHECKING:
    from smets.device.objects import Changes
    from smets.device.zigbee_objects import Place

NULL = b"\x00"


class LoadedObjects:
    """Every member is there; `values` are by class, logical name and attribute."""

    def __init__(self) -> None:
        self.values: dict[tuple[int, bytes, int], bytes] = {}
        self.events: list[tuple[int, int]] = []
        self.time_known = False
        self.calls: list[tuple[object, ...]] = []

    def has(self, class_id: int, logical_name: bytes, member: int, method: bool) -> bool:
        return True

    def get(self, class_id: int, logical_name: bytes, attribute: int, now: int) -> bytes:
        self.calls.append(("get", (class_id, logical_name, attribute)))
        try:
            return self.values[class_id, logical_name, attribute]
        except KeyError:
            raise AccessFailure(OBJECT_UNDEFINED) from None

    def get_range(
        self, class_id: int, logical_name: bytes, attribute: int, start: int, end: int, now: int
    ) -> bytes:
        self.calls.append(("get_range", (class_id, logical_name, attribute), start, end))
        return self.get(class_id, logical_name, attribute, now)

    def set(
        self,
        class_id: int,
        logical_name: bytes,
        attribute: int,
        data: bytes,
        now: int,
        changes: Changes,
    ) -> None:
        self.calls.append(("set", (class_id, logical_name, attribute), data))
        changes.append((f"value.{class_id}.{logical_name.hex()}.{attribute}", data))

    def act(
        self,
        class_id: int,
        logical_name: bytes,
        method: int,
        data: bytes,
        now: int,
        changes: Changes,
    ) -> bytes:
        self.calls.append(("act", (class_id, logical_name, method), data))
        changes.append((f"act.{class_id}.{logical_name.hex()}.{method}", data))
        return NULL

    def has_attribute(self, cluster: int, attribute: int) -> bool:
        return False

    def has_command(self, place: Place) -> bool:
        return False

    def data_time(self, message_code: int, now: int) -> tuple[int, int]:
        return now, 0

    def set_clock(self, start: int, end: int, now: int, changes: Changes) -> bool:
        return False

    def knows_the_time(self, now: int) -> bool:
        return self.time_known

    def security_event(self, code: int, now: int) -> None:
        self.events.append((code, now))

    def rest(self) -> None:
        """Holds nothing that could go."""

    def poll(self, now: int) -> None:
        self.calls.append(("poll", now))
