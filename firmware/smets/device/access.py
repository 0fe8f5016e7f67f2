"""Carries out an ACCESS request: the use case's members one after the other (GBCS 7.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.codec.link import LONGEST_MESSAGE
from smets.codec.reader import Reader, write_length
from smets.device.objects import FAULTS, OTHER_REASON, AccessFailure
from smets.dlms import data as axdr
from smets.gbcs import use_cases
from smets.gbcs.use_cases import ACTION, GET, RANGE, SET

if TYPE_CHECKING:
    from typing import Any

    from smets.device.admission import Command
    from smets.device.device import Device
    from smets.device.objects import Changes, CosemObjects
    from smets.gbcs.grouping import GroupingHeader
    from smets.gbcs.use_cases import Member

    # a member, and what its operation needs: data, a period, or a protected request
    Step = tuple[Member, Any]

NULL = b"\x00"
ROOM = LONGEST_MESSAGE - 320  # for values; the rest is for headers, protection and results
PROTECTED = (use_cases.PROTECTED, use_cases.PROTECTED_RANGE)

# range descriptor of a log's time column, 1/0-0:94.44.100.255, up to the times
_BY_TIME = b"\x02\x04\x02\x04\x12\x00\x01\x09\x06\x00\x00\x5e\x2c\x64\xff\x0f\x02\x12\x00\x00"
_BY_RANGE = b"\x01"  # selector
_ALL_COLUMNS = b"\x01\x00"

# `smets.dlms.access` knows the service whole; a device compares what it gets with its use case
_REQUEST = b"\xd9\x20"
_RESPONSE = b"\xda\x20"


def is_supported(device: Device, command: Command) -> bool:
    """Whether the device has all that the use case names. Future dating it does not have yet."""
    use_case = command.use_case
    if use_case.future_dated or not use_case.members:
        return False
    objects: CosemObjects = device.objects
    for member in use_case.members:
        if member.operation in PROTECTED:
            for class_id, logical_name, attribute in member.over:
                if not objects.has(class_id, logical_name, attribute, False):
                    return False
        else:
            method = member.operation == ACTION
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
    out = bytearray(_RESPONSE + _invoke_id(command) + b"\x00\x00")
    write_length(out, len(steps))
    results = bytearray()
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
        out.extend(data)
        results.append(_choice(member))
        results.append(result)
    write_length(out, len(steps))
    out.extend(results)
    return bytes(out)


def _invoke_id(command: Command) -> bytes:
    """The last 24 bits of the originator counter."""
    return command.message.header.transaction_id[-3:]


def _choice(member: Member) -> int:
    """What a result is the result of."""
    if member.operation == RANGE:
        return GET
    return ACTION if member.operation in PROTECTED else member.operation


def _read(command: Command) -> list[Step]:
    """The request, which has to be that of the use case: each member with what it is given."""
    reader = Reader(command.message.payload)
    reader.expect(_REQUEST, "access request")
    reader.expect(_invoke_id(command), "invoke identifier")
    reader.expect(NULL, "date-time")
    members = command.use_case.members
    _expect_count(reader, members)
    periods = [_read_specification(reader, member) for member in members]
    _expect_count(reader, members)
    steps: list[Step] = []
    for member, period in zip(members, periods):
        data = axdr.skip(reader)
        if member.operation in {SET, ACTION}:
            if member.constant and data != member.constant:
                raise DecodeError("data")
            steps.append((member, data))
        elif member.operation in PROTECTED:
            steps.append((member, data))
        elif data != NULL:
            raise DecodeError("data")
        else:
            steps.append((member, period))
    reader.finish()
    return steps


def _expect_count(reader: Reader, members: tuple[Member, ...]) -> None:
    if reader.length() != len(members):
        raise DecodeError("number of entries")


def _read_specification(reader: Reader, member: Member) -> tuple[int, int] | None:
    """The period of a ranged get, else None."""
    operation = ACTION if member.operation in PROTECTED else member.operation
    reader.expect(bytes((operation,)) + member.class_id.to_bytes(2, "big"), "access")
    reader.expect(member.logical_name, "access")
    reader.expect(bytes((member.member,)), "access")
    if operation != RANGE:
        return None
    reader.expect(_BY_RANGE, "selector")
    reader.expect(_BY_TIME, "range")
    period = []
    for _ in range(2):
        reader.expect(b"\x06", "range")
        period.append(reader.unsigned(4))
    reader.expect(_ALL_COLUMNS, "range")
    return period[0], period[1]


def _protector(device: Device, command: Command, header: GroupingHeader, steps: list[Step]) -> Any:
    """What answers the protected members; it has looked at their requests."""
    protected = [step for step in steps if step[0].operation in PROTECTED]
    if not protected:
        if command.message.header.supplementary_certificate:
            raise DecodeError("certificate")
        return None
    from smets.device.protected import Protector

    protector = Protector(device, command, header)
    for at, (member, data) in enumerate(steps):
        if member.operation in PROTECTED:
            steps[at] = (member, protector.read(member, data))
    return protector


def _check_fault(device: Device, member: Member) -> None:
    if device.store.get(FAULTS) is None:
        return
    method = _choice(member) == ACTION
    result = device.faults.result(member.class_id, member.logical_name, member.member, method)
    if result:
        raise AccessFailure(result)


def _perform(device: Device, member: Member, argument: Any, now: int, changes: Changes) -> bytes:
    _check_fault(device, member)
    objects: CosemObjects = device.objects
    name = member.logical_name
    if member.operation == GET:
        return objects.get(member.class_id, name, member.member, now)
    if member.operation == RANGE:
        start, end = argument
        return objects.get_range(member.class_id, name, member.member, start, end, now)
    if member.operation == SET:
        objects.set(member.class_id, name, member.member, argument, now, changes)
        return NULL
    return objects.act(member.class_id, name, member.member, argument, now, changes)
