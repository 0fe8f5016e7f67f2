"""Carries out an ACCESS request: the use case's members one after the other (GBCS 7.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.codec.link import LONGEST_MESSAGE
from smets.codec.reader import Reader
from smets.device.objects import OTHER_REASON, AccessFailure
from smets.dlms import data as axdr
from smets.dlms.access import (
    ACCESS_REQUEST,
    ACTION,
    GBCS_FLAGS,
    GET,
    GET_WITH_SELECTION,
    SET,
    Specification,
    encode_response,
)
from smets.gbcs import use_cases

if TYPE_CHECKING:
    from typing import Any

    from smets.device.admission import Command
    from smets.device.device import Device
    from smets.device.objects import Changes
    from smets.gbcs.grouping import GroupingHeader
    from smets.gbcs.use_cases import Member

    # a member, and what its operation needs: data, a period, or a protected request
    Step = tuple[Member, Any]

NULL = b"\x00"
ROOM = LONGEST_MESSAGE - 320  # for values; the rest is for headers, protection and results
PROTECTED = (use_cases.PROTECTED, use_cases.PROTECTED_RANGE)

# range descriptor of a log's time column, 1/0-0:94.44.100.255, up to the times
_BY_TIME = b"\x02\x04\x02\x04\x12\x00\x01\x09\x06\x00\x00\x5e\x2c\x64\xff\x0f\x02\x12\x00\x00"
_BY_RANGE = 1  # selector


def is_supported(device: Device, command: Command) -> bool:
    """Whether the device has all that the use case names. Future dating it does not have yet."""
    use_case = command.use_case
    if use_case.future_dated or not use_case.members:
        return False
    objects = device.objects
    for member in use_case.members:
        if member.operation in PROTECTED:
            for class_id, logical_name, attribute in member.over:
                if not objects.has(class_id, logical_name, attribute, False):
                    return False
        else:
            method = member.operation == use_cases.ACTION
            if not objects.has(member.class_id, member.logical_name, member.member, method):
                return False
    return True


def execute(
    device: Device, command: Command, header: GroupingHeader, now: int, changes: Changes
) -> bytes:
    """The response's payload; DecodeError, before anything is done, when the request is wrong.

    `header` is that of the response to be; a protected answer may add a counter to it.
    """
    steps = _read(command)
    protector = _protector(device, command, header, steps)
    invoke_id = command.message.header.originator_counter & 0xFFFFFF
    encoded: list[bytes] = []
    results: list[tuple[int, int]] = []
    room = ROOM
    for member, argument in steps:
        result = 0
        try:
            if member.operation in PROTECTED:
                _check_fault(device, member)
                data = protector.answer(argument, now, changes, room)
            else:
                data = _perform(device, member, argument, now, changes)
            if len(data) > room:
                raise AccessFailure(OTHER_REASON)
        except AccessFailure as failure:
            data, result = NULL, failure.result
        except (DecodeError, MemoryError):
            data, result = NULL, OTHER_REASON
        room -= len(data)
        encoded.append(data)
        results.append((_choice(member), result))
    return encode_response(invoke_id, encoded, results)


def _choice(member: Member) -> int:
    """What a result is the result of."""
    if member.operation == use_cases.RANGE:
        return GET
    return ACTION if member.operation in PROTECTED else member.operation


def _read(command: Command) -> list[Step]:
    """The request, which has to be that of the use case: each member with what it is given."""
    reader = Reader(command.message.payload)
    reader.expect(bytes((ACCESS_REQUEST, GBCS_FLAGS)), "start of an access request")
    counter = command.message.header.originator_counter
    reader.expect((counter & 0xFFFFFF).to_bytes(3, "big"), "invoke identifier")
    reader.expect(NULL, "date-time in an access request")
    members = command.use_case.members
    _expect_count(reader, members)
    periods = [_read_specification(reader, member) for member in members]
    _expect_count(reader, members)
    steps: list[Step] = []
    for member, period in zip(members, periods):
        data = axdr.skip(reader)
        if member.operation in {SET, ACTION}:
            if member.constant and data != member.constant:
                raise DecodeError("data other than the use case's")
            steps.append((member, data))
        elif member.operation in PROTECTED:
            steps.append((member, data))
        elif data != NULL:
            raise DecodeError("data for an attribute that is read")
        else:
            steps.append((member, period))
    reader.finish()
    return steps


def _expect_count(reader: Reader, members: tuple[Member, ...]) -> None:
    if reader.length() != len(members):
        raise DecodeError("number of entries other than the use case's")


def _read_specification(reader: Reader, member: Member) -> tuple[int, int] | None:
    """The period of a ranged get, else None."""
    found = Specification.read(reader)
    choice = member.operation
    if choice in PROTECTED:
        choice = ACTION
    same = found.choice == choice and found.class_id == member.class_id
    if not (same and found.logical_name == member.logical_name and found.member == member.member):
        raise DecodeError("access to something other than the use case's")
    if choice != GET_WITH_SELECTION:
        return None
    times = Reader(axdr.encode(found.parameter))
    times.expect(_BY_TIME, "kind of range")
    period = []
    for _ in range(2):
        times.expect(b"\x06", "type of a time")
        period.append(times.unsigned(4))
    times.expect(b"\x01\x00", "selected columns")
    times.finish()
    if found.selector != _BY_RANGE:
        raise DecodeError("unknown selector")
    return period[0], period[1]


def _protector(device: Device, command: Command, header: GroupingHeader, steps: list[Step]) -> Any:
    """What answers the protected members; it has looked at their requests."""
    protected = [step for step in steps if step[0].operation in PROTECTED]
    if not protected:
        if command.message.header.supplementary_certificate:
            raise DecodeError("a certificate for an answer that is not encrypted")
        return None
    from smets.device.protected import Protector

    protector = Protector(device, command, header)
    for at, (member, data) in enumerate(steps):
        if member.operation in PROTECTED:
            steps[at] = (member, protector.read(member, data))
    return protector


def _check_fault(device: Device, member: Member) -> None:
    method = _choice(member) == ACTION
    result = device.faults.result(member.class_id, member.logical_name, member.member, method)
    if result:
        raise AccessFailure(result)


def _perform(device: Device, member: Member, argument: Any, now: int, changes: Changes) -> bytes:
    _check_fault(device, member)
    objects, name = device.objects, member.logical_name
    if member.operation == GET:
        return objects.get(member.class_id, name, member.member, now)
    if member.operation == GET_WITH_SELECTION:
        start, end = argument
        return objects.get_range(member.class_id, name, member.member, start, end, now)
    if member.operation == SET:
        objects.set(member.class_id, name, member.member, argument, now, changes)
        return NULL
    return objects.act(member.class_id, name, member.member, argument, now, changes)
