"""Commands to a gas meter's real objects: mutated, and cut off at every write of the flash."""

import random

from smets.crypto.suite import Suite
from smets.device.device import Device
from smets.device.provisioning import provision
from smets.gbcs import roles
from smets.gbcs.gbz import Component, Gbz
from smets.gbcs.zcl_command import INDEX, ISSUED, TEXT, Field
from smets.meter import clusters, gsme, gsme_objects_text
from smets.meter.state import value_name
from tests.smets.device.engine import (
    AGREEMENT_KEY,
    BROKER,
    DEVICE,
    NOW,
    OPERATOR,
    SIGNING_KEY,
    SUPPLIER,
    World,
    use_cases,
)
from tests.smets.meter.power import CutFlash, PowerCut

WORLD = World(Suite())
MUTANTS = 1500
KEPT = [
    value_name(clusters.attribute(cluster, number))
    for cluster, number in ((0x0702, 0x0014), (0x0702, 0x0307), (0x0700, 0x0302), (0x0700, 0x0304))
]
CLOSE_VALVE, ARM_VALVE, SET_MPRN = 0x0081, 0x0085, 0x0087

# Every GBZ command to a gas meter of which the table knows the payload.
CASES = [
    case
    for case in use_cases().all()
    if case.is_command and case.zcl_commands and case.is_for(roles.GSME)
]


def meter(flash) -> Device:
    return gsme.create(DEVICE, WORLD.suite, flash, gsme_objects_text.tables)


def new_meter(flash) -> Device:
    device = meter(flash)
    provision(device.store, SIGNING_KEY, AGREEMENT_KEY, WORLD.cells())
    device.poll(NOW - 3600)
    return device


def field(rule: Field, index: int, chance: random.Random) -> bytes:
    if rule.kind == TEXT:
        text = chance.randbytes(chance.choice((0, 1, 10, 32, 33, 255)))
        return bytes((len(text),)) + text
    number = chance.choice((0, 1, NOW, 0xFFFFFFFF, chance.getrandbits(32)))
    if rule.constant is not None:
        number = rule.constant
    elif rule.kind == INDEX:
        number = index
    elif rule.kind == ISSUED:
        number = NOW
    return (number & (1 << 8 * rule.size) - 1).to_bytes(rule.size, "little")


def payload(case, chance: random.Random) -> bytes:
    """One that fits the use case."""
    components: list[Component] = []
    for line in case.zcl_commands:
        for index in range(line.times):
            body = b"".join(each.to_bytes(2, "little") for each in line.attributes)
            body += b"".join(field(rule, index, chance) for rule in line.fields)
            head = bytes((line.frame_control, len(components), line.command))
            moment = NOW - 86400 if line.dated else None
            components.append(Component(line.cluster, head, body, None, moment))
    return Gbz(tuple(components)).encode()


def mutated(octets: bytes, chance: random.Random) -> bytes:
    out = bytearray(octets)
    for _ in range(chance.choice((1, 1, 2, 5))):
        kind, at = chance.randrange(4), chance.randrange(len(out) or 1)
        if kind == 0:
            out[at : at + 1] = bytes((chance.randrange(256),))
        elif kind == 1:
            del out[at : at + 1]
        elif kind == 2:
            out.insert(at, chance.randrange(256))
        else:
            del out[at : at + chance.randrange(20)]
    return bytes(out)


def command(case, counter: int, body: bytes) -> bytes:
    party = next(each for each in (SUPPLIER, OPERATOR, BROKER) if case.may_come_from(each.role))
    return WORLD.command(case.message_code, counter, party, body, case.is_critical)


def test_the_table_has_the_commands_of_a_gas_meter() -> None:
    assert len(CASES) >= 30


def test_every_command_is_answered_and_its_answer_is_protected() -> None:
    chance = random.Random(3)
    device = new_meter(CutFlash(chance.randrange))
    for counter, case in enumerate(CASES * 3, 1):
        answer = device.receive(command(case, counter, payload(case, chance)), NOW + counter)
        assert answer is not None, case.name
        head = device.outbox.head()
        assert head is not None
        device.delivered(head)
    assert device.refusals() == []


def test_no_mutant_crashes_a_meter_or_changes_it_without_an_answer() -> None:
    chance = random.Random(7)
    device = new_meter(CutFlash(chance.randrange))
    answered = refused = 0
    for counter in range(1, MUTANTS + 1):
        case = chance.choice(CASES)
        body = mutated(payload(case, chance), chance)
        before = [device.store.get(name) for name in KEPT]
        answer = device.receive(command(case, counter, body), NOW + counter)
        if answer is None:
            refused += 1
            assert [device.store.get(name) for name in KEPT] == before
            assert case.message_code == device.refusals()[-1].message_code
        else:
            answered += 1
            device.delivered(device.outbox.head() or 0)
    assert refused > MUTANTS // 2
    assert answered > 20


def test_power_cut_at_any_write_leaves_a_command_done_whole_or_not_at_all() -> None:
    fields = random.Random(1)
    cases = {case.message_code: case for case in CASES}
    script = [(CLOSE_VALVE, b"\x00"), (ARM_VALVE, b"\x01")] * 2
    commands = [
        command(cases[code], counter, payload(cases[code], fields))
        for counter, (code, _) in enumerate(script, 1)
    ]
    cut_at, cuts = 0, 0
    while True:
        chance = random.Random(cut_at)
        flash = CutFlash(chance.randrange)
        device = new_meter(flash)
        flash.cut_at = flash.writes + cut_at
        sent = 0
        try:
            for at, octets in enumerate(commands):
                sent = at + 1
                device.receive(octets, NOW + at)
            flash.cut_at = None
        except PowerCut:
            cuts += 1
        if flash.cut_at is None:
            break
        device = meter(flash.after_cut())
        done = device.counters.accepted(roles.SUPPLIER)
        assert done in {sent - 1, sent}
        assert len(device.pending()) == done
        device.poll(NOW + 10)
        status = device.objects.read(0x0702, 0x0014, NOW + 10)
        assert status == b"\x30" + (script[done - 1][1] if done else b"\x02")
        _, log = device.objects.state.log(gsme.EVENT_LOG)
        events = [row[7:9] for row in log.select(0, NOW + 10) if row[4:6] == b"\x81\x54"]
        assert events == [code.to_bytes(2, "big") for code, _ in script[:done]]
        cut_at += 1
    assert cuts > 12
