"""Valid commands to begin from, and fresh ones like them: the lab has all keys."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import NamedTuple

from host.cli.benchmarks.household import BROKER, NOW, YESTERDAY, open_commands
from keys import parties
from keys.store import Keystore
from keys.suite import Suite
from smets.gbcs import protection, roles
from smets.gbcs.message import Message

METER = parties.ESME.eui
SUPPLIER = parties.SUPPLIER.eui
NETWORK_OPERATOR = parties.NETWORK_OPERATOR.eui
OTHER_USER = parties.OTHER_USER.eui

# Service request, what it is given, and who asks; together every shape of command to an ESME.
REQUESTS: tuple[tuple[str, Sequence[tuple[str, str]], bytes], ...] = (
    *((variant, (), SUPPLIER) for variant in ("4.1.1", "4.1.2", "4.1.3", "4.11.1", "4.13")),
    *((variant, (), SUPPLIER) for variant in ("4.15", "4.16", "4.18", "6.2.1", "6.2.2")),
    *((variant, (), SUPPLIER) for variant in ("6.2.3", "6.2.4", "6.2.5", "6.2.7", "6.2.9")),
    *((variant, (), SUPPLIER) for variant in ("7.1", "7.2", "7.3", "7.4", "6.11")),
    *((variant, (), SUPPLIER) for variant in ("6.15.1", "6.24.1", "11.2")),
    *((variant, YESTERDAY, SUPPLIER) for variant in ("4.6.1", "4.8.1", "4.17", "4.10")),
    *((variant, YESTERDAY, NETWORK_OPERATOR) for variant in ("4.8.2", "4.8.3", "4.10")),
    ("6.13", (*YESTERDAY, ("LogToRead", "Event")), SUPPLIER),
    ("6.13", (*YESTERDAY, ("LogToRead", "Security")), SUPPLIER),
    ("6.12", (("LowMediumPowerThreshold", "5"), ("MediumHighPowerThreshold", "9")), SUPPLIER),
    ("6.20.1", (("ImportMPAN", "1200012345678"),), SUPPLIER),
    ("6.20.2", (("ExportMPAN", "1200012345679"),), SUPPLIER),
    ("4.2", (), NETWORK_OPERATOR),
    ("6.15.1", (), NETWORK_OPERATOR),
    ("6.24.1", (), NETWORK_OPERATOR),
    ("6.2.4", (), OTHER_USER),
    ("4.8.1", YESTERDAY, OTHER_USER),
    ("4.17", YESTERDAY, OTHER_USER),
)


# The same for a GSME.
GAS_REQUESTS: tuple[tuple[str, Sequence[tuple[str, str]], bytes], ...] = (
    *((variant, (), SUPPLIER) for variant in ("4.1.1", "4.1.2", "4.1.4", "4.3", "4.18")),
    *((variant, (), SUPPLIER) for variant in ("6.2.4", "6.2.7", "6.2.8", "6.2.9", "11.2")),
    *((variant, (), SUPPLIER) for variant in ("7.2", "7.3", "7.4", "6.11", "3.3")),
    *((variant, (), SUPPLIER) for variant in ("6.15.1", "6.24.1")),
    *((variant, YESTERDAY, SUPPLIER) for variant in ("4.6.1", "4.8.1", "4.4.3")),
    ("6.13", (*YESTERDAY, ("LogToRead", "Event")), SUPPLIER),
    ("6.13", (*YESTERDAY, ("LogToRead", "Security")), SUPPLIER),
    ("6.20.1", (("ImportMPRN", "1234567890"),), SUPPLIER),
    ("7.4", (), NETWORK_OPERATOR),
    ("6.15.1", (), NETWORK_OPERATOR),
    ("6.2.4", (), OTHER_USER),
    ("6.2.7", (), OTHER_USER),
)


class Meter(NamedTuple):
    """Who gets the messages, as what, and what valid ones ask for."""

    eui: bytes
    device_type: int
    requests: tuple[tuple[str, Sequence[tuple[str, str]], bytes], ...]


ELECTRICITY = Meter(METER, roles.ESME, REQUESTS)
GAS = Meter(parties.GSME.eui, roles.GSME, GAS_REQUESTS)


class Template(NamedTuple):
    """A valid command, and the service request that it is of."""

    name: str
    octets: bytes


def templates(keys: Keystore, meter: Meter = ELECTRICITY) -> list[Template]:
    """One command for each of the meter's requests."""
    with open_commands(keys, [meter.eui]) as commands:
        return [
            Template(variant, commands.make(variant, meter.eui, NOW, pairs, party))
            for variant, pairs, party in meter.requests
        ]


class Smith:
    """Makes commands with any header and payload that are protected as they should be."""

    def __init__(self, keys: Keystore, meter: Meter = ELECTRICITY) -> None:
        self._keys = keys
        self._suite = Suite()
        self._secret = self._suite.shared_secret(
            keys.require_private_key(BROKER, "ka"), keys.require_public_key(meter.eui, "ka")
        )
        self.counter = 0

    def start_above(self, known: Sequence[Template]) -> None:
        """From now on every counter is above those of the templates."""
        for each in known:
            self.counter = max(self.counter, Message.decode(each.octets).header.originator_counter)

    def fresh(self, template: Template) -> Message:
        """The template with a new counter wherever its own stands; not yet protected."""
        message = Message.decode(template.octets)
        message.header = copy.copy(message.header)
        old = message.header.originator_counter
        self.counter += 1
        message.header.originator_counter = self.counter
        payload = message.payload
        if payload[:1] == b"\xd9":
            payload = payload[:2] + _low(self.counter) + payload[5:]
        message.payload = payload.replace(_shortest(old), _shortest(self.counter))
        other = message.header.supplementary_remote_party_counter
        if other is not None:
            message.header.supplementary_remote_party_counter = self.counter
            message.payload = message.payload.replace(_shortest(other), _shortest(self.counter))
        return message

    def protect(self, message: Message, signer: bytes | None = None) -> bytes:
        """Signs when the message has a signature, adds the broker's MAC when it has one.

        The signer is the originator, if that is one of the lab's parties.
        """
        if message.signature:
            wanted = signer or message.header.originator
            private_key = self._keys.private_key(wanted, "ds") or self._keys.require_private_key(
                SUPPLIER, "ds"
            )
            protection.sign(self._suite, private_key, message)
        if message.mac is not None:
            message.mac = protection.message_mac(self._suite, self._secret, message)
        return message.encode()

    def renumber(self, message: Message) -> None:
        """Puts the counter of a changed header into a DLMS payload."""
        if message.payload[:1] == b"\xd9":
            low = _low(message.header.originator_counter)
            message.payload = message.payload[:2] + low + message.payload[5:]


def _low(counter: int) -> bytes:
    return (counter & 0xFFFFFF).to_bytes(3, "big")


def _shortest(counter: int) -> bytes:
    """As it stands in DER, and at the end of its 8 octets."""
    return counter.to_bytes((counter.bit_length() + 7) // 8, "big")
