"""The users of the DCC: what they asked for, what they were promised, and what they got."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from dcc_stub.duis.identifiers import RequestId
from dcc_stub.duis.response import Response
from dcc_stub.duis.response_codes import ResponseCode
from dcc_stub.user.client import DccUser
from dcc_stub.user.errors import UnreachableError, UserError
from keys import parties
from keys.store import Keystore
from keys.suite import Suite
from smets.gbcs.grouping import ALERT
from smets.gbcs.message import Message

SUPPLIER = parties.SUPPLIER.eui
OTHER_USER = parties.OTHER_USER.eui
METER = parties.ESME.eui
HUB = parties.CHF.eui
AHEAD = 6  # requests that wait for their responses at a time
PAUSE = 0.05  # seconds, when the DCC is away
SET_MPAN, READ_PROFILE, LIST_DEVICE = "6.20.1", "4.8.1", "8.11"
# What is asked for, and by whom: reads, critical switches, a set, and by one whom the meter does
# not know, so that the broker's counter and the meter's own take part.
ASKED = (
    ("4.1.1", SUPPLIER),
    ("4.1.1", SUPPLIER),
    ("6.2.7", SUPPLIER),
    ("7.4", SUPPLIER),
    ("7.1", SUPPLIER),
    ("7.2", SUPPLIER),
    ("7.3", SUPPLIER),
    (SET_MPAN, SUPPLIER),
    (SET_MPAN, SUPPLIER),
    (READ_PROFILE, OTHER_USER),
    ("6.2.4", OTHER_USER),
)


@dataclass
class Entry:
    """One request: `promised` once the DCC said that it has it, None while nobody knows."""

    number: int
    variant: str
    promised: bool | None = None
    documents: list[Response] = field(default_factory=list)


class Users:
    """They ask one after the other, so that counters arrive in order, and do not wait."""

    def __init__(
        self, keys: Keystore, gateway: str, clock: Callable[[], int], chance: Random
    ) -> None:
        self.ledger: dict[RequestId, Entry] = {}
        self.stray: list[Response] = []
        self.alerts: set[bytes] = set()  # of the hub, whose device log the requests change
        self.rejected: Counter[str] = Counter()
        self._clock = clock
        self._chance = chance
        self._users = {
            party: DccUser(keys, Suite(), party, gateway) for party in (SUPPLIER, OTHER_USER)
        }

    async def close(self) -> None:
        """Ends the connections."""
        for user in self._users.values():
            await user.close()

    async def work(self) -> None:
        """Asks until it is cancelled."""
        while True:
            if self.outstanding() < AHEAD:
                await self.ask(*self._chance.choice(ASKED))
            else:
                await asyncio.sleep(PAUSE)

    async def ask(self, variant: str, party: bytes) -> None:
        """One request; what comes of it is in the ledger."""
        user = self._users[party]
        entry = Entry(len(self.ledger), variant)
        target = HUB if variant == LIST_DEVICE else METER
        request = user.request(variant, target, _values(entry), self._clock())
        self.ledger[request.request_id] = entry
        try:
            answer = await user.send(request)
        except UnreachableError:
            await asyncio.sleep(PAUSE)
            return
        except UserError as error:
            entry.promised = False
            self.rejected[str(error)] += 1
            return
        entry.promised = answer.code == ResponseCode.ACCEPTED
        if not entry.promised:
            self.rejected[answer.code] += 1

    def deliver(self, response: Response) -> None:
        """What the webhook got."""
        entry = self.ledger.get(response.request_id) if response.request_id else None
        octets = response.gbcs_message
        if entry is None and octets and Message.decode(octets).header.cra_flag == ALERT:
            self.alerts.add(octets)
        elif entry is None:
            self.stray.append(response)
        else:
            entry.documents.append(response)

    def answered(self) -> int:
        """Requests with an answer."""
        return sum(bool(each.documents) for each in self.ledger.values())

    def outstanding(self) -> int:
        """Promised, and not answered yet."""
        return sum(1 for each in self.ledger.values() if each.promised and not each.documents)


def _values(entry: Entry) -> list[tuple[str, str]]:
    """What is asked for besides defaults."""
    if entry.variant == SET_MPAN:
        return [("ImportMPAN", mpan(entry.number).decode())]
    return list(_VALUES.get(entry.variant, ()))


_VALUES = {
    READ_PROFILE: (
        ("StartDateTime", "2026-01-01T00:00:00Z"),
        ("EndDateTime", "2026-01-01T12:00:00Z"),
    ),
    LIST_DEVICE: (
        ("DeviceID", METER.hex("-").upper()),
        ("RequestType", "Add"),
        ("JoinTimePeriod", "90"),
        ("InstallCode", "00112233445566778899AABBCCDDEEFF"),
        ("ImportMPxN", "1200000000000"),
    ),
}


def mpan(number: int) -> bytes:
    """What the request of that number in the ledger sets."""
    return b"%013d" % number
