"""Opening what a device says: check, decrypt, decode to named values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dcc_stub.broker.users import Directory
from dcc_stub.user import alert_values, der_values, gbz_values, values, zcl_values
from dcc_stub.user.gbz_values import Answer
from keys import parties
from keys.errors import NotHeldError
from smets.codec.errors import AuthenticationError, DecodeError
from smets.dlms import data as axdr
from smets.dlms.access import AccessResponse
from smets.dlms.notification import DATA_NOTIFICATION
from smets.gbcs import grouping, protection, use_cases, use_cases_text
from smets.gbcs.gbz import PROFILE_SMART_ENERGY, Gbz, GbzAlert
from smets.gbcs.message import SIGNATURE_LENGTH, Message
from smets.zigbee.zcl import Frame

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from smets.dlms.data import Data
    from smets.gbcs.gbz import Component
    from smets.gbcs.suite import Suite
    from smets.gbcs.use_cases import Member, UseCase

SUCCESS = "success"
BILLING_DATA = 0x008B  # GCS53: an alert that carries ZCL commands
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
        code, payload = case.message_code, message.payload
        if payload[:1] == bytes((DATA_NOTIFICATION,)):
            return [alert_values.dlms(code, payload)]
        if payload[:2] == PROFILE_SMART_ENERGY:
            return self._gbz(message, case, plaintexts)
        if case.payload == use_cases.DLMS and case.members:
            return self._access(message, case, plaintexts)
        reader = der_values.find(code)
        return reader(message) if reader else [{"payload": payload.hex()}]

    def _gbz(
        self, message: Message, case: UseCase, plaintexts: list[bytes]
    ) -> list[dict[str, Any]]:
        if message.header.cra_flag == grouping.ALERT and case.message_code != BILLING_DATA:
            return [alert_values.gbz(case.message_code, message.payload)]
        if message.header.cra_flag == grouping.ALERT:
            alert = GbzAlert.decode(message.payload, True)
            return [
                alert_values.entry(alert.alert_code, alert.time),
                *self._pushed(message, alert.components, plaintexts),
            ]
        components = Gbz.decode(message.payload).components
        answers = [self._answer(message, each, plaintexts) for each in components]
        if not case.zcl_commands:
            return [{"payload": message.payload.hex()}]
        return [value.as_json() for value in gbz_values.values(case, answers)]

    def _pushed(
        self, message: Message, components: Sequence[Component], plaintexts: list[bytes]
    ) -> Iterator[dict[str, Any]]:
        """ZCL commands that a device sends without being asked."""
        for component in components:
            cluster, frame = self._answer(message, component, plaintexts)
            found = zcl_values.answers(cluster, frame.to_client, frame.command, [frame.payload])
            yield from (value.as_json() for value in found)

    def _answer(self, message: Message, component: Component, plaintexts: list[bytes]) -> Answer:
        payload = component.payload
        if component.frame_counter is not None:
            secret = self._secret(message.header.originator)
            payload = protection.decrypt(self._suite, secret, message.header, payload)
            plaintexts.append(payload)
        return Answer(component.cluster, Frame.decode(component.zcl_header + payload))

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
            return [values.read(member.class_id, member.logical_name, _place(member), data)]
        ciphered = _ciphered(data)
        secret = self._secret(message.header.originator)
        plaintext = protection.decrypt(self._suite, secret, message.header, ciphered)
        plaintexts.append(plaintext)
        tag, elements = axdr.decode(plaintext)
        if tag != axdr.STRUCTURE or len(elements) != len(member.over):
            raise DecodeError("the plaintext does not have the attributes that were asked for")
        return [
            values.read(class_id, logical_name, str(attribute), element)
            for (class_id, logical_name, attribute), element in zip(
                member.over, elements, strict=True
            )
        ]


def _ciphered(data: Data) -> bytes:
    """The ciphered information behind the protection parameters (class 30, method 1)."""
    tag, elements = data
    if tag != axdr.STRUCTURE or len(elements) != 2 or elements[1][0] != axdr.OCTET_STRING:
        raise DecodeError("not the response of a data protection object")
    ciphered = elements[1][1]
    assert isinstance(ciphered, bytes)
    return ciphered


def _place(member: Member) -> str:
    """An attribute's number, or a method's with its mark."""
    return f"{member.member}m" if member.operation == use_cases.ACTION else str(member.member)


def _outcome(member: Member, result: int) -> values.Value:
    """What became of a member that returned nothing."""
    named = (member.class_id, member.logical_name, _place(member))
    if member.over:
        class_id, logical_name, attribute = member.over[0]
        named = (class_id, logical_name, str(attribute))
    return values.Value(values.name(*named), result=_RESULTS.get(result, f"result {result}"))
