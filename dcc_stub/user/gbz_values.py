"""GBZ responses as named values: each line of the use-case table with what answers it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dcc_stub.user import zcl_values
from dcc_stub.user.values import Value
from smets.codec.errors import DecodeError
from smets.gbcs import zcl_command
from smets.zigbee import zcl
from smets.zigbee.zcl import Frame

if TYPE_CHECKING:
    from smets.gbcs.use_cases import UseCase
    from smets.gbcs.zcl_command import ZclCommand


class Answer(NamedTuple):
    """A component of a response, decrypted; its transaction is the number of its command."""

    cluster: int
    frame: Frame


def values(case: UseCase, answers: Sequence[Answer]) -> list[Value]:
    """What the components say, in the order of the commands; DecodeError when one is missing."""
    found: list[Value] = []
    first = 0
    for command in case.zcl_commands:
        numbers = range(first, first + command.times)
        first += command.times
        mine = [each for each in answers if each.frame.transaction in numbers]
        if {each.frame.transaction for each in mine} != set(numbers) or any(
            each.cluster != command.cluster for each in mine
        ):
            raise DecodeError("the response does not answer every command")
        found += _values(command, mine)
    if any(each.frame.transaction >= first for each in answers):
        raise DecodeError("the response answers commands that were not sent")
    return found


def _values(command: ZclCommand, answers: list[Answer]) -> Iterator[Value]:
    statuses = []
    payloads: dict[tuple[bool, int], list[bytes]] = {}
    reads = command.frame_control == zcl_command.READ_ATTRIBUTES
    for _, frame in answers:
        if frame.command == zcl.DEFAULT_RESPONSE and not frame.is_cluster_command:
            statuses.append(_status(frame))
        elif reads != frame.is_cluster_command:
            payloads.setdefault((frame.to_client, frame.command), []).append(frame.payload)
        else:
            raise DecodeError("an answer of another kind than its command")
    if reads:
        yield from _read(command, payloads, statuses)
        return
    for (to_client, number), group in payloads.items():
        yield from zcl_values.answers(command.cluster, to_client, number, group)
    yield from _outcomes(command, statuses, answered=bool(payloads))


def _read(
    command: ZclCommand, payloads: dict[tuple[bool, int], list[bytes]], statuses: list[int]
) -> Iterator[Value]:
    for (_, number), group in payloads.items():
        if number != zcl.READ_ATTRIBUTES_RESPONSE:
            raise DecodeError("an answer of another kind than its command")
        for payload in group:
            yield from zcl_values.attributes(command.cluster, payload)
    for status in statuses:
        for attribute in command.attributes:
            name = zcl_values.attribute_name(command.cluster, attribute)
            yield Value(name, result=zcl_values.result(status))


def _outcomes(command: ZclCommand, statuses: list[int], *, answered: bool) -> Iterator[Value]:
    """What became of commands without answers of their own: each status once.

    What is not there in a log, or not any more, is no failure.
    """
    to_client = command.frame_control == zcl_command.TO_CLIENT
    name = zcl_values.command_name(command.cluster, to_client, command.command)
    told = sorted(set(statuses) - {zcl.NOT_FOUND})
    for status in told:
        yield Value(name, result=zcl_values.result(status))
    if statuses and not told and not answered:
        yield Value(name, [])


def _status(frame: Frame) -> int:
    if len(frame.payload) != 2:
        raise DecodeError("a default response names a command and a status")
    return frame.payload[1]
