"""MACs, signatures and encrypted parts, checked with the keys of a keystore."""

from __future__ import annotations

from dataclasses import dataclass

from host.conformance import encrypted
from host.conformance.payloads import use_case_of
from keys.profile import Role, Usage
from keys.store import Keystore
from keys.suite import Suite
from smets.codec.errors import SmetsError
from smets.gbcs import protection, use_cases
from smets.gbcs.grouping import COMMAND
from smets.gbcs.message import Message


@dataclass(frozen=True)
class Check:
    """What came of one check: `reason` is empty when it held."""

    stage: str
    reason: str


class Checker:
    """Checks what the keys it has allow; what they do not is left out, not passed."""

    def __init__(self, keystore: Keystore) -> None:
        self._keystore = keystore
        self._suite = Suite()
        self._brokers = [
            eui
            for eui in keystore.euis()
            if keystore.role(eui) == Role.ACCESS_CONTROL_BROKER
            and keystore.private_key(eui, "ka") is not None
        ]

    def check(self, message: Message) -> list[Check]:
        """All checks of a message that can be made."""
        return self._mac(message) + self._signature(message) + self._encrypted(message)

    def secret(self, private_eui: bytes, public_eui: bytes, usage: Usage = "ka") -> bytes | None:
        """The agreed secret of one party's private key and another's public key, if held."""
        private_key = self._keystore.private_key(private_eui, usage)
        public_key = self._keystore.public_key(public_eui, "ka")
        if private_key is None or public_key is None:
            return None
        return self._suite.shared_secret(private_key, public_key)

    def _mac_secrets(self, message: Message) -> list[bytes]:
        header = message.header
        if header.cra_flag != COMMAND:
            pairs = [(header.recipient, header.originator)]
        elif use_case_of(message).category == use_cases.HAN_ONLY:
            pairs = [
                (header.originator, header.recipient),
                (header.recipient, header.originator),
            ]
        else:
            pairs = [(broker, header.recipient) for broker in self._brokers]
        found = (self.secret(*pair) for pair in pairs)
        return [secret for secret in found if secret is not None]

    def _mac(self, message: Message) -> list[Check]:
        if message.mac is None:
            return []
        reason = ""
        for secret in self._mac_secrets(message):
            try:
                protection.check_mac(self._suite, secret, message)
            except SmetsError as error:
                reason = str(error)
            else:
                return [Check("mac", "")]
        return [Check("mac", reason)] if reason else []

    def _signature(self, message: Message) -> list[Check]:
        if not message.signature:
            return []
        public_key = self._keystore.public_key(message.header.originator, "ds")
        if public_key is None:
            return []
        try:
            protection.check_signature(self._suite, public_key, message)
        except SmetsError as error:
            return [Check("signature", str(error))]
        return [Check("signature", "")]

    def plaintexts(self, message: Message) -> list[bytes] | None:
        """The encrypted parts opened; None when a key is missing; SmetsError when one is wrong."""
        header = message.header
        recipient = header.supplementary_remote_party or header.recipient
        secret = self.secret(recipient, header.originator)
        if secret is None:
            return None
        return [
            protection.decrypt(self._suite, secret, header, part)
            for part in encrypted.parts(message)
        ]

    def _encrypted(self, message: Message) -> list[Check]:
        parts = encrypted.parts(message)
        if not parts:
            return []
        try:
            opened = self.plaintexts(message)
        except SmetsError as error:
            return [Check("encrypted", str(error))]
        return [Check("encrypted", "") for _ in opened or []]
