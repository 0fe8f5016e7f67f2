"""Opening what a device says: check, decrypt, decode to named values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dcc_stub.broker.users import Directory
from dcc_stub.transform import credentials
from dcc_stub.user import values
from keys import parties
from keys.errors import NotHeldError
from smets.codec.errors import AuthenticationError, DecodeError
from smets.dlms import data as axdr
from smets.dlms.access import AccessResponse
from smets.dlms.notification import DATA_NOTIFICATION, DataNotification
from smets.gbcs import alerts_text, grouping, protection, roles, use_cases, use_cases_text
from smets.gbcs import credentials as details
from smets.gbcs.message import SIGNATURE_LENGTH, Message

if TYPE_CHECKING:
    from smets.dlms.data import Data
    from smets.gbcs.credentials import CellDetails, CellIdentifier
    from smets.gbcs.credentials_update import Outcome
    from smets.gbcs.suite import Suite
    from smets.gbcs.use_cases import Member, UseCase

SUCCESS = "success"
# Results of DLMS access services, IEC 62056-5-3.
_RESULTS = {
    0: SUCCESS,
    1: "hardware fault",
    2: "temporary failure",
    3: "read-write denied",
    4: "object undefined",
    9: "object class inconsistent",
    11: "object unavailable",
    12: "type unmatched",
    13: "scope of access violated",
    14: "data block unavailable",
    250: "other reason",
}
_REPLACEMENT_STATUS = {
    0: SUCCESS,
    5: "bad certificate",
    10: "no trust anchor",
    17: "insufficient memory",
    25: "trust anchor not found",
    30: "resources busy",
    127: "other failure",
}
_ROLE_NAMES = {number: name for name, number in credentials.ROLE_NUMBERS.items()}


@dataclass(frozen=True)
class Opened:
    """A message of a device in words; `checked` says what protects it and was found right."""

    use_case: str
    title: str
    message_code: int
    device: bytes
    originator_counter: int
    checked: tuple[str, ...]
    date_time: str | None = None
    results: list[dict[str, Any]] = field(default_factory=list)
    plaintexts: tuple[bytes, ...] = ()

    @property
    def succeeded(self) -> bool:
        """Whether nothing in it failed."""
        return all(result.get("result", SUCCESS) == SUCCESS for result in self.results)

    def as_json(self) -> dict[str, Any]:
        """The same for a JSON document."""
        return {
            "use_case": self.use_case,
            "title": self.title,
            "message_code": f"{self.message_code:04X}",
            "device": self.device.hex(),
            "originator_counter": self.originator_counter,
            "date_time": self.date_time,
            "checked": list(self.checked),
            "succeeded": self.succeeded,
            "results": self.results,
        }


class Opener:
    """Opens messages for one party, whose key agreement key the directory has.

    A MAC meant for the broker is the DCC's to check: such a message is as good as the signature on
    the DCC's document that it came in.
    """

    def __init__(
        self,
        directory: Directory,
        suite: Suite,
        party: bytes,
        *,
        broker: bytes = parties.ACCESS_CONTROL_BROKER.eui,
    ) -> None:
        self._directory = directory
        self._broker = broker
        self._suite = suite
        self._party = party

    def open(self, octets: bytes) -> Opened:
        """A response or alert; AuthenticationError when it is not what its device sent."""
        message = Message.decode(octets)
        header = message.header
        if header.cra_flag == grouping.COMMAND:
            raise DecodeError("a command, not a response or alert")
        case = use_cases_text.load().find(header.message_code)
        checked = self._check(message)
        plaintexts: list[bytes] = []
        results = self._results(message, case, plaintexts)
        return Opened(
            use_case=case.name if case else "",
            title=case.title if case else "",
            message_code=header.message_code,
            device=header.originator,
            originator_counter=header.originator_counter,
            checked=checked,
            date_time=values.moment(header.date_time) if header.date_time else None,
            results=results,
            plaintexts=tuple(plaintexts),
        )

    def _check(self, message: Message) -> tuple[str, ...]:
        checked = []
        device = message.header.originator
        if message.signature is not None and len(message.signature) == SIGNATURE_LENGTH:
            public_key = self._directory.public_key(device, "ds")
            if public_key is None:
                raise NotHeldError(f"no digital signing certificate of {device.hex()} is held")
            protection.check_signature(self._suite, public_key, message)
            checked.append("signature")
        if message.mac is not None:
            checked.append(self._check_mac(message))
        if not checked:
            raise AuthenticationError("the message carries neither a signature nor a MAC")
        return tuple(checked)

    def _check_mac(self, message: Message) -> str:
        """Who has checked the MAC; AuthenticationError when it is neither ours nor the DCC's."""
        recipient = message.header.recipient
        if recipient == self._party:
            secret = self._secret(message.header.originator)
            protection.check_mac(self._suite, secret, message)
            return "MAC"
        if recipient == self._broker:
            return "MAC by the DCC"
        raise AuthenticationError("the message is for another party")

    def _secret(self, device: bytes) -> bytes:
        private_key = self._directory.private_key(self._party, "ka")
        public_key = self._directory.public_key(device, "ka")
        if private_key is None or public_key is None:
            raise NotHeldError(
                f"key agreement keys of {self._party.hex()} and {device.hex()} are not held"
            )
        return self._suite.shared_secret(private_key, public_key)

    def _results(
        self, message: Message, case: UseCase | None, plaintexts: list[bytes]
    ) -> list[dict[str, Any]]:
        if case is None:
            return [{"payload": message.payload.hex()}]
        if message.payload[:1] == bytes((DATA_NOTIFICATION,)):
            return [_alert(message.payload)]
        if case.payload == use_cases.DLMS and case.members:
            return self._access(message, case, plaintexts)
        reader = _ASN1.get(case.message_code)
        return reader(message) if reader else [{"payload": message.payload.hex()}]

    def _access(
        self, message: Message, case: UseCase, plaintexts: list[bytes]
    ) -> list[dict[str, Any]]:
        response = AccessResponse.decode(message.payload)
        if len(response.results) != len(case.members):
            raise DecodeError("the response does not have as many results as its command")
        found: list[values.Value] = []
        for member, data, (_, result) in zip(
            case.members, response.data, response.results, strict=True
        ):
            if result == 0 and data != axdr.NULL_DATA:
                found += self._values(message, member, data, plaintexts)
            else:
                found.append(_outcome(member, result))
        return [value.as_json() for value in values.scaled(found)]

    def _values(
        self, message: Message, member: Member, data: Data, plaintexts: list[bytes]
    ) -> list[values.Value]:
        if not member.over:
            return [values.read(member.class_id, member.logical_name, member.member, data)]
        ciphered = _ciphered(data)
        secret = self._secret(message.header.originator)
        plaintext = protection.decrypt(self._suite, secret, message.header, ciphered)
        plaintexts.append(plaintext)
        tag, elements = axdr.decode(plaintext)
        if tag != axdr.STRUCTURE or len(elements) != len(member.over):
            raise DecodeError("the plaintext does not have the attributes that were asked for")
        return [
            values.read(*over, element)
            for over, element in zip(member.over, elements, strict=True)
        ]


