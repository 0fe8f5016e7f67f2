"""Handing certificates, and private keys on demand, to other programs."""

from __future__ import annotations

import json
from collections.abc import Iterator

from keys import cbke, parties, points, profile
from keys.certificate import Certificate
from keys.folder import Label
from keys.profile import KeyUsage, Role
from keys.store import Keystore

_USAGE_NAMES = {
    KeyUsage.DIGITAL_SIGNATURE: "digitalSignature",
    KeyUsage.KEY_AGREEMENT: "keyAgreement",
}


def pem(store: Keystore, *, private: bool) -> bytes:
    """All certificates, each followed by its private key when `private` is set."""
    out = []
    for held in store.certificates():
        out.append(held.certificate.to_pem())
        private_key = store.private_key_of(held.stem) if private else None
        if private_key is not None:
            out.append(points.to_pkcs8(private_key))
    return b"".join(out)


def der(store: Keystore) -> Iterator[tuple[str, bytes]]:
    """The certificates as (file name, octets)."""
    for held in store.certificates():
        yield f"{held.stem}.der", held.certificate.encoded


def keystore_json(store: Keystore, *, private: bool) -> bytes:
    """The form in which DCC user tools hold certificates.

    EUI-64, key usage, decimal serial number, then the certificate, the role (none for a device),
    a name and, when `private` is set, the PKCS#8 private key. Authorities have no place in it.
    """
    out: dict[str, dict[str, dict[str, dict[str, str | int]]]] = {}
    for held in store.certificates():
        if held.label is None:
            continue
        entry: dict[str, str | int] = {
            "certificate": held.certificate.to_pem().decode("ascii"),
            "name": _name(held.label, held.certificate),
        }
        if held.certificate.role is not None:
            entry["role"] = held.certificate.role.value
        private_key = store.private_key_of(held.stem) if private else None
        if private_key is not None:
            entry["privateKey"] = points.to_pkcs8(private_key).decode("ascii")
        usage = _USAGE_NAMES[profile.USAGE_BITS[held.label.usage]]
        by_usage = out.setdefault(held.label.eui.hex(), {})
        by_usage.setdefault(usage, {})[str(held.certificate.serial)] = entry
    return (json.dumps(out, indent=2) + "\n").encode()


def cbke_json(store: Keystore, *, private: bool) -> bytes:
    """The CA for key establishment, and the certificates of each device by suite, in hexadecimal.

    When `private` is set with private keys, the CA's too, and install codes.
    """
    authorities = store.require_cbke_authority()
    devices: dict[str, object] = {}
    for eui in store.zigbee_euis():
        keys = store.require_zigbee_keys(eui)
        secret = {"install_code": keys.install_code.hex()} if private else {}
        certificates = {
            suite: _halves("certificate", key.certificate, key.private_key, private=private)
            for suite, key in keys.cbke.items()
        }
        devices[profile.eui_text(eui)] = {"suites": certificates, **secret}
    document = {
        "issuer": cbke.ISSUER.hex(),
        "suites": {
            suite: _halves("public_key", ca.public_key, ca.private_key, private=private)
            for suite, ca in authorities.items()
        },
        "devices": devices,
    }
    return (json.dumps(document, indent=2) + "\n").encode()


def _halves(name: str, public: bytes, private_key: bytes, *, private: bool) -> dict[str, str]:
    shown = {name: public.hex()}
    return {**shown, "private_key": private_key.hex()} if private else shown


def _name(label: Label, certificate: Certificate) -> str:
    """A name by which tools find XML signing ("xml-sign-…") and prepayment ("…PP-ka") keys."""
    if label.usage == "xml":
        prefix = "dsp-xml-sign" if certificate.role == Role.DSP_XML_SIGN else "xml-sign"
        return f"{prefix}-{label.eui.hex().upper()}-ds"
    party = parties.party_of(label.eui)
    who = party.name if party else label.eui.hex()
    return f"hanlab-{who}PP-ka" if label.usage == "pp-ka" else f"hanlab-{who}-{label.usage}"
