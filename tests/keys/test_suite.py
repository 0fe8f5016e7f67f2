"""The PC's Suite: the same vectors as the device's, and both against each other."""

import random
import traceback

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from keys.suite import ORDER, Suite
from smets.codec.errors import AuthenticationError, DecodeError
from smets.crypto import p256
from smets.crypto.ecdsa import sign
from smets.crypto.rfc6979 import nonces
from smets.crypto.suite import Suite as DeviceSuite
from tests.smets.crypto import test_published, test_wycheproof

SUITE = Suite()
ONE = bytes(31) + b"\x01"
SECRET = bytes.fromhex("5e" * 31 + "c7")


def test_wycheproof_ecdh():
    assert test_wycheproof.check_ecdh(SUITE) == (330, 25)


def test_wycheproof_ecdsa():
    assert test_wycheproof.check_ecdsa(SUITE) == (173, 89)


def test_wycheproof_gcm_and_gmac_with_ivs_of_12_octets():
    for name, expected in (("aes_gcm_test", (40, 27)), ("aes_gmac_test", (15, 54))):
        found = test_wycheproof.check_gcm(SUITE.gcm_seal, SUITE.gcm_open, name, iv_bits=96)
        assert found == expected


def test_published_examples():
    assert test_published.check_gbcs(SUITE) == 2
    assert test_published.check_dlms_gcm(SUITE) == 4
    assert test_published.check_dlms_curve(SUITE) == (4, 1)


def test_the_order_is_the_curves():
    assert ORDER == p256.N


def test_both_suites_agree():
    device = DeviceSuite()
    source = random.Random(6979)
    private = [source.randbytes(32) for _ in range(6)]
    public = [SUITE.public_key(key) for key in private]
    assert [device.public_key(key) for key in private] == public
    for own, other in zip(private, reversed(public), strict=True):
        assert SUITE.shared_secret(own, other) == device.shared_secret(own, other)
        message = source.randbytes(source.randrange(300))
        signature = SUITE.sign(own, message)
        assert device.sign(own, message) == signature
        assert device.verify(SUITE.public_key(own), message, signature)
        assert SUITE.verify(SUITE.public_key(own), message, signature)
        assert device.sha256(message) == SUITE.sha256(message)
        key, iv, aad = source.randbytes(16), source.randbytes(12), source.randbytes(40)
        sealed = SUITE.gcm_seal(key, iv, message, aad)
        assert device.gcm_seal(key, iv, message, aad) == sealed
        assert SUITE.gcm_open(key, iv, sealed[:-16], sealed[-16:-4], aad) == message


def test_openssl_signs_a_digest_above_the_order_as_the_device_does():
    digest = b"\xff" * 32
    algorithm = ec.ECDSA(utils.Prehashed(SHA256()), deterministic_signing=True)
    key = ec.derive_private_key(int.from_bytes(SECRET), ec.SECP256R1())
    r, s = utils.decode_dss_signature(key.sign(digest, algorithm))
    ours = sign(int.from_bytes(SECRET), digest, nonces(SECRET, digest))
    assert ours == r.to_bytes(32) + s.to_bytes(32)


def test_new_private_keys_are_in_range(monkeypatch):
    answers = [b"\xff" * 32, bytes(32), ORDER.to_bytes(32), SECRET]
    monkeypatch.setattr("keys.suite.os.urandom", lambda size: answers.pop(0)[:size])
    assert SUITE.generate() == SECRET
    assert not answers


@pytest.mark.parametrize(
    "public_key",
    [
        b"",
        b"\x00",
        bytes(65),
        SUITE.public_key(ONE)[:33],
        b"\x03" + SUITE.public_key(ONE)[1:33],
        SUITE.public_key(ONE)[:-1] + b"\x00",
        b"\x04" + p256.P.to_bytes(32) + bytes(32),
    ],
    ids=["empty", "infinity", "zeros", "cut", "compressed", "off the curve", "out of range"],
)
def test_bad_public_keys_are_refused(public_key):
    with pytest.raises(DecodeError):
        SUITE.shared_secret(ONE, public_key)
    with pytest.raises(DecodeError):
        SUITE.verify(public_key, b"", bytes(64))


@pytest.mark.parametrize("private_key", [b"", SECRET[:31], SECRET + b"\x01", bytes(32)])
def test_bad_private_keys_are_refused_without_showing_them(private_key):
    for use in (SUITE.public_key, lambda key: SUITE.sign(key, b"")):
        with pytest.raises(DecodeError) as caught:
            use(private_key)
        text = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
        for shown in (private_key.hex(), repr(private_key), str(int.from_bytes(private_key))):
            assert len(shown) < 10 or shown not in text


def test_no_key_shows_in_a_suite():
    suite = Suite()
    suite.sign(SECRET, b"message")
    assert SECRET.hex() not in repr(suite) + repr(vars(suite))


def test_signatures_of_other_sizes_are_false():
    signature = SUITE.sign(SECRET, b"message")
    public_key = SUITE.public_key(SECRET)
    assert SUITE.verify(public_key, b"message", signature)
    for bad in (b"", signature[:-1], signature + b"\x00", bytes(64)):
        assert not SUITE.verify(public_key, b"message", bad)


def test_other_sizes_of_keys_ivs_and_tags_are_refused():
    key, iv = bytes(range(16)), bytes(12)
    sealed = SUITE.gcm_seal(key, iv, b"text", b"")
    ciphertext, tag = sealed[:4], sealed[4:]
    for size in range(12, 17):
        assert SUITE.gcm_open(key, iv, ciphertext, tag[:size], b"") == b"text"
    for bad in (b"", tag[:11], tag + b"\x00", tag[:11] + bytes([tag[11] ^ 1])):
        with pytest.raises(AuthenticationError):
            SUITE.gcm_open(key, iv, ciphertext, bad, b"")
    for bad_key, bad_iv in ((key[:15], iv), (key + key, iv), (key, b""), (key, bytes(16))):
        with pytest.raises(DecodeError):
            SUITE.gcm_seal(bad_key, bad_iv, b"text", b"")
        with pytest.raises(DecodeError):
            SUITE.gcm_open(bad_key, bad_iv, ciphertext, tag, b"")
