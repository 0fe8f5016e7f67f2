"""The whole firmware of a gas meter in a VM, with real keys, behind a real hub; it sleeps."""

from keys import parties
from smets.gbcs import der, roles
from tests.gbcs_user import ADD_TO_DEVICE_LOG, GbcsUser, listing
from tests.host.boards import meters
from tests.host.boards.meters import CHF
from tests.host.hub.lab import NOW, Time, until

GSME = parties.GSME.eui
METER = GSME.hex()

SET_CLOCK, CLOSE_VALVE, ARM_VALVE, READ_VALVE = 0x007F, 0x0081, 0x0085, 0x0082
SET_MPRN, READ_MPRN = 0x0087, 0x0089
READ_REGISTER, READ_PROFILE, READ_DAILY, READ_BILLING = 0x0074, 0x0078, 0x0077, 0x0076
READ_EVENTS, CLEAR_EVENTS = 0x0014, 0x0015

READ_RESPONSE, DEFAULT_RESPONSE = 0x01, 0x0B
ALL_DAY = (NOW - 86400, NOW + 86400)


def times(*each):
    """What GCS28 is given: all of a day."""
    period = b"".join(der.element(der.GENERALIZED_TIME, time) for time in each)
    return der.element(der.SEQUENCE, period)


async def test_a_sleeping_meter_is_commissioned_read_and_closed(tmp_path, dcc, gate_vm):
    keystore = meters.make(tmp_path)
    broker = GbcsUser(keystore, parties.ACCESS_CONTROL_BROKER)
    supplier = GbcsUser(keystore)
    clock = times(b"20000101000000Z", b"20991231000000Z")
    commands = [
        supplier.der_command(SET_CLOCK, GSME, 1, clock),
        supplier.zigbee_command(SET_MPRN, GSME, 2, b"1234567890"),
        supplier.zigbee_command(READ_MPRN, GSME, 3),
        supplier.zigbee_command(READ_REGISTER, GSME, 4),
        supplier.zigbee_command(CLOSE_VALVE, GSME, 5),
        supplier.zigbee_command(ARM_VALVE, GSME, 6),
        supplier.zigbee_command(READ_VALVE, GSME, 7),
        supplier.zigbee_command(READ_EVENTS, GSME, 8, *ALL_DAY),
        supplier.zigbee_command(CLEAR_EVENTS, GSME, 9, 3),
        supplier.zigbee_command(READ_EVENTS, GSME, 10, *ALL_DAY),
        supplier.zigbee_command(READ_PROFILE, GSME, 11, NOW - 86400, 48),
        supplier.zigbee_command(READ_DAILY, GSME, 12, *ALL_DAY * 31),
        supplier.zigbee_command(READ_BILLING, GSME, 13, *ALL_DAY * 24),
    ]
    async with (
        meters.hub_running(tmp_path, dcc.url, lambda: NOW) as hub,
        meters.meter_running(gate_vm, tmp_path, hub.han_port, GSME),
    ):
        entry = listing(GSME, roles.GSME)
        dcc.send(CHF, broker.command(ADD_TO_DEVICE_LOG, parties.CHF.eui, 1, *entry))
        await until(lambda: len(dcc.received(CHF)) >= 1)
        for command in commands:
            dcc.send(METER, command)
        await until(lambda: len(dcc.received(METER)) == len(commands))
        status = await hub.status(METER)
    print(status)
    assert (status["failed"], status["outbox"]) == (None, 0)
    answers = dcc.received(METER)
    assert supplier.checked(answers[0]).payload[-3:] == b"\x02\x01\x00"  # reliable
    headers, opened = zip(*(supplier.open_zigbee(each) for each in answers[1:]), strict=True)
    assert [header.originator_counter for header in headers] == list(range(2, 14))
    assert opened[0] == [(DEFAULT_RESPONSE, b"\x03\x00")]
    assert opened[1] == [(READ_RESPONSE, b"\x07\x03\x00\x41\x0a1234567890")]
    assert headers[2].date_time[-1] == 0
    assert opened[2][0][1][:8] == bytes.fromhex("02030022e8030001")
    assert [each[0][1][-1] for each in opened[3:5]] == [0, 1]
    assert opened[5][0][1][-1] == 1
    events = opened[6][0][1]
    assert events[:5] == bytes((2, 0, 0, 1, 0x20))
    assert [events[at : at + 3] for at in (5, 15)] == [b"\x03\x54\x81"] * 2
    assert opened[7] == [(0x02, b"\x08")]
    assert opened[8] == [(DEFAULT_RESPONSE, b"\x00\x8b")]
    assert opened[9] == [(DEFAULT_RESPONSE, b"\x08\x8b")]
    assert opened[10] == [(DEFAULT_RESPONSE, b"\x06\x8b")] * 31
    assert (
        opened[11]
        == [(DEFAULT_RESPONSE, b"\x06\x8b")] * 12 + [(DEFAULT_RESPONSE, b"\x07\x8b")] * 12
    )


async def test_the_longest_answers_fit_into_the_heap(tmp_path, dcc, gate_vm):
    keystore = meters.make(tmp_path)
    broker = GbcsUser(keystore, parties.ACCESS_CONTROL_BROKER)
    supplier = GbcsUser(keystore)
    clock = Time()
    period = (NOW, NOW + 40 * 86400)
    async with (
        meters.hub_running(tmp_path, dcc.url, clock, clock_interval=0.1) as hub,
        meters.meter_running(gate_vm, tmp_path, hub.han_port, GSME),
    ):
        entry = listing(GSME, roles.GSME)
        dcc.send(CHF, broker.command(ADD_TO_DEVICE_LOG, parties.CHF.eui, 1, *entry))
        await until(lambda: len(dcc.received(CHF)) >= 1)
        dcc.send(METER, supplier.zigbee_command(READ_MPRN, GSME, 1))
        await until(lambda: len(dcc.received(METER)) == 1)
        clock.value += 40 * 86400
        dcc.send(METER, supplier.zigbee_command(READ_PROFILE, GSME, 2, NOW, 48 * 40))
        dcc.send(METER, supplier.zigbee_command(READ_DAILY, GSME, 3, *period * 31))
        dcc.send(METER, supplier.zigbee_command(READ_REGISTER, GSME, 4))
        await until(lambda: len(dcc.received(METER)) == 4)
        status = await hub.status(METER)
    print(status)
    assert (status["failed"], status["outbox"]) == (None, 0)
    profile, daily, register = (supplier.open_zigbee(each)[1] for each in dcc.received(METER)[1:])
    (command, payload), *others = profile
    assert (command, payload[9:11], len(payload), others) == (7, b"\x90\x01", 11 + 1200, [])
    published = [payload for command, payload in daily if command == 6]
    assert len(daily) == 31
    assert len(published) == 10
    assert daily[10] == (DEFAULT_RESPONSE, b"\x06\x89")  # more than fit: ask for less
    registers = [int.from_bytes(payload[16:22], "little") for payload in published]
    assert registers == sorted(registers)
    assert int.from_bytes(register[0][1][-6:], "little") > registers[-1]
