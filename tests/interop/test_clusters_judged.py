"""The table of clusters against zigpy's Metering, Basic, Time, OTA and Keep-Alive clusters."""

from typing import Any

import pytest
from zigpy.zcl import foundation
from zigpy.zcl.clusters import general, smartenergy

from smets.zigbee import clusters, clusters_text, zcl, zcl_data

TABLE = clusters_text.load()
# zigpy has the OTA client's attributes among the server's.
CLIENTS = {general.Ota.cluster_id}
CLUSTERS: tuple[Any, ...] = (
    smartenergy.Metering,
    general.Basic,
    general.Time,
    general.Ota,
    general.KeepAlive,
)
UNTYPED = {clusters.CODE, clusters.REST}


@pytest.mark.parametrize("judge", CLUSTERS)
def test_attributes_have_the_types_that_zigpy_knows(judge: Any) -> None:
    judged = 0
    for known in judge.AttributeDefs:
        of_client = judge.cluster_id in CLIENTS
        attribute = TABLE.attribute(judge.cluster_id, of_client, known.id)
        assert attribute is not None, known
        assert attribute.data_type == known.zcl_type, known
        judged += 1
    assert judged


@pytest.mark.parametrize("judge", CLUSTERS)
def test_commands_have_the_fields_that_zigpy_knows(judge: Any) -> None:
    for to_client, definitions in (
        (False, judge.ServerCommandDefs),
        (True, judge.ClientCommandDefs),
    ):
        for known in definitions:
            command = TABLE.command(judge.cluster_id, to_client, known.id)
            assert command is not None, known
            expected = [_size(field) for field in known.schema.fields]
            found = _sizes(command, len(expected))
            assert len(found) == len(expected), known
            judged = [each for each in zip(expected, found, strict=True) if each[0] is not None]
            assert all(theirs == ours for theirs, ours in judged), known


def _size(field: Any) -> int | None:
    """Octets of a field that is a number; None of others."""
    return len(field.type(0).serialize()) if issubclass(field.type, int) else None


def _sizes(command: clusters.Command, count: int) -> list[int | None]:
    fields = [data_type for data_type, *_ in command._fields]
    sizes = [None if each in UNTYPED else zcl_data.size(each) for each in fields]
    return [*sizes, *[None] * bool(command._repeated)][:count]


def test_statuses_have_zigpys_numbers() -> None:
    for ours, theirs in (
        (zcl.SUCCESS, foundation.Status.SUCCESS),
        (zcl.NOT_AUTHORIZED, foundation.Status.NOT_AUTHORIZED),
        (zcl.MALFORMED_COMMAND, foundation.Status.MALFORMED_COMMAND),
        (zcl.UNSUPPORTED_CLUSTER_COMMAND, foundation.Status.UNSUP_CLUSTER_COMMAND),
        (zcl.UNSUPPORTED_ATTRIBUTE, foundation.Status.UNSUPPORTED_ATTRIBUTE),
        (zcl.READ_ONLY, foundation.Status.READ_ONLY),
        (zcl.INVALID_DATA_TYPE, foundation.Status.INVALID_DATA_TYPE),
    ):
        assert ours == theirs
