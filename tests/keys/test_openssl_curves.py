"""OpenSSL judges the binary curves: `cryptography` has none any more."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import cbke
from keys.store import Keystore
from keys.zigbee_suite import ZigbeeSuite
from smets.codec.errors import DecodeError
from smets.crypto.koblitz import Koblitz, curve
from smets.zigbee import cbke_certificate
from tests.keys.openssl_curves import Curve

SUITE = ZigbeeSuite()
SUITES = cbke.SUITES


@pytest.fixture(scope="session", params=SUITES)
def judged(request: pytest.FixtureRequest) -> tuple[Koblitz, int, Curve]:
    try:
        return curve(request.param), request.param, Curve(request.param)
    except LookupError as reason:
        pytest.skip(str(reason))


scalars = st.integers(1, (1 << 281) - 1)


def private(chosen: Koblitz, number: int) -> bytes:
    return ((number % (chosen.n - 1)) + 1).to_bytes(chosen.private_size, "big")


def value(chosen: Koblitz, public_key: bytes) -> int:
    """The associate value of SEC 1, 3.4, by its definition."""
    half = (chosen.n.bit_length() + 1) // 2
    return int.from_bytes(public_key[1:]) % 2**half + 2**half


@given(numbers=st.tuples(scalars, scalars, scalars, scalars))
@settings(max_examples=40, deadline=None)
def test_keys_and_secrets(
    judged: tuple[Koblitz, int, Curve], numbers: tuple[int, int, int, int]
) -> None:
    chosen, suite, openssl = judged
    own, ephemeral, other, other_ephemeral = (private(chosen, number) for number in numbers)
    public = [SUITE.curve_public_key(suite, key) for key in (ephemeral, other, other_ephemeral)]
    assert public == [
        openssl.multiply(int.from_bytes(key)) for key in (ephemeral, other, other_ephemeral)
    ]
    secret = SUITE.mqv(suite, (own, ephemeral, public[0]), (public[1], public[2]))
    d, d_ephemeral = int.from_bytes(own), int.from_bytes(ephemeral)
    s = (d_ephemeral + value(chosen, public[0]) * d) % chosen.n
    implicit = openssl.multiply(value(chosen, public[2]), public[1])
    point = openssl.multiply(chosen.h * s, openssl.add(public[2], implicit))
    assert secret == point[1:]


@pytest.mark.parametrize("device", ["esme", "gsme"])
def test_certificates_stand_for_the_keys_beside_them(
    judged: tuple[Koblitz, int, Curve], store: Keystore, device: str
) -> None:
    chosen, suite, openssl = judged
    eui = next(eui for eui in store.zigbee_euis() if store.device_type(eui) == device)
    key = store.require_zigbee_keys(eui).cbke[suite]
    ca = store.require_cbke_authority()[suite]
    assert openssl.multiply(int.from_bytes(ca.private_key)) == ca.public_key
    e = int.from_bytes(SUITE.mmo(key.certificate)) % chosen.n
    point = cbke_certificate.decode(suite, key.certificate).reconstruction
    public_key = openssl.add(openssl.multiply(e, point), ca.public_key)
    assert openssl.multiply(int.from_bytes(key.private_key)) == public_key


@given(x=st.integers(0, (1 << 163) - 1), sign=st.sampled_from((2, 3)))
@settings(max_examples=60, deadline=None)
def test_points(judged: tuple[Koblitz, int, Curve], x: int, sign: int) -> None:
    """We take those that are on the curve by OpenSSL, and of the right order besides."""
    chosen, _, openssl = judged
    encoded = bytes((sign,)) + x.to_bytes(chosen.field.octets, "big")
    right = openssl.has(encoded) and openssl.multiply(chosen.n, encoded) == b"\x00"
    if right:
        assert chosen.encode_point(chosen.decode_point(encoded)) == encoded
    else:
        with pytest.raises(DecodeError):
            chosen.decode_point(encoded)
