"""What was heard is written into the log of communications, once."""

from host.hub.database import Database
from host.hub.device_log import DeviceLog
from host.hub.trust_centre import Contact
from host.hub.zigbee.hearing import Hearing

METER, STRANGER = "00db1234567890a1", "00db1234567890b1"
NOW = 850_000_000


def test_it_is_written_down_once(tmp_path):
    database = Database(tmp_path / "hub.sqlite")
    device_log = DeviceLog(database)
    device_log.add(METER, 0)
    hearing = Hearing()
    assert not hearing
    hearing.heard(METER, Contact(-40, 200))
    hearing.heard(METER, Contact(-60, 100))
    hearing.heard(STRANGER, Contact(-60, 100))
    hearing.silent(METER)
    assert hearing
    for _ in range(2):
        hearing.write(device_log, NOW)
    assert not hearing
    found = device_log.communications.find(METER)
    assert (found.at, found.rssi, found.successes, found.failures) == (NOW, (-40, -50, -60), 2, 1)
    assert device_log.communications.find(STRANGER) is None
    database.close()
