"""CS03, CS04 and CS07: joins a device with others of its HAN (GBCS 13.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.device.joined import CAPACITY, Joined, Partner
from smets.gbcs import der
from smets.gbcs.der import DerReader
from smets.gbcs.roles import ESME, GPF, GSME, HCALCS, KEY_AGREEMENT, PPMID, TYPE2

if TYPE_CHECKING:
    from smets.device.admission import Command
    from smets.device.device import Device
    from smets.device.objects import Changes

# join methods
A_INITIATOR, A_RESPONDER, B, C = range(4)

# JoinResponseCode
JOINED = 0
WRONG_METHOD_FOR_MESSAGE = 1
WRONG_METHOD_OR_PARTNER = 2
INCOMPATIBLE_ENTRY = 3
LOG_FULL = 4
WRITE_FAILURE = 5
BAD_CERTIFICATE = 11

# UnjoinResponseCode
UNJOINED = 0
NOT_JOINED = 1
OTHER_FAILURE = 2

# ReadDeviceLogResponseCode
READ = 0
READ_FAILURE = 1

UNJOIN_A_OR_C = 0x000F
UNJOIN_B = 0x0010
READ_JOINS = 0x0013

# message code of a join, its method
_METHODS = ((0x000D, A_INITIATOR), (0x00AB, A_RESPONDER), (0x000E, B), (0x00AF, C))

# device type, method, the types of its partners
_PARTNERS = (
    (ESME, A_INITIATOR, (HCALCS, PPMID, TYPE2)),
    (GSME, B, (GPF,)),
    (GSME, C, (PPMID,)),
    (GPF, B, (GSME, PPMID, TYPE2)),
    (HCALCS, A_RESPONDER, (ESME,)),
    (PPMID, A_RESPONDER, (ESME,)),
    (PPMID, B, (GPF,)),
    (PPMID, C, (GSME,)),
)


def execute(device: Device, command: Command, changes: Changes) -> bytes:
    """The response's payload; DecodeError when the request is wrong."""
    code = command.use_case.message_code
    reader = DerReader.over(command.message.payload)
    if code == READ_JOINS:
        return _read(device, reader)
    if code in {UNJOIN_A_OR_C, UNJOIN_B}:
        methods = (B,) if code == UNJOIN_B else (A_INITIATOR, A_RESPONDER, C)
        return der.integer(_unjoin(device, reader, methods, changes))
    return der.integer(_join(device, reader, dict(_METHODS)[code], changes))


def partner_types(device_type: int, method: int) -> tuple[int, ...]:
    """With which types of devices a device can be joined by a method."""
    for row in _PARTNERS:
        if row[:2] == (device_type, method):
            return row[2]
    return ()


def write_partners(partners: list[Partner]) -> bytes:
    """SEQUENCE OF { EUI-64, device type }."""
    entries = [write_partner(partner.eui, partner.device_type) for partner in partners]
    return der.element(der.SEQUENCE, b"".join(entries))


def write_partner(eui: bytes, device_type: int) -> bytes:
    """SEQUENCE { EUI-64, device type }."""
    return der.element(der.SEQUENCE, der.octet_string(eui) + der.integer(device_type))


def _join(device: Device, reader: DerReader, method: int, changes: Changes) -> int:
    fields = reader.nested()
    reader.finish()
    asked, eui, device_type = fields.integer(), fields.octets(8), fields.integer()
    certificate = fields.element() if fields.next_tag() else b""
    fields.finish()
    if asked != method:
        return WRONG_METHOD_FOR_MESSAGE
    if device_type not in partner_types(device.device_type, method):
        return WRONG_METHOD_OR_PARTNER
    public_key = None
    if method == C:
        public_key = _certified_key(certificate, eui)
        if public_key is None:
            return BAD_CERTIFICATE
    joined = Joined(device.store)
    partners = joined.all()
    if partners is None:
        return WRITE_FAILURE
    code = add(partners, Partner(method, eui, device_type))
    if code == JOINED:
        joined.put(changes, partners)
        if public_key is not None:
            joined.put_key(changes, eui, public_key)
    return code


def add(partners: list[Partner], new: Partner) -> int:
    """Adds a partner to a list of them unless it is there; the JoinResponseCode."""
    for partner in partners:
        if partner.eui == new.eui:
            same = (partner.method, partner.device_type) == (new.method, new.device_type)
            return JOINED if same else INCOMPATIBLE_ENTRY
    if len(partners) >= CAPACITY:
        return LOG_FULL
    partners.append(new)
    return JOINED


def _certified_key(certificate: bytes, eui: bytes) -> bytes | None:
    """The partner's key agreement key.

    Its chain cannot be followed, as the command does not bring the issuer's certificate; the
    supplier, who signed the command, answers for it.
    """
    from smets.device.modules import forget
    from smets.gbcs.x509 import Certificate

    try:
        found = Certificate(certificate)
    except DecodeError:
        return None
    finally:
        forget("smets.gbcs.x509")
    if found.role is not None or found.eui != eui or not found.may(KEY_AGREEMENT):
        return None
    return found.public_key


def _unjoin(device: Device, reader: DerReader, methods: tuple[int, ...], changes: Changes) -> int:
    eui = reader.octets(8)
    reader.finish()
    joined = Joined(device.store)
    partners = joined.all()
    if partners is None:
        return OTHER_FAILURE
    kept = [each for each in partners if each.eui != eui or each.method not in methods]
    if len(kept) == len(partners):
        return NOT_JOINED
    joined.put(changes, kept)
    joined.put_key(changes, eui, None)
    return UNJOINED


def _read(device: Device, reader: DerReader) -> bytes:
    if reader.contents(der.NULL):
        raise DecodeError("NULL")
    reader.finish()
    partners = Joined(device.store).all()
    if partners is None:
        return der.element(der.SEQUENCE, der.integer(READ_FAILURE))
    return der.element(der.SEQUENCE, der.integer(READ) + write_partners(partners))
