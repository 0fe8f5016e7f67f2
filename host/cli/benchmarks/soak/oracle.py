"""What a meter may accept: judged by other code than the meter's own.

A command that was answered has to be one that says what it says in one way only: it encodes to
its octets, names what its use case names, comes from a party of a role that may send it, with a
counter above all before. What an object was set to has to have the shape that it has.
"""

from __future__ import annotations

from typing import Any

from host.cli.benchmarks.household import BROKER
from host.cli.benchmarks.soak.tally import LenientError
from host.cli.benchmarks.soak.templates import ELECTRICITY, Meter, Template
from host.conformance import der_tree
from keys import parties
from keys.store import Keystore
from keys.suite import Suite
from smets.codec.errors import SmetsError
from smets.dlms.access import AccessRequest, AccessResponse
from smets.gbcs import credentials_update, protection, use_cases, use_cases_text
from smets.gbcs.gbz import Gbz
from smets.gbcs.grouping import ALERT, COMMAND, RESPONSE
from smets.gbcs.message import Message
from smets.gbcs.use_cases import UseCase

NOT_SUPPORTED = 0x0120
CREDENTIALS = (*range(0x0100, 0x010A), 0x0125, 0x0126)  # CS02b and CS02g
PROTECTED = (use_cases.PROTECTED, use_cases.PROTECTED_RANGE)
CHANGES = (use_cases.SET, use_cases.ACTION)


class Oracle:
    """Judges what one meter answers; remembers the counters that it has accepted."""

    def __init__(self, keys: Keystore, meter: Meter = ELECTRICITY) -> None:
        self._keys = keys
        self._meter = meter
        self._suite = Suite()
        self._accepted: dict[int, int] = {}
        self._certificates = {held.certificate.encoded for held in keys.certificates()}

    def forget(self) -> None:
        """The meter is a new one."""
        self._accepted.clear()

    def judge(self, octets: bytes, template: Template, answer: bytes) -> None:
        """LenientError unless the meter was right to answer `octets`, and to answer so."""
        command, response = Message.decode(octets), Message.decode(answer)
        case = self._check_command(octets, command)
        self._check_response(command, response, answer)
        if response.header.message_code == NOT_SUPPORTED:
            return
        if not case.is_for(self._meter.device_type):
            raise LenientError(f"{case.name} is not for this kind of meter")
        if case.payload == use_cases.DLMS:
            self._check_access(command, response, case, template)
        elif case.payload == use_cases.GBZ:
            _check_zigbee(command, response, case)
        else:
            self._check_credentials(command, response)

    def _check_command(self, octets: bytes, command: Message) -> UseCase:
        header = command.header
        if command.encode() != octets:
            raise LenientError("the command does not encode to its octets")
        if header.cra_flag != COMMAND or header.recipient != self._meter.eui:
            raise LenientError("it is no command to this meter")
        case = use_cases_text.load().find(header.message_code)
        if case is None or not case.is_command:
            raise LenientError("its message code is that of no command")
        party = parties.party_of(header.originator)
        if party is None or not case.may_come_from(party.role):
            raise LenientError(f"{case.name} may not come from {header.originator.hex()}")
        if case.replay_protected:
            if header.originator_counter <= self._accepted.get(party.role, 0):
                raise LenientError("its counter was used before")
            self._accepted[party.role] = header.originator_counter
        self._check_protection(command, case)
        return case

    def _check_protection(self, command: Message, case: UseCase) -> None:
        header = command.header
        try:
            if case.is_critical or command.signature:
                public_key = self._keys.require_public_key(header.originator, "ds")
                protection.check_signature(self._suite, public_key, command)
            if command.mac is not None:
                protection.check_mac(self._suite, self._secret(BROKER), command)
            elif not command.signature:
                raise LenientError("it has no protection")
        except SmetsError as error:
            raise LenientError(f"its protection: {error}") from error

    def _check_response(self, command: Message, response: Message, answer: bytes) -> None:
        asked, header = command.header, response.header
        if response.encode() != answer:
            raise LenientError("the answer does not encode to its octets")
        expected = (self._meter.eui, asked.originator, asked.supplementary_remote_party)
        if (header.originator, header.recipient, header.supplementary_remote_party) != expected:
            raise LenientError("the answer is of another or for another")
        alert = header.message_code == NOT_SUPPORTED
        if header.cra_flag != (ALERT if alert else RESPONSE):
            raise LenientError("the answer is neither response nor alert")
        same = (asked.message_code, asked.originator_counter)
        if not alert and (header.message_code, header.originator_counter) != same:
            raise LenientError("the response is to another command")
        try:
            if response.signature:
                public_key = self._keys.require_public_key(self._meter.eui, "ds")
                protection.check_signature(self._suite, public_key, response)
            else:
                secret = self._secret(header.recipient)
                protection.check_mac(self._suite, secret, response)
        except SmetsError as error:
            raise LenientError(f"the answer's protection: {error}") from error

    def _secret(self, party: bytes) -> bytes:
        private_key = self._keys.require_private_key(party, "ka")
        public_key = self._keys.require_public_key(self._meter.eui, "ka")
        return self._suite.shared_secret(private_key, public_key)

    def _check_access(
        self, command: Message, response: Message, case: UseCase, template: Template
    ) -> None:
        try:
            request = AccessRequest.decode(command.payload)
            answer = AccessResponse.decode(response.payload)
        except SmetsError as error:
            raise LenientError(f"it is no access request: {error}") from error
        if request.encode() != command.payload:
            raise LenientError("the access request does not encode to its octets")
        low = command.header.originator_counter & 0xFFFFFF
        if (request.invoke_id, answer.invoke_id) != (low, low):
            raise LenientError("the invoke identifier is not of the counter")
        asked = [(each.choice, *_object(each)) for each in request.specifications]
        named = [(_choice(each.operation), *_object(each)) for each in case.members]
        if asked != named:
            raise LenientError("it does not name what its use case names")
        self._check_values(request, answer, case, template)

    def _check_values(
        self, request: AccessRequest, answer: AccessResponse, case: UseCase, template: Template
    ) -> None:
        valid = Message.decode(template.octets)
        same_case = valid.header.message_code == case.message_code
        expected = AccessRequest.decode(valid.payload).data if same_case else request.data
        for member, data, right, (_, result) in zip(
            case.members, request.data, expected, answer.results, strict=True
        ):
            if result or member.operation not in CHANGES:
                continue
            if _shape(data) - _shape(right):
                raise LenientError(f"attribute {member.member} was set to another type")

    def _check_credentials(self, command: Message, response: Message) -> None:
        if command.header.message_code not in CREDENTIALS:
            _check_der(command.payload)
            return
        (update,) = _parts(command.payload, 1)
        control, replacements, path, *time = _parts(_content(update), 3)
        pairs = [_parts(_content(pair), 2) for pair in _elements(_content(replacements))]
        _elements(_content(path))
        for strict in (control, *(cell for _, cell in pairs), *time):
            _check_der(strict)
        outcome = credentials_update.decode_response(response.payload)
        if outcome is None:
            return  # it is future dated
        for cell, (certificate, _) in zip(outcome.cells, pairs, strict=True):
            if not cell.status and certificate not in self._certificates:
                raise LenientError("a certificate that nobody issued was taken")


