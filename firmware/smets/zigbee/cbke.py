"""Certificate-based key establishment (Smart Energy, annex C) as two engines.

The joining device is the initiator and client of the Key Establishment cluster, the trust centre
the responder and server. An engine takes the commands of its partner and the time, and returns
the command to send, as (command id, payload), or None; it never raises for what it receives.
The octets of a payload are those after the ZCL header.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError, RefusedError
from smets.codec.reader import Reader
from smets.zigbee import cbke_certificate
from smets.zigbee.cbke_certificate import POINT_SIZES, PRIVATE_KEY_SIZES, SIZES

if TYPE_CHECKING:
    from smets.zigbee.suite import Random, ZigbeeSuite

    Command = tuple[int, bytes]

SUITE_ATTRIBUTE = 0x0000  # KeyEstablishmentSuite, a bitmap with bit number - 1 of each suite

# A command has one identifier in both directions: the response's is that of its request.
INITIATE = 0x00
EPHEMERAL_DATA = 0x01
CONFIRM_KEY = 0x02
TERMINATE = 0x03

# Status of Terminate.
UNKNOWN_ISSUER = 0x01
BAD_KEY_CONFIRM = 0x02
BAD_MESSAGE = 0x03
NO_RESOURCES = 0x04
UNSUPPORTED_SUITE = 0x05
INVALID_CERTIFICATE = 0x06
# Ends an engine without a command.
TIME_OUT = 0x00

REASONS = (
    "no answer in time",
    "certificate by another CA",
    "key confirmation mismatch",
    "message that is not in order",
    "partner has no resources",
    "key establishment suite not supported",
    "invalid certificate",
)

# Seconds. A partner may take what it announces; a message there and one back take the rest.
GENERATE_TIMES = (10, 10)  # ephemeral data, key confirmation
TRANSPORT_TIME = 10
_LONGEST = 0xFE

MAC_SIZE = 16
_MAC_KEY, _LINK_KEY = bytes((0, 0, 0, 1)), bytes((0, 0, 0, 2))
_INITIATOR, _RESPONDER = b"\x02", b"\x03"


class Identity:
    """What a device proves itself with: suite number, certificate, private key, its CA's key.

    DecodeError when the certificate is not one.
    """

    def __init__(
        self, number: int, certificate: bytes, private_key: bytes, ca_public_key: bytes
    ) -> None:
        found = cbke_certificate.decode(number, certificate)
        self.number = number
        self.certificate = certificate
        self.private_key = private_key
        self.ca_public_key = ca_public_key
        self.eui = found.subject
        self.issuer = found.issuer

    def encode(self) -> bytes:
        """Certificate, private key and CA's key one after the other, for a device's store."""
        return self.certificate + self.private_key + self.ca_public_key

    @classmethod
    def decode(cls, number: int, encoded: bytes) -> Identity:
        """The identity in octets of `encode`; DecodeError when they are none."""
        reader = Reader(encoded)
        found = cls(
            number,
            reader.take(SIZES[number]),
            reader.take(PRIVATE_KEY_SIZES[number]),
            reader.take(POINT_SIZES[number]),
        )
        reader.finish()
        return found


class Ended:
    """How an engine ended without a key: the status of Terminate, who said so, and what next.

    `by_partner`: the partner ended it. It is not to be asked again for `wait_time` s.
    """

    def __init__(self, status: int, by_partner: bool = False, wait_time: int = 0) -> None:
        self.status = status
        self.by_partner = by_partner
        self.wait_time = wait_time

    @property
    def reason(self) -> str:
        """The status in words."""
        return REASONS[self.status] if self.status < len(REASONS) else "unknown reason"


def terminate(status: int, wait_time: int, number: int) -> Command:
    """The Terminate command of a device with that suite, also for whom no engine is there."""
    return TERMINATE, bytes((status, wait_time)) + _bitmap(number)


class _Engine:
    """What both sides do.

    Args:
        suite: the primitives.
        identity: who this device is.
        partner: EUI-64 that the partner's certificate has to name.
        random: gives octets for the ephemeral key.
        times: seconds that this device may take for its ephemeral data and key confirmation.
        unix_time: the certificate has to be valid then; None where the time is not known.
    """

    _ROLE = _PARTNER_ROLE = b""

    def __init__(
        self,
        suite: ZigbeeSuite,
        identity: Identity,
        partner: bytes,
        random: Random,
        times: tuple[int, int] = GENERATE_TIMES,
        unix_time: int | None = None,
    ) -> None:
        self.link_key: bytes | None = None
        self.ended: Ended | None = None
        self.deadline: int | None = None
        self._suite = suite
        self._identity = identity
        self._partner = partner
        self._random = random
        self._times = times
        self._unix_time = unix_time
        self._expected = INITIATE
        self._partner_times = (0, 0)
        self._partner_key = self._partner_ephemeral = b""
        self._private_key = self._ephemeral = b""
        self._mac_key = self._unconfirmed = b""

    def receive(self, command: int, payload: bytes, now: int) -> Command | None:
        """Takes a command of the partner at `now`, in seconds of any clock."""
        self.poll(now)
        if self.ended is not None:
            return None
        if command == TERMINATE:
            self._take_terminate(payload)
            return None
        if self.link_key is not None:
            return None  # a repetition: the key stands
        status = BAD_MESSAGE
        try:
            answer = self._take(command, Reader(payload))
            if self.link_key is None:
                # It is now at the partner to make its own part of that phase.
                self._allow(now, self._partner_times[command])
            return answer
        except DecodeError:
            pass
        except RefusedError as refused:
            status = refused.code
        except MemoryError:
            status = NO_RESOURCES
        return self._end(status)

    def poll(self, now: int) -> None:
        """Ends the engine when the partner is late; `deadline` tells when that is."""
        if self.deadline is not None and now > self.deadline:
            self._close(Ended(TIME_OUT))

    def _take(self, command: int, reader: Reader) -> Command | None:
        """The answer to the command whose turn it is."""
        if command != self._expected:
            raise DecodeError("out of turn")
        self._expected += 1
        if command == INITIATE:
            self._take_initiate(reader)
        elif command == EPHEMERAL_DATA:
            self._take_ephemeral_data(reader)
        else:
            self._take_confirm_key(reader)
        return self._answer(command)

    def _answer(self, command: int) -> Command | None:
        raise NotImplementedError

    def _initiate(self) -> Command:
        identity = self._identity
        return INITIATE, _bitmap(identity.number) + bytes(self._times) + identity.certificate

    def _take_initiate(self, reader: Reader) -> None:
        identity = self._identity
        number = identity.number
        if reader.take(2) != _bitmap(number):
            raise RefusedError("another suite", UNSUPPORTED_SUITE)
        self._partner_times = reader.octet(), reader.octet()
        if max(self._partner_times) > _LONGEST:
            raise DecodeError("a time without end")
        encoded = reader.take(SIZES[number])
        reader.finish()
        try:
            certificate = cbke_certificate.decode(number, encoded)
            if certificate.issuer != identity.issuer:
                raise RefusedError("not by our CA", UNKNOWN_ISSUER)
            if certificate.subject != self._partner:
                raise DecodeError("somebody else's certificate")
            if self._unix_time is not None and not certificate.is_valid_at(self._unix_time):
                raise DecodeError("not valid now")
            self._partner_key = self._suite.certificate_public_key(
                number, identity.ca_public_key, encoded, certificate.reconstruction
            )
        except DecodeError:
            raise RefusedError("not a good certificate", INVALID_CERTIFICATE) from None

    def _ephemeral_data(self) -> Command:
        self._private_key, self._ephemeral = self._suite.curve_key(
            self._identity.number, self._random
        )
        return EPHEMERAL_DATA, self._ephemeral

    def _take_ephemeral_data(self, reader: Reader) -> None:
        self._partner_ephemeral = reader.take(POINT_SIZES[self._identity.number])
        reader.finish()

    def _agree(self) -> None:
        """C.4.2.2.3: the secret of all four keys gives the link key and that of the MACs."""
        secret = self._suite.mqv(
            self._identity.number,
            (self._identity.private_key, self._private_key, self._ephemeral),
            (self._partner_key, self._partner_ephemeral),
        )
        self._private_key = b""
        self._mac_key = self._suite.mmo(secret + _MAC_KEY)
        self._unconfirmed = self._suite.mmo(secret + _LINK_KEY)

    def _confirm_key(self) -> Command:
        own, other = self._identity.eui, self._partner
        text = self._ROLE + own + other + self._ephemeral + self._partner_ephemeral
        return CONFIRM_KEY, self._suite.keyed_hash(self._mac_key, text)

    def _take_confirm_key(self, reader: Reader) -> None:
        received = reader.take(MAC_SIZE)
        reader.finish()
        own, other = self._identity.eui, self._partner
        text = self._PARTNER_ROLE + other + own + self._partner_ephemeral + self._ephemeral
        difference = 0
        for ours, theirs in zip(self._suite.keyed_hash(self._mac_key, text), received):
            difference |= ours ^ theirs
        if difference:
            raise RefusedError("another key", BAD_KEY_CONFIRM)

    def _establish(self) -> None:
        self.link_key = self._unconfirmed
        self._forget()

    def _take_terminate(self, payload: bytes) -> None:
        status, wait_time = BAD_MESSAGE, 0
        if len(payload) == 4:
            status, wait_time = payload[0], payload[1]
        self._close(Ended(status, by_partner=True, wait_time=wait_time))

    def _end(self, status: int) -> Command:
        self._close(Ended(status))
        return terminate(status, 0, self._identity.number)

    def _close(self, ended: Ended) -> None:
        self.ended = ended
        self.link_key = None
        self._forget()

    def _forget(self) -> None:
        self.deadline = None
        self._private_key = self._mac_key = self._unconfirmed = b""

    def _allow(self, now: int, generate_time: int) -> None:
        self.deadline = now + generate_time + TRANSPORT_TIME


class Initiator(_Engine):
    """The joining device's side: `start`, then `receive` what comes."""

    _ROLE, _PARTNER_ROLE = _INITIATOR, _RESPONDER

    def start(self, now: int) -> Command:
        """The first command."""
        self._allow(now, 0)
        return self._initiate()

    def _answer(self, command: int) -> Command | None:
        if command == INITIATE:
            return self._ephemeral_data()
        if command == EPHEMERAL_DATA:
            self._agree()
            return self._confirm_key()
        self._establish()
        return None

    def _take_terminate(self, payload: bytes) -> None:
        # Whoever has proved the key with its MAC has nothing to take back.
        if self.link_key is None:
            super()._take_terminate(payload)


class Responder(_Engine):
    """The trust centre's side, one for each partner and Initiate: who starts anew gets a new one.

    Its `link_key` stands once its own confirmation is out; a Terminate that the partner sends for
    that one takes it back.
    """

    _ROLE, _PARTNER_ROLE = _RESPONDER, _INITIATOR

    def _answer(self, command: int) -> Command | None:
        if command == INITIATE:
            return self._initiate()
        if command == EPHEMERAL_DATA:
            answer = self._ephemeral_data()
            self._agree()
        else:
            answer = self._confirm_key()
            self._establish()
        return answer


def _bitmap(number: int) -> bytes:
    return (1 << number - 1).to_bytes(2, "little")
