"""A device and the parties it trusts, with fixed keys and any Suite: for every interpreter."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from smets.codec.reader import write_length
from smets.device.device import Device
from smets.device.provisioning import provision
from smets.device.ram_flash import RamFlash
from smets.device.store import Store
from smets.gbcs import protection, roles
from smets.gbcs.grouping import COMMAND, GroupingHeader
from smets.gbcs.message import Message
from smets.gbcs.use_cases import UseCases
from tests.smets.device.loaded_objects import LoadedObjects

if TYPE_CHECKING:
    from smets.device.flash import Flash
    from smets.device.provisioning import Cell
    from smets.gbcs.suite import Suite

NOW = 845_000_000  # in October 2026
DEVICE = bytes.fromhex("00db1234567890a0")

NULL = b"\x00"
GET, SET, ACTION, RANGE = 1, 2, 3, 4

READ_POWER = 0x0028  # ECS17c, non-critical
READ_IMPORT = 0x0027  # ECS17b, class 30
READ_DAILY = 0x0034  # ECS21b, class 30 with a period
READ_PROFILE = 0x0038  # ECS22c, a period in the clear
CLOSE_SWITCH = 0x004F  # ECS42, critical, protected against replay
SET_MPAN = 0x004C  # ECS39a, non-critical, protected against replay
CREDIT_MODE = 0x001A  # ECS02, which devices lack so far
ASK_CREDENTIALS = 0x0008  # CS02a

POWER = (1, bytes.fromhex("00005e2c2214"), 2)
IMPORT = (1, bytes.fromhex("00005e2c220a"), 2)
DAILY = (7, bytes.fromhex("0000620108ff"), 2)
PROFILE = (7, bytes.fromhex("0000630102ff"), 2)
SWITCH = (9, bytes.fromhex("00000a006aff"), 1)
MPAN = (1, bytes.fromhex("00005e2c220b"), 2)
PROTECT_IMPORT = (30, bytes.fromhex("00002b0208ff"), 1)
PROTECT_DAILY = (30, bytes.fromhex("00002b0206ff"), 1)

POWER_VALUE = bytes.fromhex("06000001f4")
IMPORT_VALUE = bytes.fromhex("02020600000a5f0600000001")
ROWS = bytes.fromhex("13020206061000000001000000020000000300000004")

CLOSE = bytes.fromhex("120033")
MPAN_VALUE = b"\x09\x0d1234567890123"


def period(start: int, end: int) -> bytes:
    """Selector and parameter of a ranged get."""
    times = b"\x06" + start.to_bytes(4, "big") + b"\x06" + end.to_bytes(4, "big")
    return (
        bytes.fromhex("01020402041200010906" + "00005e2c64ff" + "0f02120000") + times + b"\x01\x00"
    )


PLAIN = {
    READ_POWER: (GET, POWER, NULL),
    READ_PROFILE: (RANGE, PROFILE, period(NOW - 3600, NOW)),
    CLOSE_SWITCH: (ACTION, SWITCH, CLOSE),
    SET_MPAN: (SET, MPAN, MPAN_VALUE),
}


class Party:
    """An organisation."""

    def __init__(self, number: int, role: int) -> None:
        self.eui = bytes.fromhex("90b3d51f3000") + number.to_bytes(2, "big")
        self.role = role

    def key(self, use: str) -> bytes:
        """Its private key for "ds" or "ka"."""
        return sha256(self.eui + use.encode()).digest()


SUPPLIER = Party(0x10, roles.SUPPLIER)
OPERATOR = Party(0x20, roles.NETWORK_OPERATOR)
BROKER = Party(0x02, roles.ACCESS_CONTROL_BROKER)
CHANGE = Party(0x04, roles.TRANSITIONAL_COS)
STRANGER = Party(0x30, roles.SUPPLIER)

SIGNING_KEY = sha256(b"device ds").digest()
AGREEMENT_KEY = sha256(b"device ka").digest()

USES = (("ds", roles.DIGITAL_SIGNATURE), ("ka", roles.KEY_AGREEMENT))


def use_cases() -> UseCases:
    """The table: from its text on a host, as packed on a board."""
    try:
        from smets.gbcs import use_cases_text
    except ImportError:
        from board.tables import open_table

        return UseCases(open_table("gbcs/use_cases"))
    return use_cases_text.load()


def access(counter: int, *entries: tuple[int, tuple[int, bytes, int], bytes]) -> bytes:
    """An ACCESS request: choice, object, and data or (of a ranged get) selection."""
    out = bytearray(b"\xd9\x20")
    out.extend((counter & 0xFFFFFF).to_bytes(3, "big"))
    out.append(0)
    write_length(out, len(entries))
    for choice, (class_id, logical_name, member), data in entries:
        out.append(choice)
        out.extend(class_id.to_bytes(2, "big") + logical_name + bytes((member,)))
        if choice == RANGE:
            out.extend(data)
    write_length(out, len(entries))
    for choice, _, data in entries:
        out.extend(NULL if choice == RANGE else data)
    return bytes(out)


def protected_request(
    counter: int,
    target: tuple[int, bytes, int],
    requester: bytes,
    times: tuple[int, int] | None = None,
    device: bytes = DEVICE,
) -> bytes:
    """Data of get_protected_attributes."""
    from smets.gbcs.protected_attributes import ProtectedAttribute, ProtectedRequest

    attribute = ProtectedAttribute(target[0], target[1], target[2], times)
    return ProtectedRequest((attribute,), counter, requester, device).encode()


def payload(code: int, counter: int, requester: bytes = SUPPLIER.eui) -> bytes:
    """A payload that the device carries out."""
    if code == ASK_CREDENTIALS:  # by the broker's key agreement, about suppliers
        return bytes.fromhex("300e3007020104030203083003020102")
    if code == READ_IMPORT:
        entry = (ACTION, PROTECT_IMPORT, protected_request(counter, IMPORT, requester))
    elif code == READ_DAILY:
        times = (NOW - 86400, NOW)
        entry = (ACTION, PROTECT_DAILY, protected_request(counter, DAILY, requester, times))
    else:
        entry = PLAIN[code]
    return access(counter, entry)


class World:
    """The device and everybody around it, with one Suite; public keys are worked out once."""

    def __init__(self, suite: Suite) -> None:
        self.suite = suite
        self._public: dict[bytes, bytes] = {}
        self._secrets: dict[bytes, bytes] = {}

    def public_key(self, private_key: bytes) -> bytes:
        found = self._public.get(private_key)
        if found is None:
            found = self._public[private_key] = self.suite.public_key(private_key)
        return found

    def cells(self) -> list[Cell]:
        """Of all parties but the stranger; transitional CoS has no key agreement."""
        cells = []
        for party in (SUPPLIER, OPERATOR, BROKER, CHANGE):
            for use, key_usage in USES:
                if not (party is CHANGE and use == "ka"):
                    key = self.public_key(party.key(use))
                    cell = (party.role, key_usage, 0, party.eui, key[1:9], key)
                    cells.append(cell)
        return cells

    def device(self, flash: Flash | None = None, held: LoadedObjects | None = None) -> Device:
        """A device that has just been provisioned."""
        store = Store(flash or RamFlash())
        provision(store, SIGNING_KEY, AGREEMENT_KEY, self.cells())
        return self.open(store, held)

    def open(self, store: Store, held: LoadedObjects | None = None) -> Device:
        """A device as its store says."""
        return Device(DEVICE, roles.ESME, self.suite, store, use_cases(), held or loaded())

    def command(
        self,
        code: int,
        counter: int,
        party: Party = SUPPLIER,
        body: bytes | None = None,
        signed: bool | None = None,
    ) -> bytes:
        """A good command, unless told otherwise."""
        header = GroupingHeader(COMMAND, counter, party.eui, DEVICE, code)
        if body is None:
            body = payload(code, counter, party.eui)
        if signed is None:
            signed = code == CLOSE_SWITCH
        return self.protected(Message(header, body), party if signed else None)

    def protected(self, message: Message, signer: Party | None = None) -> bytes:
        """The message with the signer's signature, if there is one, and the broker's MAC."""
        message.signature = b""
        if signer:
            protection.sign(self.suite, signer.key("ds"), message)
        message.mac = protection.message_mac(self.suite, self._secret(BROKER), message)
        return message.encode()

    def _secret(self, party: Party) -> bytes:
        found = self._secrets.get(party.eui)
        if found is None:
            device = self.public_key(AGREEMENT_KEY)
            found = self.suite.shared_secret(party.key("ka"), device)
            self._secrets[party.eui] = found
        return found

    def opened(self, answer: bytes | None, party: Party = SUPPLIER) -> Message:
        """An answer whose protection is checked as its recipient checks it."""
        assert answer is not None
        message = Message.decode(answer)
        if message.mac is None:
            public_key = self.public_key(SIGNING_KEY)
            protection.check_signature(self.suite, public_key, message)
        else:
            protection.check_mac(self.suite, self._secret(party), message)
        return message

    def decrypted(self, message: Message, ciphered: bytes, party: Party = SUPPLIER) -> bytes:
        """Ciphered information as the party reads it."""
        return protection.decrypt(self.suite, self._secret(party), message.header, ciphered)


def loaded() -> LoadedObjects:
    """Objects with a few values."""
    held = LoadedObjects()
    held.values[POWER] = POWER_VALUE
    held.values[IMPORT] = IMPORT_VALUE
    held.values[DAILY] = ROWS
    held.values[PROFILE] = ROWS
    return held
