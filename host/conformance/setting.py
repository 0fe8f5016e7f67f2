"""The device of a replay: whom it trusts, which secrets it shares, what it holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from host.conformance import loads, partners, zigbee_loads
from host.conformance.anchors import Anchors, Cell
from host.conformance.checks import Checker
from host.conformance.device_types import device_types
from host.conformance.loads import Load
from host.conformance.pairs import Pair
from host.conformance.payloads import payload_kind
from keys.certificate import Certificate
from keys.profile import Usage
from keys.store import Keystore
from keys.suite import Suite
from smets.gbcs import use_cases
from smets.gbcs.message import Message

# Reference devices keep their signing keys to themselves; the replayed one signs with this.
KEY_AGREEMENT: tuple[Usage, ...] = ("ka", "pp-ka")

SIGNING_PRIVATE_KEY = hashlib.sha256(b"the signing key of every replayed device").digest()


class Setting:
    """Makes, from a keystore, what a device holds before it gets one of the reference `pairs`."""

    def __init__(self, keystore: Keystore, checker: Checker, pairs: Iterable[Pair]) -> None:
        self._keystore = keystore
        self._checker = checker
        self._anchors = Anchors(keystore)
        self._types = device_types(pairs)
        self.signing_public_key = Suite().public_key(SIGNING_PRIVATE_KEY)

    def loads(self, pair: Pair) -> list[Load]:
        """Everything for one pair, in the order in which the device takes it."""
        device = pair.command.header.recipient
        found = [Load("device", (device, self.device_type(pair), SIGNING_PRIVATE_KEY))]
        found.append(Load("clock", (loads.clock(pair.response),)))
        counter = pair.response.header.supplementary_originator_counter
        if counter is not None:
            found.append(Load("counter", (counter,)))
        cells = self._anchors.cells(pair)
        found += [cell.load() for cell in cells]
        found += self._anchors.counters(pair)
        found += self._secrets(device, cells, pair.command)
        if payload_kind(pair.command) == use_cases.DLMS:
            plaintexts = self._checker.plaintexts(pair.response) or []
            found += loads.values(pair.command, pair.response, plaintexts)
        elif payload_kind(pair.command) == use_cases.GBZ:
            plaintexts = self._checker.plaintexts(pair.response) or []
            found += zigbee_loads.values(pair.command, pair.response, plaintexts)
        elif pair.command.header.message_code in partners.MESSAGE_CODES:
            found.append(partners.load(pair, self.device_type(pair)))
        return found

    def device_type(self, pair: Pair) -> int:
        """The type of the device that gets the pair's command."""
        return self._types[pair.command.header.recipient]

    def _secrets(self, device: bytes, cells: list[Cell], command: Message) -> Iterator[Load]:
        """What the device would agree with each party, from the party's private key."""
        parties = [(cell.eui, cell.public_key) for cell in cells]
        given = command.header.supplementary_certificate
        if given:
            certificate = Certificate.from_der(given)
            parties.append((certificate.eui or bytes(8), certificate.public_key))
        for eui, public_key in dict.fromkeys(parties):
            for usage in KEY_AGREEMENT:
                if self._keystore.public_key(eui, usage) == public_key:
                    secret = self._checker.secret(eui, device, usage)
                    if secret is not None:
                        yield Load("secret", (public_key, secret))
