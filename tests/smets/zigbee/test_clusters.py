"""The table of clusters against the reference messages; on CPython, where its text is read."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smets.codec import table_text
from smets.codec.errors import DecodeError, SmetsError
from smets.gbcs import use_cases, use_cases_text
from smets.gbcs.gbz import Component, Gbz
from smets.gbcs.message import Message
from smets.zigbee import clusters, clusters_text, zcl, zcl_attributes
from tests.outside import outside_data

VM = False
TABLE = clusters_text.load()

FEWEST_COMMANDS = 53
FEWEST_ATTRIBUTES = 35


def components() -> Iterator[tuple[str, Component]]:
    """Every ZCL command of RTDS that is not encrypted."""
    folder = outside_data("rtds", "RTDS-4.5.0")
    for path in sorted(Path(folder).glob("*/*.HEX")):
        try:
            message = Message.decode(bytes.fromhex(path.read_text().strip()))
            use_case = use_cases_text.load().find(message.header.message_code)
            if use_case is None or use_case.payload != use_cases.GBZ:
                continue
            payload = Gbz.decode(message.payload)
        except SmetsError:
            continue
        for component in payload.components:
            if component.frame_counter is None:
                yield path.name, component


def test_every_command_of_the_reference_messages_is_read_and_written_alike() -> None:
    seen: Counter[str] = Counter()
    for name, component in components():
        frame = zcl.Frame.decode(component.zcl_header + component.payload)
        if frame.is_cluster_command:
            command = TABLE.command(component.cluster, frame.to_client, frame.command)
            assert command is not None, name
            values = command.decode(frame.payload)
            assert command.encode(values) == frame.payload, name
            seen[command.name] += 1
    assert len(seen) >= FEWEST_COMMANDS, sorted(seen)


def test_every_attribute_of_the_reference_messages_has_the_tables_type() -> None:
    read = set()
    other = set()
    for _, component in components():
        frame = zcl.Frame.decode(component.zcl_header + component.payload)
        if frame.is_cluster_command:
            continue
        records: list[tuple[int, int]] = []
        if frame.command == zcl.READ_ATTRIBUTES_RESPONSE:
            answers = zcl_attributes.read_statuses(frame.payload)
            records = [
                (number, data_type) for number, status, data_type, _ in answers if not status
            ]
        elif frame.command == zcl.READ_ATTRIBUTES:
            records = [(number, 0) for number in zcl_attributes.read_identifiers(frame.payload)]
        for number, data_type in records:
            attribute = TABLE.attribute(component.cluster, False, number)
            assert attribute is not None, (component.cluster, number)
            if data_type:
                read.add((component.cluster, number))
            if data_type not in {0, attribute.data_type}:
                other.add((component.cluster, number, data_type, attribute.data_type))
    assert not other
    assert len(read) >= FEWEST_ATTRIBUTES


def test_every_row_has_a_name_and_a_known_type() -> None:
    known = set(clusters_text.TYPES.values())
    rows = dict(table_text.in_memory(clusters_text.packed()).rows())
    names = set()
    for key, row in rows.items():
        cluster, kind = key[:2], key[2]
        if kind in {clusters.SERVER_ATTRIBUTE, clusters.CLIENT_ATTRIBUTE}:
            attribute = clusters.Attribute(row)
            assert attribute.data_type in known
            assert attribute.access & clusters.READ
            name = attribute.name
        else:
            name = clusters.Command(row).name
        assert name.isalnum()
        assert (cluster, kind, name) not in names
        names.add((cluster, kind, name))


def test_optional_and_conditional_fields() -> None:
    notify = TABLE.command(clusters.OTA, True, 0x00)
    assert notify is not None
    assert notify.decode(b"\x00\x64") == [0, 100, None, None, None]
    assert notify.encode([0, 100, None, None, None]) == b"\x00\x64"
    query = TABLE.command(clusters.OTA, False, 0x01)
    assert query is not None
    without = bytes.fromhex("00 3412 0100 01000000")
    assert query.encode(query.decode(without)) == without
    assert query.decode(b"\x01" + without[1:] + b"\x05\x00")[-1] == 5
    response = TABLE.command(clusters.OTA, True, 0x05)
    assert response is not None
    waiting = bytes.fromhex("97 01000000 02000000 0300")
    assert response.named(response.decode(waiting)) == {
        "status": 0x97,
        "current_time": 1,
        "request_time": 2,
        "minimum_block_period": 3,
    }
    assert response.encode(response.decode(waiting)) == waiting
    assert response.decode(b"\x95") == [0x95, *[None] * 8]


def test_repeated_fields() -> None:
    flags = TABLE.command(clusters.METERING, False, 0x09)
    assert flags is not None
    payload = b"\x02" + bytes.fromhex("00002000") + bytes(16)
    values = flags.decode(payload)
    assert values == [2, [(0x200000,), (0,), (0,), (0,), (0,)]]
    assert flags.encode(values) == payload
    assert flags.named(values)["notification_flags"] == [0x200000, 0, 0, 0, 0]
    with pytest.raises(DecodeError):
        flags.decode(payload[:-1])


def test_what_is_not_in_the_table() -> None:
    assert TABLE.command(0x0702, False, 0x7F) is None
    assert TABLE.attribute(0x0702, False, 0x7FFF) is None
    with pytest.raises(DecodeError):
        TABLE.decode(0x0702, False, 0x7F, b"")


def test_attributes_of_every_cluster() -> None:
    status = TABLE.attribute(clusters.METERING, False, 0xFFFE)
    assert status is not None
    assert status.name == "AttributeReportingStatus"
    numbers = [number for number, _ in TABLE.attributes(clusters.TUNNELING, False)]
    assert numbers == [0]


@given(st.sampled_from([*table_text.in_memory(clusters_text.packed()).rows()]), st.binary())
def test_any_octets_are_read_and_written_alike_or_refused(
    row: tuple[bytes, bytes], payload: bytes
) -> None:
    if row[0][2] < clusters.COMMAND_TO_SERVER:
        return
    command = clusters.Command(row[1])
    try:
        values = command.decode(payload)
    except DecodeError:
        return
    assert command.encode(values) == payload
