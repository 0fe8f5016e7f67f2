"""The seam to the objects that a device's commands read and change."""

from __future__ import annotations

from typing import TYPE_CHECKING

FAULTS = "faults"  # the value of the store that `faults` keeps

# data-access and action results of DLMS
HARDWARE_FAULT = 1
TEMPORARY_FAILURE = 2
READ_WRITE_DENIED = 3
OBJECT_UNDEFINED = 4
OBJECT_CLASS_INCONSISTENT = 9
OBJECT_UNAVAILABLE = 11
TYPE_UNMATCHED = 12
SCOPE_OF_ACCESS_VIOLATED = 13
OTHER_REASON = 250


class AccessFailure(Exception):  # noqa: N818 - what DLMS calls it
    """An access that is answered with a result other than success."""

    def __init__(self, result: int) -> None:
        super().__init__("access failed with result %d" % result)
        self.result = result


if TYPE_CHECKING:
    from typing import Protocol

    Changes = list[tuple[str, bytes | None]]

    class Objects(Protocol):
        """What every device has behind its commands."""

        def knows_the_time(self, now: int) -> bool:
            """Whether the clock is reliable."""
            ...

        def security_event(self, code: int, now: int) -> None:
            """Makes an entry of the security log."""
            ...

        def rest(self) -> None:
            """Lets go of what is not needed now: the device needs the room."""
            ...

        def poll(self, now: int) -> None:
            """Accrues up to `now`."""
            ...

    class CosemObjects(Objects, Protocol):
        """COSEM objects. Data are encoded A-XDR; what fails raises AccessFailure.

        What `set` and `act` change they add to `changes`, (name, value) pairs of the store, which
        the device commits together with counter and response; a read that follows in the same
        command sees it.
        """

        def has(self, class_id: int, logical_name: bytes, member: int, method: bool) -> bool:
            """Whether there is such an attribute, or such a method; faults do not matter."""
            ...

        def get(self, class_id: int, logical_name: bytes, attribute: int, now: int) -> bytes: ...

        def get_range(
            self,
            class_id: int,
            logical_name: bytes,
            attribute: int,
            start: int,
            end: int,
            now: int,
        ) -> bytes: ...

        def set(
            self,
            class_id: int,
            logical_name: bytes,
            attribute: int,
            data: bytes,
            now: int,
            changes: Changes,
        ) -> None: ...

        def act(
            self,
            class_id: int,
            logical_name: bytes,
            method: int,
            data: bytes,
            now: int,
            changes: Changes,
        ) -> bytes: ...
