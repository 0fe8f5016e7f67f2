"""Commands with the responses that the reference gives to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from host.conformance.corpus import Reference
from smets.gbcs.message import Message


@dataclass(frozen=True)
class Pair:
    """A command and its response, decoded, and both as they stand in the files."""

    name: str
    command: Message
    response: Message
    command_octets: bytes
    response_octets: bytes


def pairs(references: list[Reference], decoded: Mapping[str, Message]) -> list[Pair]:
    """Every command whose response is there too, by name."""
    octets = {reference.name: reference.octets for reference in references}
    found = []
    for reference in references:
        command_octets = reference.octets
        response_octets = octets.get(reference.response_name)
        command = decoded.get(reference.name)
        response = decoded.get(reference.response_name)
        if reference.kind != "COMMAND" or not command_octets or not response_octets:
            continue
        if command is not None and response is not None:
            pair = Pair(reference.name, command, response, command_octets, response_octets)
            found.append(pair)
    return found
