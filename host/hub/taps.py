"""The GPF taps off commands to the gas meter that concern it as well (GBCS 10.3.4).

It cannot check a command, which is protected for the meter, so it waits for the meter's response,
and takes over what that says has been carried out.
"""

import logging

from host.hub.database import Database
from host.hub.device_log import DeviceLog
from host.hub.event_log import EventLog
from smets.codec.errors import SmetsError
from smets.device.zigbee_access import DEFAULT_RESPONSE
from smets.device.zigbee_objects import SUCCESS
from smets.gbcs.gbz import Component, Gbz
from smets.gbcs.grouping import COMMAND, RESPONSE, GroupingHeader
from smets.gbcs.message import Message
from smets.gbcs.roles import GSME
from smets.gbcs.zcl_command import TO_CLIENT
from smets.meter import clusters, gsme_objects_text, objects
from smets.zigbee import clusters_text
from smets.zigbee.clusters import CALENDAR, EVENTS

# Message codes, and of which cluster the GPF takes commands; None: of all.
# The last is what came after 007E.
TAPPED = {
    0x0015: None,
    0x006B: None,
    0x006F: CALENDAR,
    0x0071: None,
    0x007C: None,
    0x007E: None,
    0x0088: None,
    0x00A3: None,
    0x00D8: None,
}
WAITING = 16  # commands of a meter that sleeps; the oldest gives way

CLEAR_EVENT_LOG = (EVENTS, 0x01)
CLEAR_EVENT_LOG_RESPONSE = 0x02

SCHEMA = """
CREATE TABLE IF NOT EXISTS tapped (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    eui TEXT NOT NULL,
    code INTEGER NOT NULL,
    originator BLOB NOT NULL,
    counter BLOB NOT NULL,
    payload BLOB NOT NULL
)
"""

log = logging.getLogger(__name__)


class Taps:
    """Sees what passes between the DCC and the meters; inside the caller's transaction."""

    def __init__(self, database: Database, device_log: DeviceLog, event_log: EventLog) -> None:
        """`event_log` is the GPF's."""
        self._database = database
        self._device_log = device_log
        self._mirror = device_log.mirror
        self._event_log = event_log
        self._objects = gsme_objects_text.tables("meter/gsme_objects")
        database.execute(SCHEMA)

    def command(self, eui: str, octets: bytes) -> None:
        """A message goes to a device."""
        entry = self._device_log.find(eui)
        message = _decoded(octets) if entry and entry.type == GSME else None
        if message is None or message.header.cra_flag != COMMAND:
            return
        header = message.header
        if header.message_code not in TAPPED:
            return
        self._database.execute(
            "INSERT INTO tapped (eui, code, originator, counter, payload) VALUES (?, ?, ?, ?, ?)",
            eui,
            *_key(header, header.originator),
            message.payload,
        )
        self._database.execute(
            "DELETE FROM tapped WHERE eui = ? AND position NOT IN"
            " (SELECT position FROM tapped WHERE eui = ? ORDER BY position DESC LIMIT ?)",
            eui,
            eui,
            WAITING,
        )

    def response(self, eui: str, octets: bytes, now: int) -> None:
        """A message comes from a device."""
        message = _decoded(octets)
        if message is None or message.header.cra_flag != RESPONSE:
            return
        header = message.header
        row = self._database.execute(
            "SELECT position, payload FROM tapped"
            " WHERE eui = ? AND code = ? AND originator = ? AND counter = ?",
            eui,
            *_key(header, header.recipient),
        ).fetchone()
        if row is None:
            return
        self._database.execute("DELETE FROM tapped WHERE position = ?", row[0])
        try:
            asked = Gbz.decode(row[1]).components
            answers = Gbz.decode(message.payload).components
            self._take_over(eui, header.message_code, asked, answers, now)
        except (SmetsError, ValueError, OverflowError) as error:
            log.warning("the GPF cannot take over %04x: %s", header.message_code, error)

    def _take_over(
        self,
        eui: str,
        code: int,
        asked: tuple[Component, ...],
        answers: tuple[Component, ...],
        now: int,
    ) -> None:
        done = {answer.zcl_header[1] for answer in answers if _is_success(answer)}
        wanted = TAPPED[code]
        published: dict[tuple[int, int], list[bytes]] = {}
        for component in asked:
            control, sequence, command = component.zcl_header
            if sequence not in done or wanted not in {None, component.cluster}:
                continue
            if control == TO_CLIENT:
                place = component.cluster, command
                published.setdefault(place, []).append(component.payload)
                self._set(eui, component.cluster, command, component.payload, now)
            elif (component.cluster, command) == CLEAR_EVENT_LOG:
                self._event_log.clear()
        for (cluster, command), payloads in published.items():
            self._mirror.published.replace(eui, cluster, command, payloads)

    def _set(self, eui: str, cluster: int, command: int, payload: bytes, now: int) -> None:
        """The attributes that the command sets in the meter, by the meter's own table."""
        key = clusters.key(cluster, clusters.OF_COMMAND_TO_CLIENT, command)
        entry = objects.find(self._objects, key)
        if entry is None or entry.kind != clusters.SET:
            return
        values = clusters_text.load().decode(cluster, True, command, payload)
        for at in range(0, len(entry.body), 6):
            target = entry.body[at + 1 : at + 6]
            of, number = int.from_bytes(target[:2], "big"), int.from_bytes(target[3:], "big")
            self._mirror.put_attributes(eui, of, {number: values[entry.body[at]]}, now)


def _decoded(octets: bytes) -> Message | None:
    try:
        return Message.decode(octets)
    except SmetsError:
        return None


def _key(header: GroupingHeader, party: bytes) -> tuple[int, bytes, bytes]:
    """What a command and its response have in common; `party` sent the command."""
    return header.message_code, party, header.originator_counter.to_bytes(8, "big")


def _is_success(answer: Component) -> bool:
    code = answer.zcl_header[2]
    if code == DEFAULT_RESPONSE:
        return answer.payload[1:] == bytes((SUCCESS,))
    if (answer.cluster, code) == (EVENTS, CLEAR_EVENT_LOG_RESPONSE):
        return answer.payload != b"\x00"
    return True
