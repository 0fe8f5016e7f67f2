"""Service requests and what became of them; the broker's own counter."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, NamedTuple

from dcc_stub.duis.identifiers import RequestId
from dcc_stub.store.database import Database, counter_octets
from smets.dlms.date_time import UNIX_SECONDS_IN_2000


class State(StrEnum):
    """What became of a request."""

    REFUSED = "refused"
    DONE = "done"
    TRANSFORMED = "transformed"
    SENT = "sent"
    QUARANTINED = "quarantined"
    FAILED = "failed"


class Held(NamedTuple):
    """A request as it is remembered; `document` is the verified request, canonical XML."""

    id: int
    request_id: RequestId
    state: State
    document: bytes
    message_code: int | None
    pre_command: bytes | None
    due: int | None


class Requests:
    """All requests that carried their originator's signature."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, request_id: RequestId) -> Held | None:
        """The request with this identifier."""
        return _held(
            self._database.one(
                "SELECT * FROM request WHERE originator = ? AND target = ? AND counter = ?",
                _key(request_id),
            )
        )

    def is_fresh(self, request_id: RequestId) -> bool:
        """Whether the counter is above all that this originator used towards this target."""
        found = self._database.one(
            "SELECT max(counter) AS latest FROM request WHERE originator = ? AND target = ?",
            _key(request_id)[:2],
        )
        latest = found["latest"] if found else None
        return latest is None or counter_octets(request_id.counter) > latest

    def add(self, request_id: RequestId, document: bytes, state: State, now: int) -> int:
        """Remembers a new request; its identifier is used up from now on."""
        cursor = self._database.execute(
            "INSERT INTO request (originator, target, counter, state, document, accepted)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (*_key(request_id), state.value, document, now),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def transformed(self, request: int, message_code: int, pre_command: bytes) -> None:
        """Remembers the pre-command that the user is to sign."""
        self._database.execute(
            "UPDATE request SET state = ?, message_code = ?, pre_command = ? WHERE id = ?",
            (State.TRANSFORMED.value, message_code, pre_command, request),
        )

    def sent(
        self,
        request: int,
        message_code: int,
        business_originator: bytes,
        business_counter: int,
        due: int,
        deadline: int,
    ) -> None:
        """Remembers by what a response will be known, and until when it is waited for."""
        self._database.execute(
            "UPDATE request SET state = ?, message_code = ?, business_originator = ?,"
            " business_counter = ?, due = ?, deadline = ? WHERE id = ?",
            (
                State.SENT.value,
                message_code,
                business_originator,
                counter_octets(business_counter),
                due,
                deadline,
                request,
            ),
        )

    def set_state(self, request: int, state: State) -> None:
        """What became of it in the end; nothing is waited for any more."""
        self._database.execute(
            "UPDATE request SET state = ?, deadline = NULL WHERE id = ?", (state.value, request)
        )

    def commanded(
        self, device: bytes, business_originator: bytes, counter: int, message_code: int
    ) -> Held | None:
        """The request whose command a message of the device refers to."""
        return _held(
            self._database.one(
                "SELECT * FROM request WHERE target = ? AND business_originator = ?"
                " AND business_counter = ? AND message_code = ?",
                (device, business_originator, counter_octets(counter), message_code),
            )
        )

    def by_number(self, request: int) -> Held | None:
        """The request with this number in the store."""
        return _held(self._database.one("SELECT * FROM request WHERE id = ?", (request,)))

    def overdue(self, now: int) -> list[Held]:
        """The requests whose response is given up now."""
        rows = self._database.all(
            "SELECT * FROM request WHERE deadline <= ? AND state = ? ORDER BY deadline",
            (now, State.SENT.value),
        )
        return [held for held in map(_held, rows) if held is not None]

    def next_instruction(self, request: int, alert_counter: int) -> int:
        """Counts an alert on an instruction of a future dated command, from 1."""
        self._database.execute(
            "INSERT OR IGNORE INTO instruction (request, alert_counter) VALUES (?, ?)",
            (request, counter_octets(alert_counter)),
        )
        found = self._database.one(
            "SELECT count(*) AS number FROM instruction WHERE request = ?", (request,)
        )
        assert found is not None
        return int(found["number"])

    def next_broker_counter(self, broker: bytes, now: int) -> int:
        """Spends the broker's next originator counter; the first is the time in milliseconds."""
        first = (UNIX_SECONDS_IN_2000 + now) * 1000
        found = self._database.one(
            "INSERT INTO broker_counter (party, value) VALUES (?, ?)"
            " ON CONFLICT (party) DO UPDATE SET value = value + 1 RETURNING value",
            (broker, first),
        )
        assert found is not None
        return int(found["value"])

    def set_broker_counter(self, broker: bytes, value: int) -> None:
        """Declares all counters up to `value` used, as after moving to another store."""
        self._database.execute(
            "INSERT OR REPLACE INTO broker_counter (party, value) VALUES (?, ?)", (broker, value)
        )


def _key(request_id: RequestId) -> tuple[bytes, bytes, bytes]:
    return request_id.originator, request_id.target, counter_octets(request_id.counter)


def _held(row: Any) -> Held | None:
    if row is None:
        return None
    counter = int.from_bytes(row["counter"])
    return Held(
        row["id"],
        RequestId(row["originator"], row["target"], counter),
        State(row["state"]),
        row["document"],
        row["message_code"],
        row["pre_command"],
        row["due"],
    )