def _ciphered(data: Data) -> bytes:
    """The ciphered information behind the protection parameters (class 30, method 1)."""
    tag, elements = data
    if tag != axdr.STRUCTURE or len(elements) != 2 or elements[1][0] != axdr.OCTET_STRING:
        raise DecodeError("not the response of a data protection object")
    ciphered = elements[1][1]
    assert isinstance(ciphered, bytes)
    return ciphered


def _outcome(member: Member, result: int) -> values.Value:
    """What became of a member that returned nothing."""
    method = "m" if member.operation == use_cases.ACTION else ""
    named = (member.class_id, member.logical_name, f"{member.member}{method}")
    if member.over:
        class_id, logical_name, attribute = member.over[0]
        named = (class_id, logical_name, str(attribute))
    return values.Value(values.name(*named), result=_RESULTS.get(result, f"result {result}"))


def _alert(payload: bytes) -> dict[str, Any]:
    tag, elements = DataNotification.decode(payload).body
    if tag != axdr.STRUCTURE or len(elements) < 2:
        raise DecodeError("an alert is a code, a time and what belongs to it")
    code = elements[0][1]
    entry: dict[str, Any] = {"alert": f"{code:04X}", "title": alerts_text.title(code)}
    if isinstance(elements[1][1], bytes):
        entry["time"] = values.moment(elements[1][1])
    entry["content"] = [values.plain(element) for element in elements[2:]]
    return entry


def _credentials(message: Message) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for role in details.decode_details(message.payload):
        name = _ROLE_NAMES.get(role.role, str(role.role))
        if role.status != details.SUCCESS:
            found.append({"name": name, "result": _status(role.status)})
            continue
        cells = {_cell_name(cell): cell.eui.hex() for cell in role.cells}
        found.append({"name": name, "value": {"SequenceNumber": role.sequence_number, **cells}})
    return found


def _replaced(message: Message) -> list[dict[str, Any]]:
    outcome = credentials.replaced(message)
    if outcome is None:
        return [{"name": "UpdateSecurityCredentials", "value": "to be done at its date"}]
    return _outcomes(outcome)


def _replaced_later(message: Message) -> list[dict[str, Any]]:
    code, outcome = credentials.replaced_later(message)
    return [{"alert": f"{code:04X}", "title": alerts_text.title(code)}, *_outcomes(outcome)]


def _outcomes(outcome: Outcome) -> list[dict[str, Any]]:
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
    return _REPLACEMENT_STATUS.get(status, f"status {status}")


_ASN1 = {
    0x0008: _credentials,
    0x011B: _credentials,
    0x00CB: _replaced_later,
    0x0102: _replaced,
    0x0103: _replaced,
}
