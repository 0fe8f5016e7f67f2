"""Carries out a GBZ payload: the use case's ZCL commands one after the other (GBCS 7.2.10).

Attributes fail one by one. After a ZCL command that failed the ones behind it are not carried out;
that nothing was found is not a failure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader
from smets.device import zigbee_objects
from smets.device.content_key import content_secret, encrypt
from smets.device.objects import FAULTS
from smets.device.zigbee_objects import NOT_FOUND, SUCCESS, ZclFailure
from smets.gbcs.gbz import Component, Gbz
from smets.gbcs.zcl_command import READ_ATTRIBUTES, TO_CLIENT

if TYPE_CHECKING:
    from smets.device.admission import Command
    from smets.device.device import Device
    from smets.device.objects import Changes
    from smets.device.zigbee_objects import Answers, Fields, Place, ZigbeeObjects
    from smets.gbcs.grouping import GroupingHeader
    from smets.gbcs.zcl_command import ZclCommand

    # what the table says of a ZCL command, its sequence number, its fields
    Step = tuple[ZclCommand, int, Fields]

# A tunnel's largest transfer is 1500 octets; headers and protection take up to 200 of them.
ROOM = 1300
_OVERHEAD = 29  # octets of a component around its payload, ciphered
_DEFAULT_RESPONSE_SIZE = 10

# general ZCL commands
READ_ATTRIBUTES_RESPONSE = 0x01
DEFAULT_RESPONSE = 0x0B
# ZCL frame control
_CLUSTER_COMMAND = 0x01
_TO_CLIENT = 0x08
_QUIET = 0x10

_NOT_CARRIED_OUT = 0xFF  # stands for the command in the default response to one that was left out


def is_supported(device: Device, command: Command) -> bool:
    """Whether the device has all that the use case names. Future dating it does not have yet."""
    use_case = command.use_case
    if use_case.future_dated or not use_case.zcl_commands:
        return False
    objects: ZigbeeObjects = device.objects
    for line in use_case.zcl_commands:
        if line.frame_control == READ_ATTRIBUTES:
            for attribute in line.attributes:
                if not objects.has_attribute(line.cluster, attribute):
                    return False
        elif not objects.has_command(_place(line)):
            return False
    return True


def execute(
    device: Device, command: Command, header: GroupingHeader, now: int, changes: Changes
) -> bytes:
    """The response's payload; DecodeError, before anything is done, when the request is wrong.

    `header` is that of the response to be; an encrypted answer may add a counter to it.
    """
    steps = _read(command)
    secret = b""
    if [line for line, _, _ in steps if line.encrypted]:
        secret = content_secret(device, command)
    elif command.message.header.supplementary_certificate:
        raise DecodeError("certificate")
    # a command to the server is answered to the client, and the other way round
    quiet = _QUIET if command.use_case.is_quiet else 0
    out: list[Component] = []
    room = ROOM - _DEFAULT_RESPONSE_SIZE * len(steps)
    encrypted = 0
    failed = False
    numbered = not command.use_case.is_unnumbered
    for line, sequence, fields in steps:
        back = 0 if _is_to_client(line) else _TO_CLIENT
        answers: Answers = []
        if failed:
            status, code = zigbee_objects.FAILURE, _NOT_CARRIED_OUT
        elif line.frame_control == READ_ATTRIBUTES:
            status, answers = _read_attributes(device, line, now)
            control = back | quiet
        else:
            status, answers = _call(device, line, sequence, fields, now, changes)
            control, code = back | quiet | _CLUSTER_COMMAND, line.command
        size = sum([len(payload) + _OVERHEAD for _, payload in answers])
        if size > room + _DEFAULT_RESPONSE_SIZE:
            status, answers, code = zigbee_objects.INSUFFICIENT_SPACE, [], line.command
        elif size:
            room += _DEFAULT_RESPONSE_SIZE - size
        for answer, payload in answers:
            part = Component(line.cluster, bytes((control, sequence, answer)), payload)
            if line.encrypted:
                part.payload = encrypt(device, secret, header, payload, changes, numbered)
                part.frame_counter = encrypted
                encrypted += 1
            out.append(part)
        if not answers:
            head = bytes((back, sequence, DEFAULT_RESPONSE))
            out.append(Component(line.cluster, head, bytes((code, status))))
        failed = failed or status not in {SUCCESS, NOT_FOUND}
    return Gbz(tuple(out)).encode()


def _is_to_client(line: ZclCommand) -> bool:
    return line.frame_control == TO_CLIENT


def _place(line: ZclCommand) -> Place:
    return line.cluster, line.command, _is_to_client(line)


def _read(command: Command) -> list[Step]:
    """The payload, which has to be that of the use case."""
    components = Gbz.decode(command.message.payload).components
    steps: list[Step] = []
    for line in command.use_case.zcl_commands:
        for _ in range(line.times):
            if len(steps) == len(components):
                raise DecodeError("number of components")
            steps.append(_step(line, components[len(steps)]))
    if len(steps) != len(components):
        raise DecodeError("number of components")
    return steps


def _step(line: ZclCommand, component: Component) -> Step:
    control, sequence, code = component.zcl_header
    if (component.cluster, control, code) != (line.cluster, line.frame_control, line.command):
        raise DecodeError("ZCL command")
    if component.frame_counter is not None:
        raise DecodeError("encrypted command")
    if (component.from_date_time is not None) != line.dated:
        raise DecodeError("From Date Time")
    if line.frame_control == READ_ATTRIBUTES:
        reader = Reader(component.payload)
        for attribute in line.attributes:
            if reader.little(2) != attribute:
                raise DecodeError("attributes")
        reader.finish()
        return line, sequence, []
    fields = line.decode(component.payload)
    if component.from_date_time is not None:
        fields.insert(0, component.from_date_time)
    return line, sequence, fields


def _read_attributes(device: Device, line: ZclCommand, now: int) -> tuple[int, Answers]:
    """The last status that is not SUCCESS, and the response."""
    objects: ZigbeeObjects = device.objects
    out = bytearray()
    worst = SUCCESS
    for attribute in line.attributes:
        out.extend(attribute.to_bytes(2, "little"))
        try:
            _check_fault(device, line.cluster, *zigbee_objects.attribute_fault(attribute))
            value = objects.read(line.cluster, attribute, now)
        except ZclFailure as failure:
            worst = failure.status
            out.append(worst)
        else:
            out.append(SUCCESS)
            out.extend(value)
    return worst, [(READ_ATTRIBUTES_RESPONSE, bytes(out))]


def _call(
    device: Device, line: ZclCommand, sequence: int, fields: Fields, now: int, changes: Changes
) -> tuple[int, Answers]:
    objects: ZigbeeObjects = device.objects
    place = _place(line)
    try:
        _check_fault(device, line.cluster, *zigbee_objects.command_fault(line.command, sequence))
        return SUCCESS, objects.call(place, fields, now, changes)
    except ZclFailure as failure:
        status = failure.status
    except (DecodeError, MemoryError):
        status = zigbee_objects.FAILURE
    return status, [] if status == NOT_FOUND else objects.failed_call(place)


def _check_fault(device: Device, cluster: int, name: bytes, member: int) -> None:
    if device.store.get(FAULTS) is None:
        return
    status = device.faults.result(cluster, name, member, False)
    if status:
        raise ZclFailure(status)
