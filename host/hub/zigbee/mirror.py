"""The GPF's mirror for a meter that sleeps (Smart Energy D.3.3; GBCS 10.4.2).

The meter reports its attributes and publishes its snapshots when it wakes; a report that says it
is the last one is answered with the notification flags: what waits for the meter.
"""

import logging
from collections.abc import Callable
from typing import Any, Protocol

from host.hub.zigbee.datagrams import Datagram
from host.hub.zigbee.endpoints import GPF_ENDPOINT
from smets.codec.errors import DecodeError
from smets.zigbee import clusters_text, zcl, zcl_attributes
from smets.zigbee.clusters import METERING
from smets.zigbee.mirror import (
    COMPLETE,
    MIRROR_REPORT_ATTRIBUTE_RESPONSE,
    PUBLISH_SNAPSHOT,
    REPORTING_STATUS,
    REQUEST_MIRROR,
    REQUEST_MIRROR_RESPONSE,
    TUNNEL_MESSAGE,
)

NOTIFICATION_SCHEME = 2  # "predefined B": functional flags and four words of notification flags
NOTIFICATION_WORDS = 4

_TABLE = clusters_text.load()
log = logging.getLogger(__name__)


class Mirrored(Protocol):
    """Who keeps what a meter leaves: the GPF."""

    async def on_attributes(self, eui: str, cluster: int, values: dict[int, Any]) -> None:
        """Attributes of the meter's server of a cluster; durable when it returns."""

    async def on_snapshot(self, eui: str, snapshot: dict[str, Any]) -> None:
        """The fields of a Publish Snapshot by name; durable when it returns."""


class MirrorServer:
    """`waiting` tells how many messages wait for a device."""

    def __init__(self, mirrored: Mirrored, waiting: Callable[[str], int]) -> None:
        self._mirrored = mirrored
        self._waiting = waiting

    async def answer(self, datagram: Datagram, frame: zcl.Frame) -> zcl.Frame | None:
        """What answers a frame of a meter that may be mirrored; None when nothing does."""
        if not frame.is_cluster_command and frame.command == zcl.REPORT_ATTRIBUTES:
            return await self._report(datagram, frame)
        if frame.is_cluster_command and datagram.cluster == METERING and frame.to_client:
            if frame.command == REQUEST_MIRROR:
                return _response(frame, REQUEST_MIRROR_RESPONSE, [GPF_ENDPOINT])
            if frame.command == PUBLISH_SNAPSHOT:
                return await self._snapshot(datagram, frame)
        return frame.default_response(zcl.UNSUPPORTED_CLUSTER_COMMAND)

    async def _report(self, datagram: Datagram, frame: zcl.Frame) -> zcl.Frame | None:
        values = {number: value for number, _, value in zcl_attributes.read_values(frame.payload)}
        complete = values.pop(REPORTING_STATUS, None) == COMPLETE
        if values:
            await self._mirrored.on_attributes(datagram.eui, datagram.cluster, values)
        if not complete:
            return frame.default_response(zcl.SUCCESS)
        functional = TUNNEL_MESSAGE if self._waiting(datagram.eui) else 0
        flags = [(functional,), *[(0,)] * NOTIFICATION_WORDS]
        return _response(frame, MIRROR_REPORT_ATTRIBUTE_RESPONSE, [NOTIFICATION_SCHEME, flags])

    async def _snapshot(self, datagram: Datagram, frame: zcl.Frame) -> zcl.Frame | None:
        command = _TABLE.command(METERING, True, PUBLISH_SNAPSHOT)
        assert command is not None
        fields = command.named(command.decode(frame.payload))
        await self._mirrored.on_snapshot(datagram.eui, fields)
        return frame.default_response(zcl.SUCCESS)


def _response(frame: zcl.Frame, number: int, values: list[object]) -> zcl.Frame:
    """A command of the Metering client, which the mirror is for the meter."""
    command = _TABLE.command(METERING, False, number)
    if command is None:
        raise DecodeError(f"the table of clusters has no command {number:02x} of metering")
    return frame.response(number, command.encode(values), True)
