"""Mutated messages for the device engine: raw ones, and ones whose MAC and signature are good.

`fuzz(seed, count)` raises AssertionError, or whatever the engine raised, with the message that did
it; what it returns counts how the messages ended.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from random import Random

from smets.device.device import Device
from smets.dlms.access import AccessRequest
from smets.gbcs import roles
from smets.gbcs.credentials import CredentialsRequest
from smets.gbcs.credentials_update import CredentialsUpdate, decode_response
from smets.gbcs.grouping import COMMAND, GroupingHeader
from smets.gbcs.message import Message
from tests.device import authorities
from tests.device.authorities import UPDATE_SUPPLIER, WORLD
from tests.smets.device.engine import (
    ASK_CREDENTIALS,
    BROKER,
    CHANGE,
    CLOSE_SWITCH,
    CREDIT_MODE,
    DEVICE,
    NOW,
    OPERATOR,
    READ_DAILY,
    READ_IMPORT,
    READ_POWER,
    READ_PROFILE,
    SET_MPAN,
    STRANGER,
    SUPPLIER,
    Party,
    payload,
)

PARTIES = (SUPPLIER, OPERATOR, BROKER, CHANGE, STRANGER)
CODES = (
    READ_POWER,
    READ_IMPORT,
    READ_DAILY,
    READ_PROFILE,
    CLOSE_SWITCH,
    SET_MPAN,
    ASK_CREDENTIALS,
    UPDATE_SUPPLIER,
    CREDIT_MODE,
)
SIGNED = (CLOSE_SWITCH, UPDATE_SUPPLIER, CREDIT_MODE)
DEVICE_LIFE = 2000  # messages; then a new one, for commands that were carried out change it


class Fuzzer:
    """One device at a time, and messages for it."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.device: Device = authorities.device()
        self.counter = 1000
        self.ended: Counter[str] = Counter()

    def run(self, count: int) -> None:
        kinds = (self.raw, self.raw, self.body, self.body, self.header, self.noise)
        for number in range(count):
            if number % DEVICE_LIFE == 0:
                self.device = authorities.device()
            self.counter += 1
            kinds[self.random.randrange(len(kinds))]()

    # Kinds of messages

    def raw(self) -> None:
        """Octets of a whole message changed: the MAC does not allow any."""
        good = self.good()
        octets = self.mutated(good)
        answer = self.give(octets, "raw")
        assert answer is None or octets == good, octets.hex()

    def body(self) -> None:
        """The payload changed before the message is protected."""
        message = Message.decode(self.good())
        message.payload = self.mutated(message.payload)
        answer = self.give(self.protected(message), "body")
        if answer is not None and Message.decode(answer).header.message_code != 0x0120:
            self.judge(message, Message.decode(answer))

    def header(self) -> None:
        """The header's fields changed before the message is protected."""
        message = Message.decode(self.good())
        header, random = message.header, self.random
        for _ in range(random.randint(1, 2)):
            change = random.randrange(7)
            if change == 0:
                header.originator_counter = random.choice(
                    (0, 1, self.counter - 1, random.getrandbits(64), (1 << 64) - 1)
                )
            elif change == 1:
                header.originator = random.choice((*[p.eui for p in PARTIES], bytes(8)))
            elif change == 2:
                header.recipient = random.choice((DEVICE, bytes(8), SUPPLIER.eui))
            elif change == 3:
                header.message_code = random.choice((*CODES, random.getrandbits(16)))
            elif change == 4:
                header.supplementary_remote_party = STRANGER.eui
                header.supplementary_remote_party_counter = random.getrandbits(64)
            elif change == 5:
                header.supplementary_remote_party = STRANGER.eui
                header.supplementary_remote_party_counter = 5
                header.supplementary_certificate = self.mutated(STRANGERS_CERTIFICATE)
            else:
                header.cra_flag = random.choice((1, 2, 3))
        self.give(self.protected(message), "header")

    def noise(self) -> None:
        """Random octets, sometimes behind the start of a message."""
        start = self.good()[: self.random.choice((0, 1, 7, 20, 40))]
        self.give(start + self.random.randbytes(self.random.randrange(80)), "noise")

    # Making messages

    def good(self) -> bytes:
        code = self.random.choice(CODES)
        party: Party = BROKER if code == ASK_CREDENTIALS else SUPPLIER
        if code == UPDATE_SUPPLIER:
            body = update(self.counter)
        elif code == CREDIT_MODE:
            body = b"\x00"
        else:
            body = payload(code, self.counter, party.eui)
        message = Message(GroupingHeader(COMMAND, self.counter, party.eui, DEVICE, code), body)
        return self.protected(message)

    def protected(self, message: Message) -> bytes:
        signer = next((p for p in PARTIES if p.eui == message.header.originator), None)
        return WORLD.protected(message, signer if message.header.message_code in SIGNED else None)

    def mutated(self, octets: bytes) -> bytes:
        random = self.random
        out = bytearray(octets)
        for _ in range(random.choice((1, 1, 1, 2, 4))):
            at = random.randrange(len(out)) if out else 0
            kind = random.randrange(8)
            if kind <= 2 and out:
                out[at] ^= 1 << random.randrange(8)
            elif kind == 3 and out:
                out[at] = random.choice((0, 1, 0x7F, 0x80, 0x81, 0x82, 0x83, 0xFF))
            elif kind == 4:
                del out[at : at + random.choice((1, 1, 2, 8))]
            elif kind == 5:
                out[at:at] = random.randbytes(random.choice((1, 1, 2, 8)))
            elif kind == 6:
                del out[at:]
            else:
                start = random.randrange(len(out)) if out else 0
                piece = out[start : start + random.randrange(16)]
                out[at : at + len(piece)] = piece
        return bytes(out)

    # Judging what came of them

    def give(self, octets: bytes, kind: str) -> bytes | None:
        device = self.device
        accepted = device.counters.accepted(roles.SUPPLIER)
        waiting = len(device.outbox)
        try:
            answer = device.receive(octets, NOW)
        except Exception as error:
            raise AssertionError(f"{error!r} on {octets.hex()}") from error
        if answer is None:
            assert device.counters.accepted(roles.SUPPLIER) == accepted, octets.hex()
            assert len(device.outbox) == waiting, octets.hex()
            self.ended[f"{kind}: {device.refusals()[-1].check}"] += 1
        else:
            Message.decode(answer)
            assert len(device.outbox) == waiting + 1, octets.hex()
            device.outbox.acknowledged(device.outbox.numbers()[0])
            self.ended[f"{kind}: answered"] += 1
            is_update = Message.decode(octets).header.message_code == UPDATE_SUPPLIER
            if is_update or device.counters.accepted(roles.SUPPLIER) > self.counter:
                self.device = authorities.device()
        return answer

    def judge(self, message: Message, answer: Message) -> None:
        """What was carried out was in the one form of its language."""
        body = message.payload
        if body[:1] == b"\xd9":
            assert AccessRequest.decode(body).encode() == body, body.hex()
        elif message.header.message_code == ASK_CREDENTIALS:
            assert CredentialsRequest.decode(body).encode() == body, body.hex()
        else:
            request = CredentialsUpdate.decode(body)
            assert request.control.encode() in body, body.hex()
            outcome = decode_response(answer.payload)
            assert outcome is not None
            for (octets, _), cell in zip(request.replacements, outcome.cells, strict=True):
                assert cell.status or octets in GOOD_CERTIFICATES, body.hex()


