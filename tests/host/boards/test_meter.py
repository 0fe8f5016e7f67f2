"""The whole firmware of an electricity meter in a VM, with real keys, behind a real hub."""

from keys import parties
from smets.dlms import data as axdr
from smets.gbcs import roles
from smets.gbcs.grouping import RESPONSE
from smets.gbcs.message import Message
from tests.gbcs_user import (
    ADD_TO_DEVICE_LOG,
    CLOSE_LOAD_SWITCH,
    READ_MPAN,
    REMOVE_FROM_DEVICE_LOG,
    SET_MPAN,
    GbcsUser,
    listing,
)
from tests.host.boards import meters
from tests.host.boards.meters import CHF, METER
from tests.host.hub.lab import NOW, until

ESME = parties.ESME.eui
MPAN = (axdr.OCTET_STRING, b"1200012345678")


async def test_a_meter_is_listed_written_read_switched_and_removed(tmp_path, dcc, gate_vm):
    keystore = meters.make(tmp_path)
    broker = GbcsUser(keystore, parties.ACCESS_CONTROL_BROKER)
    supplier = GbcsUser(keystore)
    async with (
        meters.hub_running(tmp_path, dcc.url, lambda: NOW) as hub,
        meters.meter_running(gate_vm, tmp_path, hub.han_port),
    ):
        entry = listing(ESME, roles.ESME)
        dcc.send(CHF, broker.command(ADD_TO_DEVICE_LOG, parties.CHF.eui, 1, *entry))
        await until(lambda: len(dcc.received(CHF)) >= 1)
        header, response = broker.open(dcc.received(CHF)[0])
        assert header.message_code == ADD_TO_DEVICE_LOG
        assert response.results == ((3, 0), (2, 0), (2, 0))

        dcc.send(METER, supplier.command(SET_MPAN, ESME, 1, MPAN))
        dcc.send(METER, supplier.command(READ_MPAN, ESME, 2))
        dcc.send(METER, supplier.command(CLOSE_LOAD_SWITCH, ESME, 3))
        await until(lambda: len(dcc.received(METER)) == 3)
        opened = [supplier.open(octets) for octets in dcc.received(METER)]
        assert [header.originator_counter for header, _ in opened] == [1, 2, 3]
        assert opened[0][1].results == ((2, 0),)
        assert opened[1][1].data[0] == MPAN
        status = await hub.status(METER)
        assert status["failed"] is None
        assert status["outbox"] == 0

        removal = axdr.OCTET_STRING, ESME
        dcc.send(CHF, broker.command(REMOVE_FROM_DEVICE_LOG, parties.CHF.eui, 2, removal))
        await until(lambda: dcc.devices == [])
        # the same command again is refused by its counter, and answered by nothing
        dcc.send(CHF, broker.command(REMOVE_FROM_DEVICE_LOG, parties.CHF.eui, 2, removal))
        await until(lambda: dcc.unacknowledged() == 0)
        answers = [Message.decode(octets).header for octets in dcc.received(CHF)]
        assert len([header for header in answers if header.cra_flag == RESPONSE]) == 2
    print(status)
