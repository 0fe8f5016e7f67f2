"""A hub killed at any moment has done a command wholly, with its answer and its alert, or not."""

import os
import shutil
import signal
from contextlib import contextmanager

import pytest

from host.conformance.replayed_chf import ReplayedChf
from host.conformance.replayed_gpf import ReplayedGpf
from host.hub.database import Database
from host.hub.device_log import DeviceLog
from host.hub.functions import store_of
from host.hub.router import Router
from smets.device.counters import Counters
from smets.device.joined import Joined
from smets.gbcs.roles import ACCESS_CONTROL_BROKER
from tests.device.replay import Reference
from tests.host.hub.replaying import lines

METER = "00db1234567890a0"
MESSAGE = "1-1"
MOST_STATEMENTS = 300
STEP = 5


@pytest.fixture(scope="module")
def reference():
    return Reference()


@contextmanager
def opened(path):
    database = Database(path)
    try:
        yield database
    finally:
        database.close()


class DyingConnection:
    """Another one's, until its time has come."""

    def __init__(self, connection, statements):
        self._connection = connection
        self._left = statements

    def execute(self, *arguments):
        self._left -= 1
        if self._left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return self._connection.execute(*arguments)

    def __getattr__(self, name):
        return getattr(self._connection, name)


def receive(before, database, command):
    """As the hub takes a command of the DCC, by a function told what `before` was told."""
    replayed = type(before)(database)
    for name in ("eui", "now", "suite", "identity"):
        if hasattr(before, name):
            setattr(replayed, name, getattr(before, name))
    router = Router(database, replayed.device_log, {replayed.eui: replayed.device})
    with database.transaction():
        assert router.from_wan(MESSAGE, replayed.eui, command, replayed.now) is None


def survives(path, before, command, statements):
    """Lets a child process take the command, killed after so many statements."""
    child = os.fork()
    if not child:
        try:
            with opened(path) as database:
                database._connection = DyingConnection(database._connection, statements)
                receive(before, database, command)
        except BaseException:
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return not os.WIFSIGNALED(status)


def done(path, eui):
    """What there is of a command: its effect, answers and alerts, its counter, its receipt."""
    with opened(path) as database:
        counters = Counters(store_of(database, eui))
        (waiting,) = database.execute("SELECT count(*) FROM wan_outbox").fetchone()
        (received,) = database.execute("SELECT count(*) FROM wan_received").fetchone()
        return (
            DeviceLog(database).find(METER) is not None,
            len(Joined(store_of(database, eui)).all()),
            waiting,
            counters.accepted(ACCESS_CONTROL_BROKER),
            received,
        )


@pytest.mark.parametrize(
    ("kind", "name", "nothing", "everything"),
    [
        (ReplayedChf, "CCS01_8.11_SUCCESS", (False, 0, 0, 0, 0), (True, 0, 2, 1302, 1)),
        (ReplayedGpf, "GCS59_8.12.2_SUCCESS", (False, 0, 0, 0, 0), (False, 2, 2, 0, 1)),
    ],
)
def test_all_or_nothing(reference, tmp_path, kind, name, nothing, everything):
    *told, command = lines(reference, name)[0]
    path = tmp_path / "before.sqlite"
    with opened(path) as database:
        before = kind(database)
        before.tell(told)
    octets = bytes.fromhex(command.split()[1])
    for statements in range(0, MOST_STATEMENTS, STEP):
        killed = tmp_path / "hub.sqlite"
        shutil.copy(path, killed)
        survived = survives(killed, before, octets, statements)
        assert done(killed, before.eui) == (everything if survived else nothing)
        if survived:
            break
        survives(killed, before, octets, MOST_STATEMENTS)  # the DCC sends it again
        assert done(killed, before.eui) == everything
        for file in tmp_path.glob("hub.sqlite*"):
            file.unlink()
    assert 20 < statements < MOST_STATEMENTS - STEP
