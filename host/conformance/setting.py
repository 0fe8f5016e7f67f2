"""The device of a replay: whom it trusts, which secrets it shares, what it holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from keys.certificate import Certificate
from keys.profile import Role, Usage
from keys.store import Keystore
from keys.suite import Suite
from smets.gbcs import roles, use_cases
from smets.gbcs.message import Message

from host.conformance import anchors, loads
from host.conformance.checks import Checker
from host.conformance.loads import Load
from host.conformance.pairs import Pair
from host.conformance.payloads import payload_kind, use_case_of

# Reference devices keep their signing keys to themselves; the replayed one signs with this.
SIGNING_PRIVATE_KEY = hashlib.sha256(b"the signing key of every replayed device").digest()


class Setting:
    """Makes, from a keystore, what a device holds before it gets a reference command."""

    def __init__(self, keystore: Keystore, checker: Checker) -> None:
        self._keystore = keystore
        self._checker = checker
        self._parties = anchors.parties(keystore)
        self.signing_public_key = Suite().public_key(SIGNING_PRIVATE_KEY)

    def loads(self, pair: Pair) -> list[Load]:
        """Everything for one pair, in the order in which the device takes it."""
        device = pair.command.header.recipient
        found = [Load("device", (device, self._device_type(pair), SIGNING_PRIVATE_KEY))]
        found.append(Load("clock", (loads.clock(pair.response),)))
        counter = pair.response.header.supplementary_originator_counter
        if counter is not None:
            found.append(Load("counter", (counter,)))
        cells = anchors.cells(self._keystore, self._parties, pair)
        found += [cell.load() for cell in cells]
        found += self._secrets(device, [cell.certificate for cell in cells], pair.command)
        if payload_kind(pair.command) == use_cases.DLMS:
            plaintexts = self._checker.plaintexts(pair.response) or []
            found += loads.values(pair.command, pair.response, plaintexts)
        return found

    def _device_type(self, pair: Pair) -> int:
        """The reference does not say what its devices are, but which use cases they take."""
        use_case = use_case_of(pair.command)
        preferred = (roles.ESME, roles.GSME, roles.CHF, roles.GPF)
        return next(each for each in (*preferred, *range(8)) if use_case.is_for(each))

    def _secrets(
        self, device: bytes, certificates: list[Certificate], command: Message
    ) -> Iterator[Load]:
        """What the device would agree with each party, from the party's private key."""
        given = command.header.supplementary_certificate
        if given:
            certificates = [*certificates, Certificate.from_der(given)]
        for certificate in certificates:
            if certificate.eui is None:
                continue
            for usage in ("ka", "pp-ka"):
                held = self._keystore.certificate(certificate.eui, usage)
                if held is None or held.public_key != certificate.public_key:
                    continue
                secret = self._checker.secret(certificate.eui, device, usage)
                if secret is not None:
                    yield Load("secret", (certificate.public_key, secret))
