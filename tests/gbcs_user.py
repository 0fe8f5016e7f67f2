"""A remote party that writes GBCS commands and reads responses with the keys of a test lab.

It knows the use-case table and nothing of the DCC: commands go out as the broker would send them.
"""

from __future__ import annotations

from keys import parties
from keys.parties import Party
from keys.store import Keystore
from keys.suite import Suite
from smets.dlms import data as axdr
from smets.dlms.access import AccessRequest, AccessResponse, Specification
from smets.gbcs import protection, use_cases_text
from smets.gbcs.grouping import COMMAND, GroupingHeader
from smets.gbcs.message import Message

ADD_TO_DEVICE_LOG = 0x0001
REMOVE_FROM_DEVICE_LOG = 0x0002
SET_MPAN = 0x004C
READ_MPAN = 0x004E
CLOSE_LOAD_SWITCH = 0x004F

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
        header = GroupingHeader(COMMAND, counter, self.party.eui, device, code)
        message = Message(header, payload)
        if use_case.is_critical:
            private_key = self._keystore.require_private_key(self.party.eui, "ds")
            protection.sign(self._suite, private_key, message)
        broker = parties.ACCESS_CONTROL_BROKER.eui
        message.mac = protection.message_mac(self._suite, self._secret(broker, device), message)
        return message.encode()

    def open(self, octets: bytes) -> tuple[GroupingHeader, AccessResponse]:
        """A response, once its protection has been checked."""
        message = Message.decode(octets)
        device = message.header.originator
        if message.mac is None:
            public_key = self._keystore.require_public_key(device, "ds")
            protection.check_signature(self._suite, public_key, message)
        else:
            protection.check_mac(self._suite, self._secret(self.party.eui, device), message)
        return message.header, AccessResponse.decode(message.payload)

    def _secret(self, party: bytes, device: bytes) -> bytes:
        if (party, device) not in self._secrets:
            private_key = self._keystore.require_private_key(party, "ka")
            public_key = self._keystore.require_public_key(device, "ka")
            self._secrets[party, device] = self._suite.shared_secret(private_key, public_key)
        return self._secrets[party, device]


def listing(eui: bytes, device_type: int) -> tuple[axdr.Data, axdr.Data]:
    """What CCS01 is given to put a device into the log."""
    entry = (
        (axdr.OCTET_STRING, eui),
        (axdr.ENUM, device_type),
        (axdr.OCTET_STRING, bytes(16)),
        (axdr.ENUM, 0),
    )
    return (axdr.STRUCTURE, entry), (axdr.LONG_UNSIGNED, 90)
