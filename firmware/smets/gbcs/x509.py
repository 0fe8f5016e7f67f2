"""SMKI certificates as a device has to read them (GBCS 12); no others are read.

Errors name the part at fault; their texts lie in the board's heap, so they are short.

Three profiles: organisations and their authorities, and devices. Signatures are for the caller
to verify; that the public key is a point of the curve is looked at here.
"""

from __future__ import annotations

from smets.codec.errors import DecodeError
from smets.gbcs import der
from smets.gbcs.der import DerReader
from smets.gbcs.roles import ISSUING_AUTHORITY, ROOT

ECDSA_WITH_SHA256 = bytes.fromhex("06082a8648ce3d040302")
# SubjectPublicKeyInfo of a P-256 key up to the octets of the point
PUBLIC_KEY_PREFIX = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107034200")

COMMON_NAME = bytes.fromhex("550403")
ORGANIZATIONAL_UNIT = bytes.fromhex("55040b")
UNIQUE_IDENTIFIER = bytes.fromhex("55042d")

SUBJECT_KEY_IDENTIFIER = 0x0E  # 2.5.29.n
KEY_USAGE = 0x0F
SUBJECT_ALTERNATIVE_NAME = 0x11
BASIC_CONSTRAINTS = 0x13
CERTIFICATE_POLICIES = 0x20
AUTHORITY_KEY_IDENTIFIER = 0x23
_CRITICAL = (KEY_USAGE, SUBJECT_ALTERNATIVE_NAME, BASIC_CONSTRAINTS, CERTIFICATE_POLICIES)
_KNOWN = _CRITICAL + (SUBJECT_KEY_IDENTIFIER, AUTHORITY_KEY_IDENTIFIER)

IDENTIFIER_LENGTH = 8
_PRINTABLE = b"0123456789 '()+,-./:=?"  # besides letters
NO_SUBJECT = b"\x30\x00"  # of a device: it is named by its hardware module alone
_YEAR_2050 = 18263 * 86400  # from here on RFC 5280 4.1.2.5 writes GeneralizedTime


class Certificate:
    """`role` is None in a device's certificate, `eui` is b"" in an authority's.

    `key_usage` has bit n set for the named bit n; `identifier` and `authority` are the subject's
    and the issuer's key identifiers (`authority` b"" where there is none); `not_before` and
    `not_after` are in seconds since 2000; `signed` is what `signature` (r || s) covers.
    """

    def __init__(self, octets: bytes) -> None:
        """DecodeError unless `octets` are one certificate of the profile."""
        outer = DerReader.over(octets)
        body = outer.nested()
        outer.finish()
        self.signed = body.element()
        _expect(body, ECDSA_WITH_SHA256)
        self.signature = _signature(body.bit_octets())
        body.finish()
        self.role: int | None = None
        self.eui = b""
        self.key_usage = 0
        self.identifier = b""
        self.authority = b""
        self.is_authority = False
        self._policies = False
        self._read(DerReader.over(self.signed).nested())
        self._check()

    def _read(self, fields: DerReader) -> None:
        version = fields.nested(der.CONTEXT | der.CONSTRUCTED)
        if version.integer() != 2:
            raise DecodeError("certificate version")
        version.finish()
        if not 0 < fields.integer() < 1 << 128:
            raise DecodeError("certificate serial number")
        _expect(fields, ECDSA_WITH_SHA256)
        self.issuer = fields.element()
        _names(self.issuer)
        validity = fields.nested()
        self.not_before = _validity(validity)
        self.not_after = _validity(validity)
        validity.finish()
        self.subject = fields.element()
        self.role, self.eui = _names(self.subject)
        key = fields.contents(der.SEQUENCE)
        if key[: len(PUBLIC_KEY_PREFIX)] != PUBLIC_KEY_PREFIX:
            raise DecodeError("certificate key")
        self.public_key = key[len(PUBLIC_KEY_PREFIX) :]
        extensions = fields.nested(der.CONTEXT | der.CONSTRUCTED | 3)
        fields.finish()
        self._read_extensions(extensions.nested())
        extensions.finish()

    def _read_extensions(self, extensions: DerReader) -> None:
        seen = []
        while extensions.next_tag():
            extension = extensions.nested()
            identifier = extension.contents(der.OBJECT_IDENTIFIER)
            kind = identifier[-1] if identifier[:2] == b"\x55\x1d" and len(identifier) == 3 else 0
            if kind not in _KNOWN or kind in seen:
                raise DecodeError("certificate extension")
            seen.append(kind)
            critical = extension.next_tag() == der.BOOLEAN
            if critical and not extension.boolean():
                raise DecodeError("certificate extension")
            # devices' certificates have their policy in both forms
            either = kind == CERTIFICATE_POLICIES and self.subject == NO_SUBJECT
            if critical != (kind in _CRITICAL) and not either:
                raise DecodeError("certificate extension")
            value = DerReader.over(extension.contents(der.OCTET_STRING))
            extension.finish()
            self._read_extension(kind, value)
            value.finish()

    def _read_extension(self, kind: int, value: DerReader) -> None:
        if kind == KEY_USAGE:
            self.key_usage = value.named_bits()
        elif kind == SUBJECT_KEY_IDENTIFIER:
            self.identifier = value.octets(IDENTIFIER_LENGTH)
        elif kind == AUTHORITY_KEY_IDENTIFIER:
            inner = value.nested()
            self.authority = inner.contents(der.CONTEXT)
            inner.finish()
        elif kind == CERTIFICATE_POLICIES:
            policies = value.nested()
            policy = policies.nested()
            policies.finish()  # just one, without qualifiers
            der.check_identifier(policy.contents(der.OBJECT_IDENTIFIER))
            policy.finish()
            self._policies = True
        elif kind == BASIC_CONSTRAINTS:
            constraints = value.nested()
            self.is_authority = constraints.boolean()
            constraints.optional_integer(der.INTEGER)
            constraints.finish()
        else:
            from smets.gbcs.x509_device import identifier

            if self.subject != NO_SUBJECT:
                raise DecodeError("certificate subject")
            self.eui = identifier(value.nested())

    def _check(self) -> None:
        if not (self.key_usage and self.identifier and self._policies):
            raise DecodeError("certificate extension")
        if self.authority and len(self.authority) != IDENTIFIER_LENGTH:
            raise DecodeError("certificate authority")
        if (self.role is None) != (self.subject == NO_SUBJECT):
            raise DecodeError("certificate subject")
        if self.is_authority != (self.role in {ROOT, ISSUING_AUTHORITY}):
            raise DecodeError("certificate authority")
        if self.is_authority:
            # keyCertSign, and cRLSign if the authority likes
            if self.eui or self.key_usage & ~0x40 != 0x20:
                raise DecodeError("certificate authority")
        elif len(self.eui) != IDENTIFIER_LENGTH or self.key_usage not in {0x01, 0x10}:
            raise DecodeError("certificate key usage")
        if self.not_before > self.not_after:
            raise DecodeError("certificate validity")
        if not is_on_curve(self.public_key):
            raise DecodeError("certificate key")

    def may(self, key_usage: int) -> bool:
        """Whether the key is for `key_usage`, the number of a named bit."""
        return bool(self.key_usage >> key_usage & 1)


