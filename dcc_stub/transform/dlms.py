"""DLMS commands: the members that the use-case table lists, in its order, with their data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from smets.dlms import access
from smets.dlms import data as axdr
from smets.dlms.access import AccessRequest, Specification
from smets.gbcs import use_cases
from smets.gbcs.protected_attributes import ProtectedAttribute, ProtectedRequest

if TYPE_CHECKING:
    from smets.dlms.data import Data
    from smets.gbcs.grouping import GroupingHeader
    from smets.gbcs.use_cases import Member, UseCase

INVOKE_ID_MASK = 0xFFFFFF
SELECTED_BY_RANGE = 1
LOG_TIME = bytes.fromhex("00005e2c64ff")  # 0-0:94.44.100.255, the time column of every log


class Period(NamedTuple):
    """From when to when a log is read, UTC seconds since 2000, both included."""

    start: int
    end: int


def request(
    use_case: UseCase, header: GroupingHeader, values: Sequence[Data], period: Period | None
) -> bytes:
    """The access request; `values` are the data of members that have no constant, in order.

    ValueError when there are more or fewer values than such members, or a log has no period.
    """
    specifications = []
    data = []
    left = list(values)
    for member in use_case.members:
        specifications.append(_specification(member, period))
        if member.operation in {use_cases.GET, use_cases.RANGE}:
            data.append(axdr.NULL_DATA)
        elif member.operation in {use_cases.PROTECTED, use_cases.PROTECTED_RANGE}:
            data.append(_get_protected_attributes(member, header, period))
        elif member.constant:
            data.append(axdr.decode(member.constant))
        elif left:
            data.append(left.pop(0))
        else:
            raise ValueError(f"{use_case.name} lacks a value for one of its members")
    if left:
        raise ValueError(f"{use_case.name} has no member for {len(left)} of its values")
    invoke_id = header.originator_counter & INVOKE_ID_MASK
    return AccessRequest(invoke_id, tuple(specifications), tuple(data)).encode()


_CHOICES = {
    use_cases.GET: access.GET,
    use_cases.SET: access.SET,
    use_cases.ACTION: access.ACTION,
    use_cases.RANGE: access.GET_WITH_SELECTION,
    use_cases.PROTECTED: access.ACTION,
    use_cases.PROTECTED_RANGE: access.ACTION,
}


def _specification(member: Member, period: Period | None) -> Specification:
    specification = Specification(
        _CHOICES[member.operation], member.class_id, member.logical_name, member.member
    )
    if member.operation == use_cases.RANGE:
        column = structure(
            (axdr.LONG_UNSIGNED, 1),
            (axdr.OCTET_STRING, LOG_TIME),
            (axdr.INTEGER, 2),
            (axdr.LONG_UNSIGNED, 0),
        )
        start, end = _required(period)
        specification.selector = SELECTED_BY_RANGE
        specification.parameter = structure(
            column,
            (axdr.DOUBLE_LONG_UNSIGNED, start),
            (axdr.DOUBLE_LONG_UNSIGNED, end),
            (axdr.ARRAY, ()),
        )
    return specification


def _get_protected_attributes(
    member: Member, header: GroupingHeader, period: Period | None
) -> Data:
    """Data protection, method 1: what is read, and for whom it is to be encrypted."""
    asked = None if member.operation == use_cases.PROTECTED else _required(period)
    attributes = tuple(ProtectedAttribute(*over, asked) for over in member.over)
    requester = header.supplementary_remote_party or header.originator
    request = ProtectedRequest(attributes, header.originator_counter, requester, header.recipient)
    return axdr.decode(request.encode())


def _required(period: Period | None) -> Period:
    if period is None:
        raise ValueError("a log is read over a period")
    return period


def structure(*elements: Data) -> Data:
    """A structure of these elements."""
    return axdr.STRUCTURE, elements
