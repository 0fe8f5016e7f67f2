"""Mutated input to every parser that faces strangers: an error of ours, or what was meant.

`HANLAB_MUTATIONS` sets how many mutations each parser gets.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable

import pytest

from dcc_stub.duis import xml
from dcc_stub.duis.request import Request
from dcc_stub.duis.response import Response
from dcc_stub.service import wan_frames
from dcc_stub.smki import repository
from dcc_stub.user.opening import Opener
from keys.errors import NotHeldError
from smets.codec.errors import SmetsError
from tests.dcc_stub.lab import (
    CHF,
    ESME,
    NOW,
    SUITE,
    SUPPLIER,
    Hub,
    User,
    answer,
    commissioned,
    delivered,
    keys,
    make_dcc,
)
from tests.dcc_stub.public_data import templates

MUTATIONS = int(os.environ.get("HANLAB_MUTATIONS", "2000"))
PIECES = (b"", b"\x00", b"<", b">", b"&#0;", b"]]>", b'"', b"\xff\xff", b"\x82\xff\xff", b"1e9")


def mutated(octets: bytes, chance: random.Random) -> bytes:
    out = bytearray(octets)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randrange(len(out) + 1)
        kind = chance.randrange(5)
        if kind == 0 and at < len(out):
            out[at] = chance.randrange(256)
        elif kind == 1:
            del out[at : at + chance.randrange(1, 20)]
        elif kind == 2:
            out[at:at] = chance.choice(PIECES)
        elif kind == 3:
            other = chance.randrange(len(out) + 1)
            out[at:at] = out[other : other + chance.randrange(1, 40)]
        else:
            del out[at:]
    return bytes(out)


def judge(
    name: str,
    seeds: list[bytes],
    parse: Callable[[bytes], object],
    errors: tuple[type[Exception], ...],
    capsys: pytest.CaptureFixture[str],
) -> tuple[int, int]:
    """How many mutations were taken and how many refused; any other exception fails the test."""
    chance = random.Random(name)
    taken = refused = 0
    for number in range(MUTATIONS):
        octets = mutated(seeds[number % len(seeds)], chance)
        try:
            parse(octets)
        except errors:
            refused += 1
        else:
            taken += 1
    with capsys.disabled():
        print(f"\n{name}: {MUTATIONS} mutations, {refused} refused, {taken} taken")
    return taken, refused


def test_requests(capsys: pytest.CaptureFixture[str]):
    def parse(octets: bytes) -> None:
        request = Request.read(xml.parse(octets))
        # Nothing lenient: what is taken says the same when it is written again.
        assert Request.read(xml.parse(xml.serialise(request.tree()))) == request

    seeds = [path.read_bytes() for path in templates()]
    _, refused = judge("DUIS requests", seeds, parse, (SmetsError,), capsys)
    assert refused > MUTATIONS // 4


def test_responses(capsys: pytest.CaptureFixture[str]):
    def parse(octets: bytes) -> None:
        response = Response.read(xml.parse(octets))
        assert Response.read(xml.parse(xml.serialise(response.tree()))) == response

    dcc, user = commissioned(make_dcc()), User()
    seeds = [
        user.post(dcc, user.request("4.1.1")).body,
        user.post(dcc, user.request("7.1")).body,
    ]
    _, refused = judge("DUIS responses", seeds, parse, (SmetsError,), capsys)
    assert refused > MUTATIONS // 4


def test_wan_frames(capsys: pytest.CaptureFixture[str]):
    def parse(octets: bytes) -> None:
        wan_frames.read(octets.decode("utf-8", "replace"))

    message = wan_frames.message("a-1", ESME, bytes(range(64)))
    status = {"type": "status", "devices": [{"device": ESME.hex(), "status": "joined"}]}
    hello = {"type": "hello", "hub": CHF.hex(), "version": 1}
    seeds = [each.encode() for each in (message, json.dumps(status), json.dumps(hello))]
    seeds += [wan_frames.ack("a-1").encode()]
    judge("WAN frames", seeds, parse, (wan_frames.FrameError,), capsys)


def test_certificate_queries(capsys: pytest.CaptureFixture[str]):
    def parse(octets: bytes) -> None:
        for function in (repository.search, repository.retrieve):
            assert function(keys(), octets).status in {200, 401, 402}

    eui = ESME.hex("-").encode()
    seeds = [
        b"<CertificateSearchRequest><CertificateSubjectAltName>%s</CertificateSubjectAltName>"
        b"</CertificateSearchRequest>" % eui,
        b"<CertificateDataRequest><CertificateSerial>1234</CertificateSerial>"
        b"</CertificateDataRequest>",
    ]
    taken, _ = judge("SMKI queries", seeds, parse, (), capsys)
    assert taken == MUTATIONS


def test_messages_of_devices(capsys: pytest.CaptureFixture[str]):
    """Only the device's own octets ever reach a user."""
    dcc, user = commissioned(make_dcc()), User()
    hub = Hub(dcc)
    user.ask(dcc, user.request("6.2.4"))
    request = user.request("7.1")
    user.ask(dcc, user.sign_pre_command(request, user.ask(dcc, request)))
    rights = [answer(command) for _, command in hub.take()]
    seen: list[bytes] = []

    def parse(octets: bytes) -> None:
        hub.bring(ESME, octets)

    judge("messages of devices", rights, parse, (), capsys)
    for _, response in delivered(dcc, NOW):
        seen.append(response.gbcs_message or b"")
    signed = rights[1]
    # A MAC for the user is the user's to check; a signature is checked here.
    assert all(each == signed for each in seen if each[:1] == signed[:1])


def test_messages_for_users(capsys: pytest.CaptureFixture[str]):
    dcc, user = commissioned(make_dcc()), User()
    user.ask(dcc, user.request("6.2.4"))
    ((_, command),) = Hub(dcc).take()
    right = answer(command)
    opener = Opener(keys(), SUITE, SUPPLIER)

    def parse(octets: bytes) -> None:
        opener.open(octets)
        # Some mutations change nothing.
        assert octets == right

    judge("messages for users", [right], parse, (SmetsError, NotHeldError), capsys)
