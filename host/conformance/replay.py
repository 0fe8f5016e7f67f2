"""Reference commands replayed to devices, and their answers compared with the reference's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from host.conformance.loads import Load
from host.conformance.pairs import Pair
from host.conformance.payloads import use_case_of
from host.conformance.report import Failure, Report
from host.conformance.setting import Setting
from keys.suite import Suite
from smets.codec.errors import SmetsError
from smets.gbcs import protection, use_cases
from smets.gbcs.message import SIGNATURE_LENGTH, Message

NOT_SUPPORTED = 0x0120  # ECS100, the device's answer to what it lacks

# Runs a device over what it is told: lines in, the lines it answers with out.
Device = Callable[[Sequence[str]], Sequence[str]]
# What runs the devices of a GBCS type.
Devices = Mapping[int, Device]


def replay(
    pairs: Iterable[Pair],
    setting: Setting,
    devices: Devices,
    report: Report,
    progress: Callable[[], None] = lambda: None,
) -> None:
    """Fills the report's commands; what devices lack is `unsupported`, as are other devices."""
    for pair in pairs:
        report.commands.total += 1
        _one(pair, setting, devices, report)
        progress()


def _one(pair: Pair, setting: Setting, devices: Devices, report: Report) -> None:
    figures = report.commands
    device = devices.get(setting.device_type(pair))
    # Of what passes between two devices no key is known.
    if device is None or use_case_of(pair.command).category == use_cases.HAN_ONLY:
        figures.unsupported += 1
        report.unsupported.append(pair.name)
        return
    try:
        loads = setting.loads(pair)
        answers = device([*(load.line() for load in loads), _receive(pair)])
        outcome = _outcome(pair, answers, setting.signing_public_key)
    except (SmetsError, ReplayError) as error:
        outcome = str(error)
    if outcome is None:
        figures.unsupported += 1
        report.unsupported.append(pair.name)
    elif outcome:
        figures.failed += 1
        report.failures.append(Failure(pair.name, "replay", outcome))
    else:
        figures.matched += 1


class ReplayError(Exception):
    """The device could not be run to an answer."""


def _receive(pair: Pair) -> str:
    return Load("receive", (pair.command_octets,)).line()


def _outcome(pair: Pair, answers: Sequence[str], signing_public_key: bytes) -> str | None:
    """Why the answer differs, "" when it matches, None when the device lacks the use case."""
    word, _, rest = (answers[-1] if answers else "").partition(" ")
    if word == "refused":
        return f"the device refused the command: {rest}"
    if word != "response":
        raise ReplayError("the device gave no answer" + (f": {answers[-1]}" if answers else ""))
    octets = bytes.fromhex(rest)
    response = Message.decode(octets)
    if response.header.message_code == NOT_SUPPORTED:
        return None
    if not pair.response.signature:
        return "" if octets == pair.response_octets else _difference(response, pair)
    if octets[:-SIGNATURE_LENGTH] != pair.response_octets[:-SIGNATURE_LENGTH]:
        return _difference(response, pair)
    protection.check_signature(Suite(), signing_public_key, response)
    return ""


def _difference(response: Message, pair: Pair) -> str:
    for part in ("header", "payload", "signature", "mac"):
        mine, wanted = getattr(response, part), getattr(pair.response, part)
        if part == "header":
            mine, wanted = _octets(response), _octets(pair.response)
        if mine != wanted:
            return f"another {part}: {_hex(mine)} where the reference has {_hex(wanted)}"
    return "other octets outside the message's parts"


def _octets(message: Message) -> bytes:
    out = bytearray()
    message.header.write(out)
    return bytes(out)


def _hex(octets: bytes | None) -> str:
    return "none" if octets is None else octets.hex() or "empty"
