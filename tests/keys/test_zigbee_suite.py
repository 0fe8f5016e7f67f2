"""The two implementations of the ZigbeeSuite judge each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.zigbee_suite import ZigbeeSuite
from smets.codec.errors import AuthenticationError, DecodeError
from smets.crypto.zigbee_suite import ZigbeeSuite as BoardSuite
from smets.zigbee import suite as seam

HOST: "seam.ZigbeeSuite" = ZigbeeSuite()
BOARD: "seam.ZigbeeSuite" = BoardSuite()

keys = st.binary(min_size=16, max_size=16)
nonces = st.binary(min_size=13, max_size=13)
mic_lengths = st.sampled_from((0, 4, 8, 16))


@given(st.binary(max_size=100), keys)
def test_both_hash_alike(data: bytes, key: bytes) -> None:
    assert HOST.mmo(data) == BOARD.mmo(data)
    assert HOST.keyed_hash(key, data) == BOARD.keyed_hash(key, data)


@given(keys, nonces, st.binary(max_size=40), st.binary(max_size=90), mic_lengths)
def test_both_seal_alike(
    key: bytes, nonce: bytes, aad: bytes, plaintext: bytes, mic_length: int
) -> None:
    sealed = HOST.ccm_seal(key, nonce, aad, plaintext, mic_length)
    assert sealed == BOARD.ccm_seal(key, nonce, aad, plaintext, mic_length)
    for suite in (HOST, BOARD):
        assert suite.ccm_open(key, nonce, aad, sealed, mic_length) == plaintext


@given(
    keys,
    nonces,
    st.binary(max_size=40),
    st.binary(min_size=16, max_size=60),
    st.sampled_from((8, 16)),
)
def test_both_refuse_what_nobody_sealed(
    key: bytes, nonce: bytes, aad: bytes, sealed: bytes, mic_length: int
) -> None:
    for suite in (HOST, BOARD):
        with pytest.raises(AuthenticationError):
            suite.ccm_open(key, nonce, aad, sealed, mic_length)


@pytest.mark.parametrize(
    ("key", "nonce", "mic_length"), [(15, 13, 4), (32, 13, 4), (16, 12, 4), (16, 13, 6)]
)
def test_both_refuse_other_sizes(key: int, nonce: int, mic_length: int) -> None:
    for suite in (HOST, BOARD):
        with pytest.raises(DecodeError):
            suite.ccm_seal(bytes(key), bytes(nonce), b"", b"text", mic_length)
        with pytest.raises(DecodeError):
            suite.ccm_open(bytes(key), bytes(nonce), b"", bytes(20), mic_length)
