"""The load entries of the benchmark do what they say: every read answered, opened and counted."""

from __future__ import annotations

import pytest

from dcc_stub.inventory.device import Device
from dcc_stub.inventory.status import Status
from dcc_stub.load import Bench, LoadError, through_engine, through_service
from smets.dlms.access import AccessRequest, encode_response
from smets.gbcs import protection
from smets.gbcs.message import Message
from smets.gbcs.protected_attributes import encode_response as protected_response
from tests.dcc_stub.lab import (
    CHF,
    ESME,
    NOW,
    SUITE,
    SUPPLIER,
    answer,
    keys,
    make_dcc,
    protected,
    response_header,
)

REGISTERS = bytes.fromhex("02010204060000000a02020f00161e060000000b02020f001620")


def meter(octets: bytes, now: int) -> bytes:
    """A meter with 10 Wh and 11 varh on its registers."""
    command = Message.decode(octets)
    header = response_header(command)
    secret = SUITE.shared_secret(
        keys().require_private_key(ESME, "ka"), keys().require_public_key(SUPPLIER, "ka")
    )
    ciphered = protection.encrypt(SUITE, secret, header, REGISTERS)
    counter = header.originator_counter
    data = protected_response(counter, header.originator, header.recipient, ciphered)
    invoke_id = AccessRequest.decode(command.payload).invoke_id
    return protected(header, encode_response(invoke_id, [data], [(3, 0)]))


def refusing(octets: bytes, now: int) -> bytes:
    return answer(Message.decode(octets), 3)


def bench(one) -> Bench:
    dcc = make_dcc()
    dcc.store.inventory.put(Device(ESME, "ESME", Status.COMMISSIONED, hub=CHF))
    return Bench(dcc, keys(), SUITE, SUPPLIER, CHF, {ESME: one}, lambda: NOW)


def test_load_through_the_engine():
    load = through_engine(bench(meter), rounds=3)
    assert load.requests == 3
    assert load.per_second > 0
    assert set(load.parts) >= {"DCC takes requests", "DCC takes responses", "user opens"}
    assert sum(load.parts.values()) <= load.seconds


async def test_load_through_the_service():
    load = await through_service(bench(meter), rounds=3)
    assert load.requests == 3


def test_a_load_whose_reads_fail_has_no_figures():
    with pytest.raises(LoadError, match="refuses"):
        through_engine(bench(refusing), rounds=1)
