"""DER payloads of responses and alerts as named values: one function a message code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dcc_stub.duis.types import DateTime
from dcc_stub.transform import clock, credentials, joins
from smets.gbcs import alerts_text, roles
from smets.gbcs import credentials as details
from smets.gbcs.der import DerReader
from smets.gbcs.roles import DEVICE_TYPES

if TYPE_CHECKING:
    from smets.gbcs.credentials import CellDetails, CellIdentifier
    from smets.gbcs.credentials_update import Outcome
    from smets.gbcs.message import Message

SUCCESS = "success"
_REPLACEMENT_STATUS = {
    0: SUCCESS,
    5: "bad certificate",
    10: "no trust anchor",
    17: "insufficient memory",
    25: "trust anchor not found",
    30: "resources busy",
    127: "other failure",
}
# GBCS 13.7: JoinResponseCode, UnjoinResponseCode.
_JOIN_RESULTS = {
    0: SUCCESS,
    1: "another method than the command's",
    2: "not a method, or not a device, to be joined with this way",
    3: "joined in another way already",
    4: "device log full",
    5: "device log not written",
    11: "bad certificate",
}
_UNJOIN_RESULTS = {0: SUCCESS, 1: "not joined", 2: "other failure"}
_READ_RESULTS = {0: SUCCESS, 1: "device log not read"}
_CLOCK_STATUS = {0: "reliable", 1: "invalid", 2: "unreliable"}
_ROLE_NAMES = {number: name for name, number in credentials.ROLE_NUMBERS.items()}
_TYPE_NAMES = {number: name for name, number in DEVICE_TYPES}

Results = list[dict[str, Any]]


def find(message_code: int) -> Callable[[Message], Results] | None:
    """The reader of a message code's payload, None when there is none."""
    return next((reader for code, reader in _READERS if code == message_code), None)


def _credentials(message: Message) -> Results:
    found: Results = []
    for role in details.decode_details(message.payload):
        name = _ROLE_NAMES.get(role.role, str(role.role))
        if role.status != details.SUCCESS:
            found.append({"name": name, "result": _status(role.status)})
            continue
        cells = {_cell_name(cell): cell.eui.hex() for cell in role.cells}
        found.append({"name": name, "value": {"SequenceNumber": role.sequence_number, **cells}})
    return found


def _replaced(message: Message) -> Results:
    outcome = credentials.replaced(message)
    if outcome is None:
        return [{"name": "UpdateSecurityCredentials", "value": "to be done at its date"}]
    return _outcomes(outcome)


def _replaced_later(message: Message) -> Results:
    code, outcome = credentials.replaced_later(message)
    return [{"alert": f"{code:04X}", "title": alerts_text.title(code)}, *_outcomes(outcome)]


def _outcomes(outcome: Outcome) -> Results:
    return [
        {
            "name": f"{_ROLE_NAMES.get(each.cell.role, each.cell.role)} {_cell_name(each.cell)}",
            "result": _status(each.status),
            "value": each.replacing[0].hex(),
        }
        for each in outcome.cells
    ]


def _cell_name(cell: CellIdentifier | CellDetails) -> str:
    if cell.cell_usage == roles.PREPAYMENT_TOP_UP:
        return "PrepaymentTopUp"
    return "DigitalSigning" if cell.key_usage == roles.DIGITAL_SIGNATURE else "KeyAgreement"


def _status(status: int) -> str:
    return _worded(_REPLACEMENT_STATUS, status)


def _worded(words: dict[int, str], code: int) -> str:
    return words.get(code, f"status {code}")


def _joined(message: Message) -> Results:
    return [{"name": "Join", "result": _worded(_JOIN_RESULTS, joins.outcome(message))}]


def _unjoined(message: Message) -> Results:
    return [{"name": "Unjoin", "result": _worded(_UNJOIN_RESULTS, joins.outcome(message))}]


def _read_joins(message: Message) -> Results:
    code, devices = joins.joined_devices(message)
    if code:
        return [{"name": "DeviceLog", "result": _worded(_READ_RESULTS, code)}]
    return [{"name": "DeviceLog", "value": [_device(each) for each in devices]}]


def _restored(message: Message) -> Results:
    return [
        {
            "name": f"Join {each.eui.hex('-').upper()}",
            "value": _TYPE_NAMES.get(each.type, each.type),
            "result": _worded(_JOIN_RESULTS, code),
        }
        for each, code in joins.restored(message)
    ]


def _clock(message: Message) -> Results:
    time, status = clock.told(message)
    return [
        {"name": "Clock", "value": DateTime().format(time)},
        {"name": "ClockStatus", "value": _worded(_CLOCK_STATUS, status)},
    ]


def _backed_up(message: Message) -> Results:
    devices = joins.backed_up(message.payload)
    entry = _alert(message)
    return [entry, {"name": "DeviceLog", "value": [_device(each) for each in devices]}]


def _firmware_transfer(message: Message) -> Results:
    """CCS08: which firmware the hub has brought to which device."""
    fields = DerReader.over(message.payload).nested()
    code, time = fields.integer(), fields.time()
    device, version, result = fields.octets(8), fields.octets(4), fields.integer()
    fields.finish()
    value = {"DeviceID": device.hex("-").upper(), "FirmwareVersion": version.hex()}
    return [
        {**_entry(code, time)},
        {"name": "FirmwareTransfer", "value": {**value, "Result": result}},
    ]


def _alert(message: Message) -> dict[str, Any]:
    fields = DerReader.over(message.payload).nested()
    return _entry(fields.integer(), fields.time())


def _entry(code: int, time: int) -> dict[str, Any]:
    title = alerts_text.title(code)
    return {"alert": f"{code:04X}", "title": title, "time": DateTime().format(time)}


def _device(entry: joins.Entry) -> dict[str, Any]:
    name = _TYPE_NAMES.get(entry.type, entry.type)
    return {"DeviceID": entry.eui.hex("-").upper(), "DeviceType": name}


_READERS: tuple[tuple[int, Callable[[Message], Results]], ...] = (
    (0x0008, _credentials),
    (0x000D, _joined),
    (0x000E, _joined),
    (0x000F, _unjoined),
    (0x0010, _unjoined),
    (0x0013, _read_joins),
    (0x007F, _clock),
    (0x008C, _restored),
    (0x00AB, _joined),
    (0x00AF, _joined),
    (0x00B2, _backed_up),
    (0x00CB, _replaced_later),
    (0x0102, _replaced),
    (0x0103, _replaced),
    (0x011B, _credentials),
    (0x0128, _firmware_transfer),
)
