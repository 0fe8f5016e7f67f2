"""What every part of the broker works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec

from dcc_stub.broker.settings import Settings
from dcc_stub.broker.users import Directory
from dcc_stub.duis import signature
from dcc_stub.duis.request import Request
from dcc_stub.duis.response import Response
from dcc_stub.duis.schema import Schema
from dcc_stub.store.store import Store
from keys.certificate import Certificate
from keys.errors import NotHeldError
from keys.points import load_private_key
from keys.profile import Usage
from smets.gbcs import protection
from smets.gbcs.message import Message

if TYPE_CHECKING:
    from smets.gbcs.suite import Suite

# Called with each request that is about to be sent and the time; True holds it back.
AnomalyCheck = Callable[[Request, int], bool]


def no_anomaly(request: Request, now: int) -> bool:
    """The default check: nothing is unusual."""
    return False


@dataclass(frozen=True)
class Context:
    """The store, the keys and the rules. `broker` is the EUI-64 of the access control broker."""

    store: Store
    directory: Directory
    suite: Suite
    broker: bytes
    settings: Settings = field(default_factory=Settings)
    anomaly: AnomalyCheck = no_anomaly
    schema: Schema | None = None

    def private_key(self, usage: Usage) -> bytes:
        """The broker's own private key; NotHeldError names what is missing."""
        found = self.directory.private_key(self.broker, usage)
        if found is None:
            raise NotHeldError(
                f"the broker's {usage} private key is not in the keystore: make the lab's keys"
            )
        return found

    @cached_property
    def signer(self) -> tuple[ec.EllipticCurvePrivateKey, Certificate]:
        """The key and certificate that sign the DCC's own documents."""
        certificate = self.directory.certificate(self.broker, "xml")
        if certificate is None:
            raise NotHeldError(
                "the broker's XML signing certificate is not in the keystore: make the lab's keys"
            )
        return load_private_key(self.private_key("xml")), certificate

    def sign(self, response: Response) -> bytes:
        """A response as it goes to a user."""
        private_key, certificate = self.signer
        return signature.sign(response.tree(), private_key, certificate)

    def deliver(self, party: bytes, response: Response, now: int) -> None:
        """Puts a signed document into the user's outbox."""
        self.store.deliveries.put(party, self.sign(response), now)

    def shared_secret(self, device: bytes) -> bytes | None:
        """The secret behind the MACs between broker and device; None without its certificate."""
        public_key = self.directory.public_key(device, "ka")
        if public_key is None:
            return None
        return self.suite.shared_secret(self.private_key("ka"), public_key)

    def sign_message(self, message: Message) -> None:
        """Puts the broker's signature into one of its own commands."""
        protection.sign(self.suite, self.private_key("ds"), message)
