"""Whatever a command or a report holds, the hub's functions refuse it or carry it out."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from host.hub.chf import DEVICE_LOG, HISTORIC_LOG, Identity
from host.hub.device_log import CAPACITY, DeviceLog
from host.hub.functions import chf_objects, make_gpf
from host.hub.gpf import PUBLISHED
from smets.codec.errors import DecodeError
from smets.device.objects import AccessFailure
from smets.device.zigbee_objects import ZclFailure
from smets.dlms import data as axdr
from smets.zigbee import clusters_text
from smets.zigbee.clusters import EVENTS, METERING, PREPAYMENT
from tests.host.hub.replaying import GPF, GSME

pytestmark = pytest.mark.usefixtures("_in_transaction")

NOW = 850_003_200
MANY = settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
U32 = st.integers(0, 0xFFFFFFFF)
LEAVES = st.one_of(
    st.just(axdr.NULL_DATA),
    st.tuples(st.just(axdr.OCTET_STRING), st.binary(max_size=20)),
    st.tuples(st.just(axdr.OCTET_STRING), st.sampled_from([bytes(8), bytes(16)])),
    st.tuples(st.just(axdr.ENUM), st.integers(0, 255)),
    st.tuples(st.just(axdr.BOOLEAN), st.integers(0, 255)),
    st.tuples(st.just(axdr.LONG_UNSIGNED), st.integers(0, 65535)),
)
DATA = st.recursive(
    LEAVES,
    lambda inner: st.tuples(
        st.sampled_from([axdr.ARRAY, axdr.STRUCTURE]), st.lists(inner, max_size=5).map(tuple)
    ),
    max_leaves=40,
)
OCTETS = st.one_of(DATA.map(axdr.encode), st.binary(max_size=40))


@pytest.fixture
def chf(database, device_log):
    return chf_objects(database, device_log, Identity(bytes(8)))


@MANY
@given(data=OCTETS, method=st.integers(1, 6), number=st.integers(1, 5))
def test_the_chf_takes_data_or_fails_the_access(chf, data, method, number):
    for log in (DEVICE_LOG, HISTORIC_LOG):
        for access in (
            lambda log=log: chf.act(*log, method, data, NOW, []),
            lambda log=log: chf.set(*log, number, data, NOW, []),
        ):
            with suppress(AccessFailure):
                access()
    assert len(chf.device_log.entries()) <= CAPACITY
    axdr.decode(chf.get(*DEVICE_LOG, 4, NOW))
    axdr.decode(chf.act(*DEVICE_LOG, 4, b"\x00", NOW, []))


@MANY
@given(
    values=st.dictionaries(
        st.sampled_from([0x0000, 0x0007, 0x0307, 0x0405, 0x0407]),
        st.one_of(st.integers(-(1 << 63), (1 << 64) - 1), st.binary(max_size=9), st.none()),
    ),
    payload=st.binary(max_size=60),
    times=st.tuples(U32, U32),
    cause=U32,
)
def test_the_mirror_takes_reports_and_the_gpf_answers(gpf, values, payload, times, cause):
    gpf.mirror.put_attributes(GSME, METERING, values, NOW)
    command = clusters_text.load().command(METERING, True, 0x06)
    snapshot = command.named([7, times[0], 1, 0, 1, cause, payload[0] if payload else 0, payload])
    gpf.mirror.put_snapshot(GSME, snapshot)
    calls = [
        (METERING, 0x06, [*times, 0, cause]),
        (METERING, 0x08, [0, times[0], 0, 0xFFFF]),
        (METERING, 0x08, [1, times[0], 0, 0xFFFF]),
        (PREPAYMENT, 0x07, [*times, 255, cause]),
        (EVENTS, 0x00, [cause & 0xFF, 0, *times, 0, cause & 0xFFFF]),
        (EVENTS, 0x01, [cause & 0xFF]),
        *((cluster, asked, []) for cluster, asked, _ in PUBLISHED),
    ]
    for cluster, number, fields in calls:
        with suppress(ZclFailure):
            for code, answer in gpf.call((cluster, number, False), fields, NOW, []):
                clusters_text.load().decode(cluster, True, code, answer)
    for attribute in values:
        with suppress(ZclFailure):
            gpf.read(METERING, attribute, NOW)
    moment, status = gpf.data_time(0x0074, NOW)
    assert 0 <= moment <= 0xFFFFFFFF
    assert status in {0, 2, 4, 6}


@MANY
@given(payload=st.binary(max_size=80))
def test_a_device_log_that_is_none_is_refused(database, payload):
    gpf = make_gpf(database, DeviceLog(database), GPF)
    with pytest.raises(DecodeError):
        gpf._restore(payload, [])
