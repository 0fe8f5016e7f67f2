"""Payloads that a device has protected rightly and filled wrongly: read, or refused as such."""

from __future__ import annotations

import json
import random
from functools import cache

import pytest

from dcc_stub.broker import effects
from dcc_stub.broker.effects import EFFECTS, Effect
from dcc_stub.inventory.device import Device
from dcc_stub.inventory.status import Status
from dcc_stub.transform import device_logs, joins
from dcc_stub.user import gbz_values
from dcc_stub.user.gbz_values import Answer
from dcc_stub.user.opening import Opener
from smets.codec.errors import DecodeError, SmetsError
from smets.gbcs import grouping, use_cases, use_cases_text
from smets.gbcs.gbz import Gbz
from smets.gbcs.grouping import GroupingHeader
from smets.gbcs.message import Message
from smets.zigbee.zcl import Frame
from tests.dcc_stub.lab import (
    BROKER,
    CHF,
    ESME,
    GPF,
    GSME,
    NOW,
    SUITE,
    SUPPLIER,
    Hub,
    User,
    delivered,
    gas_commissioned,
    keys,
    make_dcc,
    protected,
)
from tests.dcc_stub.test_gas_and_hub import device_log_alert, gpf_backup
from tests.dcc_stub.test_mutations import MUTATIONS, mutated
from tests.dcc_stub.test_opening import ALERTS, GENERIC_ALERTS, expected, messages

DEVICES = {0xA0: ESME, 0xA1: GSME, 0xA2: CHF, 0xA3: GPF}


@cache
def public() -> list[tuple[str, Message]]:
    """Public responses and alerts of the devices that the lab has keys of."""
    found = ((name, Message.decode(octets)) for name, octets in sorted(messages().items()))
    return [pair for pair in found if pair[1].header.originator[-1] in DEVICES]


def resent(message: Message, payload: bytes, recipient: bytes, counter: int) -> bytes:
    """The message with another payload, protected by the lab's device of the same kind."""
    header = message.header
    return protected(
        GroupingHeader(
            header.cra_flag,
            counter,
            DEVICES[header.originator[-1]],
            recipient,
            header.message_code,
            date_time=header.date_time,
        ),
        payload,
    )


def test_a_user_opens_any_payload_or_says_why_not(capsys: pytest.CaptureFixture[str]):
    chance = random.Random("opening")
    opener = Opener(keys(), SUITE, SUPPLIER)
    opened = refused = 0
    for number in range(MUTATIONS):
        _, message = chance.choice(public())
        octets = resent(message, mutated(message.payload, chance), SUPPLIER, number + 1)
        try:
            json.dumps(opener.open(octets).as_json())
            opened += 1
        except SmetsError:
            refused += 1
    assert refused > MUTATIONS // 4
    with capsys.disabled():
        print(f"\nprotected payloads for users: {refused} refused, {opened} opened")


def test_the_dcc_takes_any_payload(capsys: pytest.CaptureFixture[str]):
    """An alert reaches its user or is dropped; what the DCC keeps is a device log."""
    chance = random.Random("alerts")
    dcc = gas_commissioned(make_dcc())
    dcc.store.inventory.put(Device(ESME, "ESME", Status.COMMISSIONED, hub=CHF))
    hub = Hub(dcc)
    alerts = [
        message
        for _, message in public()
        if message.header.message_code in ALERTS | GENERIC_ALERTS
        and message.header.cra_flag == grouping.ALERT
    ]
    for number in range(MUTATIONS):
        message = chance.choice(alerts)
        recipient = chance.choice((SUPPLIER, BROKER))
        octets = resent(message, mutated(message.payload, chance), recipient, number + 1)
        hub.bring(DEVICES[message.header.originator[-1]], octets)
    reached = delivered(dcc)
    assert 0 < len(reached) < MUTATIONS
    assert {party for party, _ in reached} == {SUPPLIER}
    inventory = dcc.store.inventory
    assert device_logs.told(inventory.device_log(CHF) or b"").entries
    assert joins.backed_up(inventory.device_log(GPF) or b"")
    with capsys.disabled():
        print(f"\nprotected alerts for the DCC: {MUTATIONS}, {len(reached)} reached their user")


def test_no_response_upsets_the_inventory():
    """Whatever a response holds, the devices stay ones that there can be."""
    chance = random.Random("effects")
    dcc, user = gas_commissioned(make_dcc()), User()
    inventory = dcc.store.inventory
    codes = {code for code, _ in EFFECTS}
    responses = [
        message
        for _, message in public()
        if message.header.message_code in codes and message.header.cra_flag == grouping.RESPONSE
    ]
    assert len({message.header.message_code for message in responses}) >= 10
    inventory.keep_device_log(CHF, Message.decode(device_log_alert(GSME, ESME)).payload)
    fields = {
        "DeviceID": GSME,
        "OtherDeviceID": GPF,
        "OldCHFID": CHF,
        "AddDeviceToCHFWhitelist": {"ImportMPxN": "1000999888"},
    }
    for _ in range(MUTATIONS):
        right = chance.choice(responses)
        device = DEVICES[right.header.originator[-1]]
        request = user.request(chance.choice(("8.1.1", "8.9")), device, fields)
        wrong = Message.decode(resent(right, mutated(right.payload, chance), SUPPLIER, 1))
        effects.apply(Effect(inventory, request, wrong, NOW))
        assert {each.type for each in inventory.network(CHF)} <= {"CHF", "GSME", "GPF"}
        assert all(len(each) == 8 for each in inventory.joined_with(GPF))


def test_decrypted_answers_are_read_or_refused(capsys: pytest.CaptureFixture[str]):
    chance = random.Random("answers")
    seeds = []
    for name, message in public():
        case = use_cases_text.load().find(message.header.message_code)
        if case is None or case.payload != use_cases.GBZ or not case.zcl_commands:
            continue
        plain = iter(bytes.fromhex(each) for each in expected()[name].get("decrypted") or [])
        answers = [
            Answer(
                each.cluster,
                Frame.decode(
                    each.zcl_header + (each.payload if each.frame_counter is None else next(plain))
                ),
            )
            for each in Gbz.decode(message.payload).components
        ]
        seeds.append((case, answers))
    assert len(seeds) > 40
    read = refused = 0
    for _ in range(MUTATIONS):
        case, answers = chance.choice(seeds)
        changed = list(answers)
        at = chance.randrange(len(changed))
        cluster, frame = changed[at]
        octets = mutated(frame.encode(), chance)
        try:
            changed[at] = Answer(cluster, Frame.decode(octets))
            json.dumps([value.as_json() for value in gbz_values.values(case, changed)])
            read += 1
        except DecodeError:
            refused += 1
    assert refused > MUTATIONS // 4
    assert read > MUTATIONS // 20
    with capsys.disabled():
        print(f"\ndecrypted answers: {refused} refused, {read} read")


def test_a_backup_of_nobody_is_one_too():
    dcc = gas_commissioned(make_dcc())
    octets = protected(GroupingHeader(grouping.ALERT, 1, GPF, BROKER, 0x00B2), gpf_backup())
    Hub(dcc).bring(GPF, octets)
    assert dcc.store.inventory.device_log(GPF) == gpf_backup()
