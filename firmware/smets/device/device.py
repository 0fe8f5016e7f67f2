"""A GBCS device: messages in, answers out, whatever it measures or switches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import SmetsError
from smets.device import admission, answers, refusals
from smets.device.counters import Counters
from smets.device.modules import ACCESS, CREDENTIALS, forget
from smets.device.outbox import Outbox
from smets.device.refusals import Refusals
from smets.device.trust_anchors import TrustAnchors
from smets.gbcs import use_cases

if TYPE_CHECKING:
    from typing import Any

    from smets.device.admission import Command
    from smets.device.faults import Faults
    from smets.device.objects import Changes, Objects
    from smets.device.store import Store
    from smets.gbcs.grouping import GroupingHeader
    from smets.gbcs.suite import Suite
    from smets.gbcs.use_cases import UseCases

SIGNING_KEY = "key.ds"
AGREEMENT_KEY = "key.ka"

# message code of GCS28
_SET_CLOCK = 0x007F
# message codes of CS02a and CS02f; of CS02b and CS02g, less those by contingency and of roots
_PROVIDE_CREDENTIALS = (0x0008, 0x011B)
_UPDATE_CREDENTIALS = (
    0x0102,
    0x0103,
    0x0104,
    0x0105,
    0x0106,
    0x0107,
    0x0108,
    0x0125,
    0x0126,
)
# of CS03, CS04 and CS07
_JOINS = (0x000D, 0x00AB, 0x000E, 0x00AF, 0x000F, 0x0010, 0x0013)


class Device:
    """Its keys, trust anchors and counters are in `store`: see `provisioning`.

    An effect, the counter that guards it and the answer are one commit. An exception other than
    of this package means that the device has to be made anew from its store. `objects` are also
    CosemObjects where it takes DLMS commands, ZigbeeObjects where it takes GBZ commands.
    """

    def __init__(
        self,
        eui: bytes,
        device_type: int,
        suite: Suite,
        store: Store,
        use_cases: UseCases,
        objects: Objects,
    ) -> None:
        self.eui = eui
        self.device_type = device_type
        self.suite = suite
        self.store = store
        self.use_cases = use_cases
        self.objects: Any = objects
        self.anchors = TrustAnchors(store)
        self.counters = Counters(store)
        self.outbox = Outbox(store)
        self._refusals = Refusals(store)

    # What a link drives

    def receive(
        self, message: bytes | memoryview, now: int, also: Changes | None = None
    ) -> bytes | None:
        """Takes a message; the answer, which also waits in the outbox, or None.

        `also` is committed with whatever comes of the message, in the same commit.
        """
        changes: Changes = list(also or [])
        header = None
        try:
            decoded = admission.decode(message)
            header = decoded.header
            command = admission.admit(self, decoded)
            answer = self._execute(command, now, changes)
        except SmetsError as error:
            check = getattr(error, "code", refusals.PAYLOAD)
            changes = list(also or [])
            self._refusals.add(changes, check, header, now)
            self.store.commit(changes)
            self.objects.security_event(refusals.UNAUTHORISED_COMMUNICATION, now)
            return None
        self.outbox.add(changes, answer)
        self.store.commit(changes)
        return answer

    def poll(self, now: int) -> list[bytes]:
        """Lets the objects do what is due; the alerts that came of it, which are in the outbox."""
        self.objects.poll(now)
        return []

    def pending(self) -> list[tuple[int, bytes]]:
        """What waits in the outbox, number and message, oldest first."""
        waiting = []
        for number in self.outbox.numbers():
            waiting.append((number, self.outbox.message(number)))
        return waiting

    def delivered(self, number: int) -> None:
        """The hub has stored that message of the outbox, the oldest one."""
        self.outbox.acknowledged(number)

    def refusals(self) -> list[refusals.Refusal]:
        """The last messages that were refused, oldest first."""
        return self._refusals.all()

    @property
    def faults(self) -> Faults:
        """Accesses that are made to fail."""
        from smets.device.faults import Faults

        return Faults(self.store)

    # What commands are carried out with

    def shared_secret(self, public_key: bytes) -> bytes:
        """What the device's key agreement key makes with that public key."""
        return self.suite.shared_secret(self._key(AGREEMENT_KEY), public_key)

    def signing_key(self) -> bytes:
        """The private key of the device's signatures."""
        return self._key(SIGNING_KEY)

    def _key(self, name: str) -> bytes:
        key = self.store.get(name)
        if key is None:
            raise RuntimeError("the device has not been provisioned: no " + name)
        return key

    def _execute(self, command: Command, now: int, changes: Changes) -> bytes:
        if command.use_case.replay_protected:
            counter = command.message.header.originator_counter
            self.counters.accept(changes, command.role, counter)
        if command.use_case.is_for(self.device_type):
            header = answers.response_header(self, command, now)
            payload = self._payload(command, header, now, changes)
            if payload is not None:
                return answers.protect(self, command, header, payload)
        from smets.device.not_supported import alert

        return alert(self, command, now, changes)

    def _payload(
        self, command: Command, header: GroupingHeader, now: int, changes: Changes
    ) -> bytes | None:
        """What the response says, None when the device does not support the command."""
        kind = command.use_case.payload
        if kind == use_cases.DLMS:
            from smets.device import access

            if access.is_supported(self, command):
                return access.execute(self, command, header, now, changes)
        elif kind == use_cases.GBZ:
            from smets.device import zigbee_access

            if zigbee_access.is_supported(self, command):
                return zigbee_access.execute(self, command, header, now, changes)
        else:
            return self.asn1_payload(command, now, changes)
        return None

    def asn1_payload(self, command: Command, now: int, changes: Changes) -> bytes | None:
        """What the response to a command in DER says, None when the device does not support it."""
        code = command.use_case.message_code
        if code == _SET_CLOCK:
            from smets.device import set_clock

            try:
                return set_clock.execute(self, command, now, changes)
            finally:
                forget("smets.device.set_clock", "smets.gbcs.der")
        if code in _PROVIDE_CREDENTIALS:
            from smets.device import provide_credentials

            try:
                return provide_credentials.execute(self, command)
            finally:
                forget("smets.device.provide_credentials", *CREDENTIALS)
        if code in _UPDATE_CREDENTIALS:
            forget(*ACCESS)
            self.objects.rest()
            from smets.device import update_credentials

            try:
                return update_credentials.execute(self, command, now, changes)
            finally:
                forget("smets.device.update_credentials", *CREDENTIALS)
        if code in _JOINS:
            from smets.device import joins

            try:
                return joins.execute(self, command, changes)
            finally:
                forget("smets.device.joins", "smets.device.joined", *CREDENTIALS)
        return None
