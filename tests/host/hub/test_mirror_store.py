"""What a meter leaves in the mirror is there after a restart, as it was left."""

from host.hub.database import Database
from host.hub.mirror_store import MirrorStore

EUI = "00db1234567890a1"
DAILY = 1


def snapshot(at: int, payload: bytes, cause: int = DAILY, part: int = 0) -> dict[str, object]:
    return {
        "snapshot_id": 7,
        "snapshot_time": at,
        "total_snapshots_found": 1,
        "command_index": part,
        "total_number_of_commands": 2,
        "snapshot_cause": cause,
        "snapshot_payload_type": 0,
        "snapshot_payload": payload,
    }


def test_what_was_left_is_found_again(tmp_path):
    database = Database(tmp_path / "hub.sqlite")
    store = MirrorStore(database)
    with database.transaction():
        store.put_attributes(EUI, 0x0702, {0: 5, 0x0100: b"\x01\x02"}, 100)
        store.put_attributes(EUI, 0x0702, {0: 6}, 200)
        for at in (300, 200, 400):
            store.put_snapshot(EUI, snapshot(at, bytes((at // 100,))))
        store.put_snapshot(EUI, snapshot(300, b"again"))
        store.put_snapshot(EUI, snapshot(300, b"second part", part=1))
        store.put_snapshot(EUI, snapshot(300, b"other", cause=2))
    database.close()
    database = Database(tmp_path / "hub.sqlite")
    store = MirrorStore(database)
    assert store.attribute(EUI, 0x0702, 0) == (6, 200)
    assert store.attribute(EUI, 0x0702, 0x0100) == ("0102", 100)
    assert store.attribute(EUI, 0x0702, 1) is None
    found = store.snapshots(EUI, DAILY, 300)
    assert found == [(300, 0, b"again"), (300, 0, b"second part"), (400, 0, b"\x04")]
    assert store.snapshots(EUI, 2) == [(300, 0, b"other")]
    with database.transaction():
        store.forget(EUI)
    assert store.attribute(EUI, 0x0702, 0) is None
    assert store.snapshots(EUI, 3) == []
    database.close()
