"""What key establishment says beyond the fields of its commands (Smart Energy, annex C)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from host.radio.trace.layer import Layer
from smets.zigbee import cbke, cbke_certificate
from smets.zigbee.cbke_certificate import CbkeCertificate

INITIATE = ("InitiateKeyEstablishmentRequest", "InitiateKeyEstablishmentResponse")
TERMINATE = "TerminateKeyEstablishment"


def layers(command: str, told: dict[str, Any]) -> Iterator[Layer]:
    """The certificate of an Initiate, the reason of a Terminate; nothing for what is between."""
    if command in INITIATE:
        suite = told["key_establishment_suite"]
        yield _certificate(cbke_certificate.decode(suite, told["identity"]))
    elif command == TERMINATE:
        status = told["status"]
        known = 0 < status < len(cbke.REASONS)
        reason = cbke.REASONS[status] if known else f"status {status:02x}"
        yield Layer("CBKE", f"ended: {reason}", {"reason": reason})


def _certificate(certificate: CbkeCertificate) -> Layer:
    fields = {
        "suite": certificate.suite,
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "reconstruction": certificate.reconstruction,
    }
    if certificate.suite != 1:
        fields |= {
            "serial": certificate.serial,
            "valid_from": certificate.valid_from,
            "validity": certificate.validity,
            "key_usage": certificate.key_usage,
        }
    return Layer(
        "CBKE",
        f"certificate of {certificate.subject.hex()} by {certificate.issuer.hex()}, "
        f"suite {certificate.suite}",
        fields,
    )
