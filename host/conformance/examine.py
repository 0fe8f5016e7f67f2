"""One pass over reference messages: decode, write again, check."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from host.conformance.checks import Checker
from host.conformance.corpus import Reference
from host.conformance.payloads import rewritten
from host.conformance.report import Checked, Failure, Report
from smets.codec.errors import SmetsError
from smets.gbcs.message import Message


def examine(
    references: Iterable[Reference],
    checker: Checker,
    report: Report,
    progress: Callable[[], None] = lambda: None,
) -> dict[str, Message]:
    """Fills the report's messages and checks; returns the decoded messages by name."""
    decoded: dict[str, Message] = {}
    for reference in references:
        report.messages.total += 1
        message = _decode(reference, report)
        if message is not None:
            decoded[reference.name] = message
            _check(reference.name, message, checker, report)
        progress()
    return decoded


def _decode(reference: Reference, report: Report) -> Message | None:
    if reference.octets is None:
        report.failures.append(Failure(reference.name, "decode", "the file holds no hex"))
        return None
    try:
        message = Message.decode(reference.octets)
        payload, non_minimal = rewritten(message)
    except SmetsError as error:
        report.failures.append(Failure(reference.name, "decode", str(error)))
        return None
    report.messages.decoded += 1
    if non_minimal:
        report.non_minimal_der.append(reference.name)
    again = Message(message.header, payload, message.signature, message.mac).encode()
    if again == reference.octets:
        report.messages.reencoded += 1
    else:
        report.failures.append(Failure(reference.name, "reencode", "other octets came out"))
    return message


def _check(name: str, message: Message, checker: Checker, report: Report) -> None:
    figures: dict[str, Checked] = {
        "mac": report.macs,
        "signature": report.signatures,
        "encrypted": report.encrypted,
    }
    for check in checker.check(message):
        figures[check.stage].checked += 1
        if check.reason:
            report.failures.append(Failure(name, check.stage, check.reason))
        else:
            figures[check.stage].valid += 1
