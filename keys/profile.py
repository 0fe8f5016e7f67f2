"""The SMKI certificate profile as tables: roles, usages, identifiers and limits."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from enum import IntEnum
from typing import Literal, NamedTuple

from keys.errors import EuiError, KeysError
from smets.gbcs import roles


class Role(IntEnum):
    """Remote party roles of GBCS and SMKI; the OU of a subject is the number, two hex digits."""

    ROOT = roles.ROOT
    RECOVERY = roles.RECOVERY
    SUPPLIER = roles.SUPPLIER
    NETWORK_OPERATOR = roles.NETWORK_OPERATOR
    ACCESS_CONTROL_BROKER = roles.ACCESS_CONTROL_BROKER
    TRANSITIONAL_COS = roles.TRANSITIONAL_COS
    WAN_PROVIDER = roles.WAN_PROVIDER
    ISSUING_AUTHORITY = roles.ISSUING_AUTHORITY
    LOAD_CONTROLLER = roles.LOAD_CONTROLLER
    OTHER = roles.OTHER
    # SMKI alone has these two.
    XML_SIGN = 0x87
    DSP_XML_SIGN = 0x89


class KeyUsage(IntEnum):
    """Bits of the keyUsage extension, counted from the first one."""

    DIGITAL_SIGNATURE = roles.DIGITAL_SIGNATURE
    KEY_AGREEMENT = roles.KEY_AGREEMENT
    KEY_CERT_SIGN = roles.KEY_CERT_SIGN
    CRL_SIGN = 6


# What a certificate is for: the part of its file name after the EUI.
Usage = Literal["ds", "ka", "pp-ka", "xml"]


class UsageRow(NamedTuple):
    """One usage: its file suffix, its key usage bit, and what people call it."""

    usage: Usage
    key_usage: KeyUsage
    name: str


USAGES = (
    UsageRow("ds", KeyUsage.DIGITAL_SIGNATURE, "digital signing"),
    UsageRow("ka", KeyUsage.KEY_AGREEMENT, "key agreement"),
    # Nothing inside a certificate tells it from "ka": only the trust anchor cell it goes into.
    UsageRow("pp-ka", KeyUsage.KEY_AGREEMENT, "prepayment key agreement"),
    UsageRow("xml", KeyUsage.DIGITAL_SIGNATURE, "XML signing"),
)
USAGE_BITS = {row.usage: row.key_usage for row in USAGES}
XML_ROLES = frozenset({Role.XML_SIGN, Role.DSP_XML_SIGN})
AUTHORITY_ROLES = frozenset({Role.ROOT, Role.ISSUING_AUTHORITY})
AUTHORITY_KEY_USAGES = (KeyUsage.KEY_CERT_SIGN, KeyUsage.CRL_SIGN)

DeviceType = Literal["esme", "gsme", "chf", "gpf", "hcalcs", "ppmid", "type2"]
DEVICE_TYPES: tuple[DeviceType, ...] = (
    "esme",
    "gsme",
    "chf",
    "gpf",
    "hcalcs",
    "ppmid",
    "type2",
)

COMMON_NAME = "2.5.4.3"
ORGANIZATIONAL_UNIT = "2.5.4.11"
UNIQUE_IDENTIFIER = "2.5.4.45"

SUBJECT_KEY_IDENTIFIER = "2.5.29.14"
KEY_USAGE = "2.5.29.15"
SUBJECT_ALTERNATIVE_NAME = "2.5.29.17"
BASIC_CONSTRAINTS = "2.5.29.19"
CERTIFICATE_POLICIES = "2.5.29.32"
AUTHORITY_KEY_IDENTIFIER = "2.5.29.35"
HARDWARE_MODULE_NAME = "1.3.6.1.5.5.7.8.4"  # RFC 4108
HARDWARE_TYPE = "1.2.826.0.1.8641679.1.2.2.1"

ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2"
# SubjectPublicKeyInfo of P-256 up to the 65 octets of the uncompressed point.
P256_KEY_PREFIX = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")

# The policies of the public test certificates. No other one is accepted: keys held here are not
# safe enough for the live system.
ORGANISATION_TEST_POLICY = "1.2.826.0.1.8641679.1.2.1.4"
DEVICE_TEST_POLICY = "1.2.826.0.1.1800000.1.2.1.4"
TEST_POLICIES = (ORGANISATION_TEST_POLICY, DEVICE_TEST_POLICY)


class ExtensionRow(NamedTuple):
    """What the profile says of one extension."""

    identifier: str
    name: str
    critical: bool
    required: bool = True


_KEY_USAGE = ExtensionRow(KEY_USAGE, "keyUsage", critical=True)
_POLICIES = ExtensionRow(CERTIFICATE_POLICIES, "certificatePolicies", critical=True)
_SUBJECT_KEY = ExtensionRow(SUBJECT_KEY_IDENTIFIER, "subjectKeyIdentifier", critical=False)
# Left out of roots, and of the XML signing certificates that the public DCC tools bring along.
_AUTHORITY_KEY = ExtensionRow(
    AUTHORITY_KEY_IDENTIFIER, "authorityKeyIdentifier", critical=False, required=False
)
DEVICE_EXTENSIONS: tuple[ExtensionRow, ...] = (
    _KEY_USAGE,
    _SUBJECT_KEY,
    ExtensionRow(SUBJECT_ALTERNATIVE_NAME, "subjectAltName", critical=True),
    _POLICIES,
    _AUTHORITY_KEY,
)
ORGANISATION_EXTENSIONS: tuple[ExtensionRow, ...] = (
    _KEY_USAGE,
    _SUBJECT_KEY,
    _POLICIES,
    _AUTHORITY_KEY,
)
AUTHORITY_EXTENSIONS: tuple[ExtensionRow, ...] = (
    _KEY_USAGE,
    ExtensionRow(BASIC_CONSTRAINTS, "basicConstraints", critical=True),
    _POLICIES,
    _SUBJECT_KEY,
    _AUTHORITY_KEY,
)

SERIAL_OCTETS = 16
KEY_IDENTIFIER_OCTETS = 8
EUI_OCTETS = 8
# RFC 5280 4.1.2.5: this end of validity means that there is none.
NO_EXPIRY = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
ORGANISATION_YEARS = 10
ISSUING_AUTHORITY_YEARS = 25
ROOT_YEARS = 50


def key_identifier(public_key: bytes) -> bytes:
    """The 8-octet identifier of a 65-octet public key: RFC 5280 4.2.1.2, method 2."""
    low = hashlib.sha1(public_key, usedforsecurity=False).digest()[-8:]
    return bytes((0x40 | low[0] & 0x0F,)) + low[1:]


def checked_eui(eui: bytes) -> bytes:
    """The EUI-64 itself; KeysError unless it has 8 octets."""
    if len(eui) != EUI_OCTETS:
        raise KeysError(f"an EUI-64 has 8 octets, not {len(eui)}: check it")
    return eui


def parsed_eui(text: str) -> bytes:
    """An EUI-64 from 16 hexadecimal digits, with or without dashes; EuiError otherwise."""
    digits = text.replace("-", "")
    if not re.fullmatch("[0-9A-Fa-f]{16}", digits):
        raise EuiError(f"{text!r} is not an EUI-64: write 16 hexadecimal digits")
    return bytes.fromhex(digits)


def eui_text(eui: bytes) -> str:
    """An EUI-64 as people and DUIS write it: 90-B3-D5-1F-30-00-00-02."""
    return eui.hex("-").upper()
