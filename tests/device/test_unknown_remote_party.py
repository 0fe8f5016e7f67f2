"""Encrypted answers for a party that the device does not know, by the certificate it brings."""

import pytest

from smets.dlms.access import ACTION, AccessResponse
from smets.gbcs import protection, roles
from smets.gbcs.message import Message
from tests.device import authorities
from tests.device.authorities import WORLD, certificate
from tests.smets.device.engine import (
    AGREEMENT_KEY,
    BROKER,
    CHANGE,
    DAILY,
    NOW,
    PROTECT_DAILY,
    READ_DAILY,
    ROWS,
    STRANGER,
    access,
    payload,
    protected_request,
)

PERIOD = (NOW - 86400, NOW)


def command(counter, encoded, party=STRANGER, requester=STRANGER.eui, body=None):
    if body is None:
        request = protected_request(counter, DAILY, requester, PERIOD)
        body = access(counter, (ACTION, PROTECT_DAILY, request))
    message = Message.decode(WORLD.command(READ_DAILY, counter, BROKER, body))
    message.header.supplementary_remote_party = party.eui
    message.header.supplementary_remote_party_counter = 1234
    message.header.supplementary_certificate = encoded
    return WORLD.protected(message)


def good():
    return certificate(STRANGER, "ka", STRANGER.key("ka"))


@pytest.fixture
def device():
    return authorities.device()


def opened(answer):
    message = WORLD.opened(answer, BROKER)
    response = AccessResponse.decode(message.payload)
    assert response.results == ((ACTION, 0),)
    device_key = WORLD.public_key(AGREEMENT_KEY)
    secret = WORLD.suite.shared_secret(STRANGER.key("ka"), device_key)
    ciphered = response.data[0][1][1][1]
    return message, protection.decrypt(WORLD.suite, secret, message.header, ciphered)


def test_the_answer_is_encrypted_for_the_party_and_goes_to_the_broker(device):
    message, plaintext = opened(device.receive(command(5, good().encoded), NOW))
    header = message.header
    assert plaintext == b"\x02\x01" + ROWS
    assert header.recipient == BROKER.eui
    assert header.supplementary_remote_party == STRANGER.eui
    assert header.supplementary_remote_party_counter == 1234
    assert header.supplementary_originator_counter == 1
    assert device.objects.calls[0] == ("get_range", DAILY, *PERIOD)


def test_no_counter_of_the_device_is_used_twice(device):
    counters = []
    for counter in (5, 6, 6):
        message, _ = opened(device.receive(command(counter, good().encoded), NOW))
        counters.append(message.header.supplementary_originator_counter)
        device = WORLD.open(device.store)
    assert counters == [1, 2, 3]


def test_what_fails_is_told_in_the_clear_and_needs_no_counter(device):
    device.faults.inject(*PROTECT_DAILY, 1, True)
    message = WORLD.opened(device.receive(command(5, good().encoded), NOW), BROKER)
    assert message.header.supplementary_originator_counter is None
    assert message.payload[-5:].hex() == "0100010301"


def foreign_certificates():
    key = STRANGER.key("ka")
    device_certificate = authorities.issue.device(
        authorities.issuer(), STRANGER.eui, "ka", good().public_key, authorities.terms()
    )
    off_curve = bytearray(good().encoded)
    off_curve[off_curve.index(good().public_key) + 64] ^= 1
    return {
        "of another party": certificate(CHANGE, "ka", key).encoded,
        "for signatures": certificate(STRANGER, "ds", key).encoded,
        "of a device": device_certificate.encoded,
        "of an authority": authorities.issuer().certificate.encoded,
        "with a key off the curve": bytes(off_curve),
        "with octets behind it": good().encoded + b"\0",
        "that is none": bytes(400),
    }


@pytest.mark.parametrize("name", foreign_certificates())
def test_a_certificate_that_does_not_fit_is_refused(device, name):
    assert device.receive(command(5, foreign_certificates()[name]), NOW) is None
    assert device.refusals()[-1].check == "payload"
    assert device.objects.calls == []


def test_the_requester_has_to_be_that_party(device):
    assert device.receive(command(5, good().encoded, requester=BROKER.eui), NOW) is None
    assert device.refusals()[-1].check == "payload"


def test_a_certificate_where_nothing_is_encrypted_is_refused(device):
    message = Message.decode(command(5, good().encoded))
    message.header.message_code = 0x0038
    message.payload = payload(0x0038, 5)
    assert device.receive(WORLD.protected(message), NOW) is None
    assert device.refusals()[-1].check == "payload"


def test_a_known_party_brings_none(device):
    message = Message.decode(WORLD.command(READ_DAILY, 5))
    message.header.supplementary_certificate = b""
    assert device.receive(WORLD.protected(message), NOW)
    assert device.anchors.roles_of(STRANGER.eui) == []
    assert STRANGER.role == roles.SUPPLIER
