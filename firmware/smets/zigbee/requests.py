"""What scripts wait for: events, answers to requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.ticks import elapsed
from smets.zigbee import events, stages, zcl
from smets.zigbee.stages import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from smets.zigbee.events import Event
    from smets.zigbee.node import Node
    from smets.zigbee.zcl import Frame

    Waiting = Generator[int, Event | None, Event | None]
    Asking = Generator[int, Event | None, Frame | None]

ANSWER = 8000  # milliseconds: a hub that has to look for a device that moved takes some
ATTEMPTS = 3


def wait(node: Node, milliseconds: int, wanted: Callable[[Event], bool]) -> Waiting:
    """The first event that is wanted, None when the time is over; Failure without a network."""
    start = node.ticks
    while True:
        left = milliseconds - elapsed(start, node.ticks)
        event = (yield left) if left > 0 else None
        if event is None:
            return None
        if event.kind == events.RADIO_FAILED:
            raise Failure(stages.RADIO_FAILED + event.value)
        if event.kind == events.OUT:
            raise Failure(stages.PUT_OUT)
        if wanted(event):
            return event


def ask(
    node: Node,
    cluster: int,
    endpoint: int,
    control: int,
    command: int,
    payload: bytes,
    answer: int,
    secured: bool = True,
    attempts: int = ATTEMPTS,
) -> Asking:
    """Sends a command until `answer` comes, a command of the cluster as it is itself, or of all.

    A Default Response to the command is an answer too; None: there was none. While blocks come
    nothing is repeated: a long answer takes its time on a slow air.
    """
    for _ in range(attempts):
        transaction = node.transaction()
        node.send(cluster, endpoint, zcl.Frame(control, transaction, command, payload), secured)

        def wanted(event: Event, transaction: int = transaction) -> bool:
            if event.kind == events.NOT_SENT:
                return bool(event.value == transaction)
            if event.kind != events.FRAME or event.of != cluster:
                return False
            frame = event.value
            if frame.command == zcl.DEFAULT_RESPONSE and not frame.is_cluster_command:
                return bool(frame.transaction == transaction)
            return bool(
                frame.command == answer and (frame.control ^ control) & zcl.CLUSTER_COMMAND == 0
            )

        node.progress = node.ticks
        event, left = None, ANSWER
        while event is None and left > 0:
            event = yield from wait(node, left, wanted)
            left = ANSWER - elapsed(node.progress, node.ticks)
        if event is not None and event.kind == events.FRAME:
            frame: Frame = event.value
            return frame
        if event is not None:
            yield from wait(node, ANSWER // 8, lambda _: False)
    return None


def is_success(frame: Frame | None) -> bool:
    """Whether it is a Default Response that says that all went well."""
    return (
        frame is not None
        and not frame.is_cluster_command
        and frame.command == zcl.DEFAULT_RESPONSE
        and frame.payload[1:] == b"\x00"
    )
