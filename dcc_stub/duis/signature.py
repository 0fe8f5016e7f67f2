"""XML signatures of DUIS: one enveloped signature over the whole document by an XML-sign key.

SignedInfo is canonicalised exclusively, the document inclusively, because its reference has no
canonicalisation transform. The certificate is not inside: issuer and serial number name it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.exceptions import SignXMLException
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from dcc_stub.duis import xml
from dcc_stub.duis.types import EPOCH, Base64, Integer
from keys.certificate import Certificate
from smets.codec.errors import AuthenticationError, DecodeError

XML_DSIG = "http://www.w3.org/2000/09/xmldsig#"
_DS = f"{{{XML_DSIG}}}"
SIGNATURE = f"{_DS}Signature"

EXCLUSIVE_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
ENVELOPED = f"{XML_DSIG}enveloped-signature"

# The only shape a signature may have: each element with its attributes, by depth, in order.
_SHAPE: tuple[tuple[int, str, tuple[tuple[str, str], ...]], ...] = (
    (0, "Signature", ()),
    (1, "SignedInfo", ()),
    (2, "CanonicalizationMethod", (("Algorithm", EXCLUSIVE_C14N),)),
    (2, "SignatureMethod", (("Algorithm", ECDSA_SHA256),)),
    (2, "Reference", (("URI", ""),)),
    (3, "Transforms", ()),
    (4, "Transform", (("Algorithm", ENVELOPED),)),
    (3, "DigestMethod", (("Algorithm", SHA256),)),
    (3, "DigestValue", ()),
    (1, "SignatureValue", ()),
    (1, "KeyInfo", ()),
    (2, "X509Data", ()),
    (3, "X509IssuerSerial", ()),
    (4, "X509IssuerName", ()),
    (4, "X509SerialNumber", ()),
)
_CONFIGURATION = SignatureConfiguration(
    location="./",
    expect_references=1,
    signature_methods=frozenset({SignatureMethod.ECDSA_SHA256}),
    digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
    default_reference_c14n_method=CanonicalizationMethod.CANONICAL_XML_1_0,
)

FindCertificate = Callable[[str, int], Certificate | None]


class Verified(NamedTuple):
    """What a signature covers, and whose it is. Nothing else of the document may be used."""

    root: etree._Element
    certificate: Certificate


def verify(root: etree._Element, find: FindCertificate, now: int | None = None) -> Verified:
    """Checks the signature of a document with the certificate it names.

    `now` is the time at which the certificate has to be valid, None to leave that out. DecodeError
    for a signature of another shape, AuthenticationError when it is absent, does not verify, or
    its certificate is not held.
    """
    signatures = list(root.iter(SIGNATURE))
    if not signatures:
        raise AuthenticationError("the document is not signed")
    if len(signatures) > 1 or signatures[0].getparent() is not root:
        raise DecodeError("one signature is expected, as the last element of the document")
    signature = signatures[0]
    _check_shape(signature)
    certificate = _named_certificate(signature, find)
    try:
        signer = _signer(certificate.encoded)
    except ValueError as error:
        raise AuthenticationError("the signer's certificate cannot be read") from error
    moment = EPOCH + timedelta(seconds=now) if now is not None else signer.not_valid_before_utc
    if not signer.not_valid_before_utc <= moment <= signer.not_valid_after_utc:
        raise AuthenticationError("the signer's certificate is not valid at this time")
    verifier = XMLVerifier()
    configuration = replace(_CONFIGURATION, verification_time=moment)
    try:
        result = verifier.verify(
            root, x509_cert=signer, validate_schema=False, expect_config=configuration
        )
    except (SignXMLException, etree.LxmlError, ValueError) as error:
        raise AuthenticationError("the signature does not verify") from error
    assert isinstance(result, VerifyResult)
    if result.signed_xml is None:
        raise AuthenticationError("the signature covers no document")
    return Verified(result.signed_xml, certificate)


def _check_shape(signature: etree._Element) -> None:
    found = []
    for node in signature.iter(etree.Element):
        depth = sum(1 for _ in node.iterancestors()) - 1
        attributes = tuple((str(name), str(value)) for name, value in node.attrib.items())
        found.append((depth, node.tag, attributes))
    expected = [(depth, f"{_DS}{name}", attributes) for depth, name, attributes in _SHAPE]
    if found != expected:
        raise DecodeError("the signature does not have the shape of DUIS")


def _named_certificate(signature: etree._Element, find: FindCertificate) -> Certificate:
    issuer = (signature.findtext(f".//{_DS}X509IssuerName") or "").strip()
    serial_text = signature.findtext(f".//{_DS}X509SerialNumber") or ""
    serial = Integer(0, 2**160 - 1).parse(serial_text.lstrip("0") or "0")
    value = Base64().parse(signature.findtext(f"{_DS}SignatureValue") or "")
    if len(value) != 64:
        raise AuthenticationError("the signature does not verify")
    certificate = find(issuer, serial)
    if certificate is None:
        raise AuthenticationError("the signer's certificate is not known")
    return certificate


@lru_cache(maxsize=256)
def _signer(encoded: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(encoded)


def sign(
    root: etree._Element, private_key: ec.EllipticCurvePrivateKey, signer: Certificate
) -> bytes:
    """The document with its signature, as it goes over the wire.

    `root` may declare no namespace that its own name does not use, so that both canonical forms
    are the same octets; ValueError otherwise.
    """
    if _canonical(root, exclusive=True) != _canonical(root, exclusive=False):
        raise ValueError("the document declares namespaces that its root element does not use")
    tool = XMLSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=SignatureMethod.ECDSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    tool.namespaces = {"ds": XML_DSIG}
    signed = tool.sign(
        root, key=private_key, key_info=_key_info(signer), exclude_c14n_transform_element=True
    )
    return xml.serialise(signed)


def _canonical(root: etree._Element, *, exclusive: bool) -> bytes:
    return etree.tostring(root, method="c14n", exclusive=exclusive, with_comments=False)


def _key_info(certificate: Certificate) -> etree._Element:
    key_info = etree.Element(f"{_DS}KeyInfo", nsmap={"ds": XML_DSIG})
    data = etree.SubElement(key_info, f"{_DS}X509Data")
    named = etree.SubElement(data, f"{_DS}X509IssuerSerial")
    etree.SubElement(named, f"{_DS}X509IssuerName").text = certificate.issuer_name
    etree.SubElement(named, f"{_DS}X509SerialNumber").text = str(certificate.serial)
    return key_info