def _check_zigbee(command: Message, response: Message, case: UseCase) -> None:
    """The ZCL commands are those of the use case, and each has an answer."""
    try:
        request, answer = Gbz.decode(command.payload), Gbz.decode(response.payload)
    except SmetsError as error:
        raise LenientError(f"it is no GBZ payload: {error}") from error
    if request.encode() != command.payload:
        raise LenientError("the GBZ payload does not encode to its octets")
    lines = [line for line in case.zcl_commands for _ in range(line.times)]
    named = [(line.cluster, line.frame_control, line.command) for line in lines]
    asked = [(each.cluster, each.zcl_header[0], each.zcl_header[2]) for each in request.components]
    if asked != named:
        raise LenientError("it does not call what its use case calls")
    for line, component in zip(lines, request.components, strict=True):
        constants = b"".join(each.to_bytes(2, "little") for each in line.attributes)
        if line.attributes and component.payload != constants:
            raise LenientError("it reads other attributes than its use case")
        if not line.attributes:
            line.decode(component.payload)
    numbers = [each.zcl_header[1] for each in request.components]
    answered = list(dict.fromkeys(each.zcl_header[1] for each in answer.components))
    if set(answered) != set(numbers):
        raise LenientError("a ZCL command has no answer")


def _check_der(octets: bytes) -> None:
    try:
        tree = der_tree.decode(octets)
    except SmetsError as error:
        raise LenientError(f"it is no DER: {error}") from error
    if tree.encode() != octets or list(tree.non_minimal()):
        raise LenientError("its DER is not in the shortest form")


def _parts(octets: bytes, least: int) -> list[bytes]:
    found = _elements(octets)
    if len(found) < least:
        raise LenientError(f"{len(found)} parts where {least} belong")
    return found


def _elements(octets: bytes) -> list[bytes]:
    """DER elements one behind the other; what is inside, as in certificates, may be anything."""
    found = []
    at = 0
    while at < len(octets):
        start = at + 2
        size = octets[at + 1] if at + 1 < len(octets) else 0xFF
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(octets[at + 2 : start], "big")
        end = start + size
        if end > len(octets) or start - at != 2 + _length_octets(size):
            raise LenientError("its DER is cut off, or not in the shortest form")
        found.append(octets[at:end])
        at = end
    return found


def _content(element: bytes) -> bytes:
    return element[2 + (element[1] & 0x7F if element[1] & 0x80 else 0) :]


def _length_octets(size: int) -> int:
    return 0 if size < 0x80 else (size.bit_length() + 7) // 8


def _object(member: Any) -> tuple[int, bytes, int]:
    return member.class_id, member.logical_name, member.member


def _choice(operation: int) -> int:
    return use_cases.ACTION if operation in PROTECTED else operation


def _shape(data: Any, path: tuple[Any, ...] = ()) -> set[tuple[Any, ...]]:
    """Tags by their place; elements of an array share one."""
    tag, value = data
    found = {(*path, tag)}
    if isinstance(value, tuple):
        for at, each in enumerate(value):
            if isinstance(each, tuple) and len(each) == 2 and isinstance(each[0], int):
                found |= _shape(each, (*path, tag, 0 if tag == 1 else at))
    return found
