"""Searching and reading certificates: XML in, XML out.

A search names a party or device by its EUI-64 and lists serial numbers; a data request names one
serial number and gets the certificate.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import NamedTuple, Protocol

from lxml import etree

from dcc_stub.duis import xml
from keys.certificate import Certificate
from keys.profile import KeyUsage
from keys.store import Held
from smets.codec.errors import DecodeError

# The status numbers are those of the public clients, which read them so.
BAD_PARAMETERS = HTTPStatus.UNAUTHORIZED
NONE_FOUND = HTTPStatus.PAYMENT_REQUIRED

IN_USE = "I"
_USAGES = ((KeyUsage.DIGITAL_SIGNATURE, "DS"), (KeyUsage.KEY_AGREEMENT, "KA"))
# Element that names whose certificates are wanted, and whether that is a device.
_SUBJECTS = (("CertificateSubjectName", False), ("CertificateSubjectAltName", True))
_EUI = re.compile("[0-9A-Fa-f]{2}(-?[0-9A-Fa-f]{2}){7}")


class Certificates(Protocol):
    """All certificates there are; `keys.store.Keystore` has them."""

    def certificates(self) -> Iterator[Held]: ...


class Result(NamedTuple):
    """What the repository answers; without a body when there is nothing to return."""

    status: HTTPStatus
    body: bytes = b""


def search(certificates: Certificates, octets: bytes) -> Result:
    """CertificateSearchRequest: the certificates of one party or device."""
    try:
        name, text = _only_element(octets, "CertificateSearchRequest")
        device = dict(_SUBJECTS).get(name)
        if device is None or not _EUI.fullmatch(text):
            return Result(BAD_PARAMETERS)
    except DecodeError:
        return Result(BAD_PARAMETERS)
    eui = bytes.fromhex(text.replace("-", ""))
    response = etree.Element("CertificateSearchResponse")
    for certificate in _all(certificates):
        if certificate.eui == eui and certificate.is_device == device:
            _describe(etree.SubElement(response, "Result"), certificate)
    return _found(response)


def retrieve(certificates: Certificates, octets: bytes) -> Result:
    """CertificateDataRequest: the certificate with one serial number."""
    try:
        name, text = _only_element(octets, "CertificateDataRequest")
    except DecodeError:
        return Result(BAD_PARAMETERS)
    if name != "CertificateSerial" or not re.fullmatch("[0-9]{1,50}", text):
        return Result(BAD_PARAMETERS)
    response = etree.Element("CertificateDataResponse")
    for certificate in _all(certificates):
        if certificate.serial == int(text):
            entry = etree.SubElement(response, "CertificateResponse")
            _describe(entry, certificate)
            body = etree.SubElement(entry, "CertificateBody")
            body.text = base64.b64encode(certificate.encoded).decode()
            break
    return _found(response)


def _only_element(octets: bytes, name: str) -> tuple[str, str]:
    root = xml.parse(octets)
    beside = "".join([root.text or "", *(each.tail or "" for each in root)])
    if root.tag != name or len(root) != 1 or len(root[0]) or beside.strip():
        raise DecodeError(f"{name} holds one value")
    return etree.QName(root[0]).localname, (root[0].text or "").strip()


def _all(certificates: Certificates) -> Iterator[Certificate]:
    for held in certificates.certificates():
        if held.certificate.eui is not None:
            yield held.certificate


def _describe(entry: etree._Element, certificate: Certificate) -> None:
    assert certificate.eui is not None
    usage = next((name for bit, name in _USAGES if bit in certificate.key_usages), "")
    values = [
        ("CertificateSerial", str(certificate.serial)),
        (_SUBJECTS[certificate.is_device][0], certificate.eui.hex("-").upper()),
        ("CertificateUsage", usage),
        ("CertificateStatus", IN_USE),
    ]
    if certificate.role is not None:
        values.append(("CertificateRole", str(certificate.role.value)))
    for name, value in values:
        etree.SubElement(entry, name).text = value


def _found(response: etree._Element) -> Result:
    if not len(response):
        return Result(NONE_FOUND)
    return Result(HTTPStatus.OK, xml.serialise(response))
