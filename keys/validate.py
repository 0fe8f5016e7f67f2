"""Judging a certificate: its profile, its policy, its chain to a root and its validity times."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from keys import points, profile
from keys.certificate import Certificate
from keys.errors import CertificateError, ProductionCertificateError
from keys.profile import KeyUsage, Role

_PARTY_USAGES = ({KeyUsage.DIGITAL_SIGNATURE}, {KeyUsage.KEY_AGREEMENT})
_LONGEST_CHAIN = 4


class Problem(NamedTuple):
    """One reason to refuse a certificate, and the check that found it."""

    check: Literal["profile", "policy", "chain", "time", "key", "file"]
    reason: str


def require(
    certificate: Certificate,
    authorities: Iterable[Certificate],
    *,
    anchors: Iterable[Certificate] | None = None,
    at: datetime | None = None,
) -> None:
    """Raises the first of `problems`: ProductionCertificateError or CertificateError."""
    for problem in problems(certificate, authorities, anchors=anchors, at=at):
        kind = ProductionCertificateError if problem.check == "policy" else CertificateError
        raise kind(f"{describe(certificate)}: {problem.reason}")


def problems(
    certificate: Certificate,
    authorities: Iterable[Certificate],
    *,
    anchors: Iterable[Certificate] | None = None,
    at: datetime | None = None,
) -> list[Problem]:
    """All that is wrong with a certificate.

    Args:
        certificate: the one to judge.
        authorities: certificates that may stand above it.
        anchors: those trusted without further proof; the self-signed authorities by default.
        at: the moment at which every certificate of the chain must be valid. None leaves times
            out: most public test certificates have expired.
    """
    return [
        *policy_problems(certificate),
        *profile_problems(certificate),
        *chain_problems(certificate, authorities, anchors=anchors, at=at),
    ]


def describe(certificate: Certificate) -> str:
    """A certificate in a few words, for messages."""
    if certificate.eui is not None:
        who = f"device {profile.eui_text(certificate.eui)}"
        if not certificate.is_device:
            who = f"{profile.eui_text(certificate.eui)} ({certificate.subject_name})"
    else:
        who = certificate.subject_name or "certificate without a name"
    return f"{who}, serial {certificate.serial:x}"


def policy_problems(certificate: Certificate) -> list[Problem]:
    """Whether the certificate is under a test policy; any other may be of the live system."""
    foreign = [policy for policy in certificate.policies if policy not in profile.TEST_POLICIES]
    if not foreign and certificate.policies:
        return []
    found = f"its policy is {', '.join(foreign)}" if foreign else "it names no policy"
    return [
        Problem(
            "policy",
            f"{found}, no test policy: this lab cannot keep live keys safe and refuses what may "
            "be a production certificate; use test certificates",
        )
    ]
