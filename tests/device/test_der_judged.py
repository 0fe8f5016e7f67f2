"""The strict DER reader beside that of `cryptography`, on good, mutated and random octets."""

from __future__ import annotations

import os
from typing import Annotated

import pytest
from cryptography.hazmat import asn1
from cryptography.x509 import load_der_x509_certificate
from hypothesis import given, settings
from hypothesis import strategies as st

from smets.codec.errors import DecodeError
from smets.gbcs.credentials import CellIdentifier, CredentialsRequest
from smets.gbcs.x509 import Certificate
from tests.device import authorities
from tests.smets.device.engine import SUPPLIER

RUNS = settings(max_examples=int(os.environ.get("HANLAB_EXAMPLES", "800")), deadline=None)


@asn1.sequence
class JudgedCell:
    role: int
    key_usage: asn1.BitString
    cell_usage: Annotated[int, asn1.Default(0)]


@asn1.sequence
class JudgedRequest:
    asking: JudgedCell
    roles: list[int]


def judged(octets: bytes) -> JudgedRequest | None:
    try:
        return asn1.decode_der(JudgedRequest, octets)
    except ValueError:
        return None


def read(octets: bytes) -> CredentialsRequest | None:
    try:
        return CredentialsRequest.decode(octets)
    except DecodeError:
        return None


def fits(request: JudgedRequest) -> bool:
    """What GBCS asks for beyond DER: see `CredentialsRequest`."""
    cell = request.asking
    numbers = (cell.role, *request.roles)
    bits = cell.key_usage.as_bytes()
    padding = cell.key_usage.padding_bits()
    named = len(bits) == 1 and bits[0].bit_count() == 1 and bits[0] == 1 << padding
    return named and cell.cell_usage in {0, 1} and all(0 <= each < 1 << 159 for each in numbers)


good_requests = st.builds(
    lambda role, usage, cell_usage, roles: CredentialsRequest(
        CellIdentifier(role, usage, cell_usage), tuple(roles)
    ).encode(),
    st.integers(0, 300),
    st.integers(0, 7),
    st.integers(0, 1),
    st.lists(st.integers(0, 2**70), max_size=8),
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    octets = bytearray(draw(good_requests))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(octets)))
        kind = draw(st.integers(0, 2))
        if kind == 0 and at < len(octets):
            octets[at] = draw(st.integers(0, 255))
        elif kind == 1:
            octets[at:at] = draw(st.binary(min_size=1, max_size=2))
        else:
            del octets[at : at + 1]
    return bytes(octets)


@RUNS
@given(good_requests)
def test_what_is_written_is_der_for_both(octets):
    found = judged(octets)
    assert found is not None
    mine = CredentialsRequest.decode(octets)
    assert list(mine.roles) == found.roles
    assert (mine.asking.role, mine.asking.cell_usage) == (
        found.asking.role,
        found.asking.cell_usage,
    )
    assert asn1.encode_der(found) == octets


@RUNS
@given(st.one_of(mutated(), st.binary(max_size=40)))
def test_both_accept_and_refuse_the_same(octets):
    found = judged(octets)
    accepted = read(octets) is not None
    assert accepted == (found is not None and fits(found)), octets.hex()


@pytest.fixture(scope="module")
def certificate() -> bytes:
    return authorities.certificate(SUPPLIER, "ds", authorities.private_key("x")).encoded


@RUNS
@given(data=st.data())
def test_no_certificate_is_read_that_the_other_reader_refuses(certificate, data):
    octets = bytearray(certificate)
    for _ in range(data.draw(st.integers(1, 2))):
        at = data.draw(st.integers(0, len(octets) - 1))
        octets[at] = data.draw(st.integers(0, 255))
    try:
        found = Certificate(bytes(octets))
    except DecodeError:
        return
    other = load_der_x509_certificate(bytes(octets))
    assert other.tbs_certificate_bytes == found.signed
    key = other.public_key().public_numbers()
    assert b"\x04" + key.x.to_bytes(32) + key.y.to_bytes(32) == found.public_key
    assert int(other.not_valid_before_utc.timestamp()) - 946684800 == found.not_before
