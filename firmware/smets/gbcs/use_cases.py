"""The use cases of GBCS, found by message code; `use_cases.txt` is the table, this its reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smets.codec.table import Table
    from smets.gbcs.zcl_command import ZclCommand

# category
COMMAND_CRITICAL = 0
COMMAND_NON_CRITICAL = 1
ALERT_CRITICAL = 2
ALERT_NON_CRITICAL = 3
HAN_ONLY = 4

# payload
DLMS = 0
GBZ = 1
ASN1 = 2
ANY = 3

# flags
REPLAY = 1
FUTURE_DATED = 2
DATE_TIME = 4
CLOCK_STATUS = 8
QUIET = 16
UNNUMBERED = 32

# member operations; the first four are the access choices of DLMS
GET = 1
SET = 2
ACTION = 3
RANGE = 4
PROTECTED = 5
PROTECTED_RANGE = 6

ANY_ROLE = 0xFFFF
ANY_TARGET = 0xFF


class Member:
    """An attribute or method a command names; `constant` is the only data allowed, b"" any.

    Protected operations have in `over` the (class, logical name, attribute) they encrypt.
    """

    def __init__(
        self,
        operation: int,
        class_id: int,
        logical_name: bytes,
        member: int,
        constant: bytes = b"",
        over: tuple[tuple[int, bytes, int], ...] = (),
    ) -> None:
        self.operation = operation
        self.class_id = class_id
        self.logical_name = logical_name
        self.member = member
        self.constant = constant
        self.over = over

    @staticmethod
    def read(reader: Reader) -> Member:
        member = Member(reader.octet(), reader.unsigned(2), reader.take(6), reader.octet())
        if member.operation in {PROTECTED, PROTECTED_RANGE}:
            member.over = tuple(
                [
                    (reader.unsigned(2), reader.take(6), reader.octet())
                    for _ in range(reader.octet())
                ]
            )
        else:
            member.constant = reader.take(reader.octet())
        return member


class UseCase:
    """One row; `members` are in the order in which a DLMS command names them.

    `zcl_commands` are the lines of a GBZ command, in its order.
    """

    def __init__(self, message_code: int, row: bytes) -> None:
        reader = Reader(row)
        self.message_code = message_code
        self.category = reader.octet()
        self.payload = reader.octet()
        self.flags = reader.octet()
        self.targets = reader.octet()
        self.roles = reader.unsigned(2)
        self.name = str(reader.take(reader.octet()), "utf-8")
        self._title = reader.take(reader.octet())
        self.members: tuple[Member, ...] = ()
        self.zcl_commands: tuple[ZclCommand, ...] = ()
        count = reader.octet()
        if self.payload == GBZ and count:
            from smets.gbcs.zcl_command import ZclCommand

            self.zcl_commands = tuple([ZclCommand(reader) for _ in range(count)])
        else:
            self.members = tuple([Member.read(reader) for _ in range(count)])

    @property
    def title(self) -> str:
        return str(self._title, "utf-8")

    @property
    def is_command(self) -> bool:
        return self.category in {COMMAND_CRITICAL, COMMAND_NON_CRITICAL}

    @property
    def is_critical(self) -> bool:
        return self.category in {COMMAND_CRITICAL, ALERT_CRITICAL}

    @property
    def replay_protected(self) -> bool:
        return bool(self.flags & REPLAY)

    @property
    def future_dated(self) -> bool:
        return bool(self.flags & FUTURE_DATED)

    @property
    def dated_response(self) -> bool:
        """Whether the response's grouping header carries a date-time."""
        return bool(self.flags & DATE_TIME)

    @property
    def clock_status_response(self) -> bool:
        """Whether that date-time is when the data were true, with the status of that clock."""
        return bool(self.flags & CLOCK_STATUS)

    @property
    def is_quiet(self) -> bool:
        """Whether the ZCL commands of a response that hold data disable default responses."""
        return bool(self.flags & QUIET)

    @property
    def is_unnumbered(self) -> bool:
        """Whether an encrypted response to an unknown remote party has no counter of its own."""
        return bool(self.flags & UNNUMBERED)

    def is_for(self, device_type: int) -> bool:
        return bool(self.targets >> device_type & 1)

    def may_come_from(self, role: int) -> bool:
        return self.roles == ANY_ROLE or (role < 16 and bool(self.roles >> role & 1))


class UseCases:
    """The table, wherever it is kept."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def find(self, message_code: int) -> UseCase | None:
        row = self._table.find(message_code.to_bytes(2, "big"))
        return None if row is None else UseCase(message_code, row)

    def all(self) -> Iterator[UseCase]:
        for key, row in self._table.rows():
            yield UseCase(int.from_bytes(key, "big"), row)
