"""GBZ commands: the ZCL commands that the use-case table lists, in order, with their values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from smets.gbcs import zcl_command
from smets.gbcs.gbz import Component, Gbz

if TYPE_CHECKING:
    from smets.gbcs.use_cases import UseCase
    from smets.gbcs.zcl_command import Field, ZclCommand

Value = int | bytes


def request(use_case: UseCase, values: Sequence[Value], issued: int) -> bytes:
    """The payload of the command; `issued` is when it is made, in seconds since 2000.

    Each ZCL command takes the values anew: they are what the one request asks of all of them.
    ValueError when there are more or fewer than the fields of a ZCL command that have no constant,
    or one does not fit its field.
    """
    components: list[Component] = []
    for command in use_case.zcl_commands:
        for index in range(command.times):
            header = bytes((command.frame_control, len(components), command.command))
            left = list(values)
            from_date_time = _taken(left, use_case) if command.dated else None
            payload = b"".join(_payload(command, left, use_case, index, issued))
            if left and (command.fields or command.dated):
                raise ValueError(f"{use_case.name} has no field for {len(left)} of its values")
            components.append(
                Component(command.cluster, header, payload, from_date_time=from_date_time)
            )
    return Gbz(tuple(components)).encode()


def _payload(
    command: ZclCommand, left: list[Value], use_case: UseCase, index: int, issued: int
) -> Iterator[bytes]:
    for attribute in command.attributes:
        yield attribute.to_bytes(2, "little")
    for field in command.fields:
        if field.kind == zcl_command.TEXT:
            text = left.pop(0) if left else None
            if not isinstance(text, bytes):
                raise ValueError(f"{use_case.name} lacks the text of one of its fields")
            yield bytes((len(text),)) + text
        else:
            known = _known(field, index, issued)
            number = _taken(left, use_case) if known is None else known
            try:
                yield number.to_bytes(field.size, "little")
            except OverflowError as error:
                raise ValueError(f"{number} does not fit a field of {use_case.name}") from error


def _known(field: Field, index: int, issued: int) -> int | None:
    found = {zcl_command.INDEX: index, zcl_command.ISSUED: issued}
    return found.get(field.kind, field.constant)


def _taken(left: list[Value], use_case: UseCase) -> int:
    number = left.pop(0) if left else None
    if not isinstance(number, int):
        raise ValueError(f"{use_case.name} lacks a number for one of its fields")
    return number
