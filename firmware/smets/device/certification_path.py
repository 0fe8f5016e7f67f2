"""From a certificate over an issuing authority's to the root in the device's cell (GBCS 12.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.gbcs.credentials import BAD_CERTIFICATE, NO_TRUST_ANCHOR, SUCCESS
from smets.gbcs.roles import KEY_CERT_SIGN, LOAD_CONTROLLER, ROOT, SUPPLIER
from smets.gbcs.x509 import Certificate

if TYPE_CHECKING:
    from smets.device.trust_anchors import Anchor
    from smets.gbcs.suite import Suite


class CertificationPath:
    """`now`: certificates have to be valid then; None: times do not matter."""

    def __init__(self, suite: Suite, root: Anchor | None, now: int | None) -> None:
        self._suite = suite
        self._root = root
        self._now = now
        self._issuers: list[Certificate] = []

    def add(self, octets: bytes) -> None:
        """Takes a certificate that may be an issuer's; what is not is passed over."""
        try:
            issuer = Certificate(octets)
        except DecodeError:
            return
        if self._is_issuer(issuer):
            self._issuers.append(issuer)

    def judge(
        self, octets: bytes, role: int, key_usage: int
    ) -> tuple[int, tuple[bytes, bytes, bytes]]:
        """The status of a certificate for a cell; EUI, identifier and key that it then holds."""
        try:
            certificate = Certificate(octets)
        except DecodeError:
            return BAD_CERTIFICATE, (b"", b"", b"")
        status = self._status(certificate)
        if status == SUCCESS and not _fits(certificate, role, key_usage):
            status = BAD_CERTIFICATE
        return status, (certificate.eui, certificate.identifier, certificate.public_key)

    def _is_issuer(self, certificate: Certificate) -> bool:
        root = self._root
        return (
            root is not None
            and certificate.is_authority
            and certificate.role != ROOT
            and certificate.may(KEY_CERT_SIGN)
            and certificate.authority == root.identifier
            and self._suite.verify(root.public_key, certificate.signed, certificate.signature)
        )

    def _status(self, certificate: Certificate) -> int:
        for issuer in self._issuers:
            if (certificate.authority, certificate.issuer) == (issuer.identifier, issuer.subject):
                good = self._suite.verify(
                    issuer.public_key, certificate.signed, certificate.signature
                )
                if good and self._is_valid(issuer) and self._is_valid(certificate):
                    return SUCCESS
                return BAD_CERTIFICATE
        return NO_TRUST_ANCHOR

    def _is_valid(self, certificate: Certificate) -> bool:
        return self._now is None or certificate.not_before <= self._now <= certificate.not_after


def _fits(certificate: Certificate, role: int, key_usage: int) -> bool:
    """A supplier may hold the load controller's cells as well."""
    fits = certificate.role == role
    if role == LOAD_CONTROLLER and certificate.role == SUPPLIER:
        fits = True
    return fits and certificate.may(key_usage)