def _names(octets: bytes) -> tuple[int | None, bytes]:
    """Role and EUI-64 in a distinguished name, None and b"" where it has none."""
    role = None
    eui = b""
    seen = []
    names = DerReader.over(octets).nested()
    while names.next_tag():
        relative = names.nested(der.SET)
        attribute = relative.nested()
        relative.finish()
        kind = attribute.contents(der.OBJECT_IDENTIFIER)
        if kind in seen:
            raise DecodeError("certificate name")
        seen.append(kind)
        if kind == UNIQUE_IDENTIFIER:
            eui = attribute.bit_octets()
        elif kind in {COMMON_NAME, ORGANIZATIONAL_UNIT}:
            text = _text(attribute)
            if kind == ORGANIZATIONAL_UNIT:
                role = _role(text)
        else:
            raise DecodeError("certificate name")
        attribute.finish()
    return role, eui


def _expect(reader: DerReader, contents: bytes) -> None:
    if reader.contents(der.SEQUENCE) != contents:
        raise DecodeError("certificate algorithm")


def _text(attribute: DerReader) -> bytes:
    """A UTF8String or PrintableString of the characters that these may have."""
    tag = attribute.next_tag()
    if tag not in {der.UTF8_STRING, der.PRINTABLE_STRING}:
        raise DecodeError("certificate name")
    octets = attribute.contents(tag)
    try:
        str(octets, "utf-8")
    except ValueError:
        raise DecodeError("certificate name") from None
    if tag == der.PRINTABLE_STRING:
        for octet in octets:
            if not (0x61 <= octet | 0x20 <= 0x7A or octet in _PRINTABLE):
                raise DecodeError("certificate name")
    return octets


def _role(text: bytes) -> int:
    """OU: the role as two hexadecimal digits."""
    if len(text) == 2:
        try:
            role = int(str(text, "utf-8"), 16)
        except ValueError:
            role = -1
        if ("%02X" % role).encode() == text:
            return role
    raise DecodeError("certificate subject")


def _validity(validity: DerReader) -> int:
    tag = validity.next_tag()
    seconds = validity.time()
    if (tag == der.UTC_TIME) != (seconds < _YEAR_2050):
        raise DecodeError("certificate validity")
    return seconds


def _signature(octets: bytes) -> bytes:
    """r || s of an ECDSA-Sig-Value."""
    reader = DerReader.over(octets)
    pair = reader.nested()
    reader.finish()
    out = b""
    for _ in range(2):
        number = pair.contents(der.INTEGER)
        der.check_integer(number)
        if number[0] & 0x80 or len(number) > 33 or (len(number) == 33 and number[0]):
            raise DecodeError("certificate signature")
        out += (bytes(32) + number)[-32:]
    pair.finish()
    return out


def is_on_curve(public_key: bytes) -> bool:
    """Whether these are an uncompressed point of P-256."""
    if len(public_key) != 65 or public_key[0] != 4:
        return False
    p = (1 << 256) - (1 << 224) + (1 << 192) + (1 << 96) - 1
    b = int.from_bytes(_B, "big")
    x = int.from_bytes(public_key[1:33], "big")
    y = int.from_bytes(public_key[33:], "big")
    return x < p and y < p and (y * y - (x * x - 3) * x - b) % p == 0


_B = bytes.fromhex("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b")