def update(counter: int) -> bytes:
    """CS02b for the three cells of the supplier."""
    return authorities.update(authorities.control(counter, floor=0), REPLACEMENTS)


STRANGERS_CERTIFICATE = authorities.certificate(STRANGER, "ka", STRANGER.key("ka")).encoded
REPLACEMENTS = [
    (authorities.certificate(SUPPLIER, "ds", SUPPLIER.key("ds")), authorities.SIGNING),
    (authorities.certificate(SUPPLIER, "ka", SUPPLIER.key("ka")), authorities.AGREEMENT),
    (authorities.certificate(SUPPLIER, "pp-ka", SUPPLIER.key("ka")), authorities.TOP_UP),
]
GOOD_CERTIFICATES = {certificate.encoded for certificate, _ in REPLACEMENTS}


def fuzz(seed: int, count: int) -> Counter[str]:
    """Gives `count` messages to devices; how they ended."""
    fuzzer = Fuzzer(seed)
    fuzzer.run(count)
    return fuzzer.ended


if __name__ == "__main__":
    begun = time.perf_counter()
    amount = int(sys.argv[2])
    for name, number in sorted(fuzz(int(sys.argv[1]), amount).items()):
        print(f"{number:9} {name}")
    print(f"{amount / (time.perf_counter() - begun):9.0f} messages a second")
