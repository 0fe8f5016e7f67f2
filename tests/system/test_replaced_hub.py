"""A new hub is given the device log of the old one, and the meter comes to it by itself."""

from __future__ import annotations

import shutil
import sqlite3

import pytest

from host.hub.chf_alerts import DEVICE_LOG_CHANGED
from host.hub.link_keys import Credential
from keys import parties
from smets.dlms import data as axdr
from smets.dlms.notification import DataNotification
from smets.gbcs.message import Message
from tests.fake_dcc import FakeDcc
from tests.host.boards.meters import CHF, METER
from tests.host.hub.lab import until
from tests.system.test_meter_on_radio import JOIN, MPAN, SET_MPAN, Lab
from tests.system.test_restored_han import RESTORE_DEVICE_LOG


def backup(dcc: FakeDcc) -> tuple[axdr.Data, axdr.Data]:
    """Network and devices, as the last alert of the CHF tells them."""
    alerts = [Message.decode(octets) for octets in dcc.received(CHF)]
    last = [each for each in alerts if each.header.message_code == DEVICE_LOG_CHANGED][-1]
    _, (_, _, (_, (_, network, devices))) = DataNotification.decode(last.payload).body
    return network, devices


@pytest.mark.slow
async def test_the_meter_is_there_and_answers(tmp_path, gate_vm):
    lab = Lab(tmp_path, gate_vm, parties.ESME)
    eui = parties.ESME.eui
    new = tmp_path / "new.sqlite"
    shutil.copy(tmp_path / "hub.sqlite", new)
    async with lab.running() as dcc:
        await lab.join(dcc)
        await until(lambda: len(dcc.received(CHF)) >= 3)
        saved = backup(dcc)
    for path in tmp_path.glob("hub.sqlite*"):
        path.unlink()
    shutil.rmtree(tmp_path / "radio")
    new.rename(tmp_path / "hub.sqlite")

    def credential() -> str:
        database = sqlite3.connect(f"file:{tmp_path / 'hub.sqlite'}?mode=ro", uri=True)
        try:
            row = database.execute("SELECT credential FROM link_keys WHERE eui = ?", (METER,))
            return (row.fetchone() or ("",))[0]
        finally:
            database.close()

    async with lab.running() as dcc:
        restored = axdr.STRUCTURE, saved
        dcc.send(CHF, lab.broker.command(RESTORE_DEVICE_LOG, parties.CHF.eui, 2, restored))
        await until(lambda: credential() == Credential.HASHED)
        await until(lambda: credential() == Credential.AGREED, JOIN)
        dcc.send(METER, lab.supplier.command(SET_MPAN, eui, 1, MPAN))
        await until(lambda: bool(dcc.received(METER)), JOIN)
        answer = dcc.received(METER)[0]
    _, response = lab.supplier.open(answer)
    assert response.results == ((2, 0),)
