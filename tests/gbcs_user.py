"""A remote party that writes GBCS commands and reads responses with the keys of a test lab.

It knows the use-case table and nothing of the DCC: commands go out as the broker would send them.
"""

from __future__ import annotations

from collections.abc import Iterator

from keys import parties
from keys.parties import Party
from keys.store import Keystore
from keys.suite import Suite
from smets.dlms import data as axdr
from smets.dlms.access import AccessRequest, AccessResponse, Specification
from smets.gbcs import protection, use_cases_text
from smets.gbcs.gbz import Component, Gbz
from smets.gbcs.grouping import COMMAND, GroupingHeader
from smets.gbcs.message import Message
from smets.gbcs.use_cases import UseCase
from smets.gbcs.zcl_command import INDEX, ISSUED, Field

ADD_TO_DEVICE_LOG = 0x0001
REMOVE_FROM_DEVICE_LOG = 0x0002
SET_MPAN = 0x004C
READ_MPAN = 0x004E
CLOSE_LOAD_SWITCH = 0x004F

INSTALL_CODE = 1  # what kind of credentials a device joins with
MAC_LENGTH = 12


class GbcsUser:
    """`party` speaking to the devices whose certificates are in `keystore`."""

    def __init__(self, keystore: Keystore, party: Party = parties.SUPPLIER) -> None:
        self.party = party
        self._keystore = keystore
        self._suite = Suite()
        self._secrets: dict[tuple[bytes, bytes], bytes] = {}

    def command(self, code: int, device: bytes, counter: int, *data: axdr.Data) -> bytes:
        """A command; `data` are of its members in order, constants are the table's."""
        use_case = use_cases_text.load().find(code)
        assert use_case is not None
        given = iter(data)
        specifications, values = [], []
        for member in use_case.members:
            specifications.append(
                Specification(
                    member.operation, member.class_id, member.logical_name, member.member
                )
            )
            if member.constant:
                values.append(axdr.decode(member.constant))
            else:
                values.append(axdr.NULL_DATA if member.operation == 1 else next(given))
        payload = AccessRequest(counter & 0xFFFFFF, tuple(specifications), tuple(values)).encode()
        return self._protected(use_case, device, counter, payload)

    def zigbee_command(self, code: int, device: bytes, counter: int, *given: int | bytes) -> bytes:
        """A GBZ command; `given` are the fields in order of which the table has no number."""
        use_case = use_cases_text.load().find(code)
        assert use_case is not None
        numbers = iter(given)
        components: list[Component] = []
        for line in use_case.zcl_commands:
            for index in range(line.times):
                payload = b"".join(each.to_bytes(2, "little") for each in line.attributes)
                payload += b"".join(_field(field, index, numbers) for field in line.fields)
                head = bytes((line.frame_control, len(components), line.command))
                components.append(Component(line.cluster, head, payload))
        payload = Gbz(tuple(components)).encode()
        return self._protected(use_case, device, counter, payload)

    def der_command(self, code: int, device: bytes, counter: int, payload: bytes) -> bytes:
        """A command whose payload is written already."""
        use_case = use_cases_text.load().find(code)
        assert use_case is not None
        return self._protected(use_case, device, counter, payload)

    def _protected(self, use_case: UseCase, device: bytes, counter: int, payload: bytes) -> bytes:
        header = GroupingHeader(COMMAND, counter, self.party.eui, device, use_case.message_code)
        message = Message(header, payload)
        if use_case.is_critical:
            private_key = self._keystore.require_private_key(self.party.eui, "ds")
            protection.sign(self._suite, private_key, message)
        broker = parties.ACCESS_CONTROL_BROKER.eui
        message.mac = protection.message_mac(self._suite, self._secret(broker, device), message)
        return message.encode()

    def open(self, octets: bytes) -> tuple[GroupingHeader, AccessResponse]:
        """A DLMS response, once its protection has been checked."""
        message = self.checked(octets)
        return message.header, AccessResponse.decode(message.payload)

    def open_zigbee(self, octets: bytes) -> tuple[GroupingHeader, list[tuple[int, bytes]]]:
        """A GBZ response: ZCL command and payload in the clear of each component."""
        message = self.checked(octets)
        secret = self._secret(self.party.eui, message.header.originator)
        found = []
        for part in Gbz.decode(message.payload).components:
            payload = part.payload
            if part.frame_counter is not None:
                payload = protection.decrypt(self._suite, secret, message.header, payload)
            found.append((part.zcl_header[2], payload))
        return message.header, found

    def checked(self, octets: bytes) -> Message:
        """A response whose protection holds."""
        message = Message.decode(octets)
        device = message.header.originator
        if message.mac is None:
            public_key = self._keystore.require_public_key(device, "ds")
            protection.check_signature(self._suite, public_key, message)
        else:
            protection.check_mac(self._suite, self._secret(self.party.eui, device), message)
        return message

    def _secret(self, party: bytes, device: bytes) -> bytes:
        if (party, device) not in self._secrets:
            private_key = self._keystore.require_private_key(party, "ka")
            public_key = self._keystore.require_public_key(device, "ka")
            self._secrets[party, device] = self._suite.shared_secret(private_key, public_key)
        return self._secrets[party, device]


def _field(field: Field, index: int, numbers: Iterator[int | bytes]) -> bytes:
    number: int | bytes
    if field.kind == INDEX:
        number = index
    elif field.kind == ISSUED:
        number = 0
    elif field.constant is None:
        number = next(numbers)
    else:
        number = field.constant
    if isinstance(number, bytes):
        return bytes((len(number),)) + number
    return number.to_bytes(field.size, "little")


def listing(eui: bytes, device_type: int) -> tuple[axdr.Data, axdr.Data]:
    """What CCS01 is given to put a device into the log."""
    entry = (
        (axdr.OCTET_STRING, eui),
        (axdr.ENUM, INSTALL_CODE),
        (axdr.OCTET_STRING, bytes(16)),
        (axdr.ENUM, device_type),
    )
    return (axdr.STRUCTURE, entry), (axdr.LONG_UNSIGNED, 90)
