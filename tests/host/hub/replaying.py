"""What the tests of both functions take from the reference data."""

from host.conformance.hub_device import HubDevice
from host.conformance.pairs import Pair
from smets.gbcs.message import SIGNATURE_LENGTH
from tests.device.replay import Reference
from tests.outside import outside_data

CHF = "00db1234567890a2"
GPF = "00db1234567890a3"
GSME = "00db1234567890a1"


def pair(reference: Reference, name: str) -> Pair:
    """The command of that name and its response."""
    (found,) = [each for each in reference.pairs if each.name == f"{name}_COMMAND"]
    return found


def lines(reference: Reference, name: str) -> tuple[list[str], bytes]:
    """What the reference device held, and its answer without the signature."""
    found = pair(reference, name)
    loads = [load.line() for load in reference.setting.loads(found)]
    answer = found.response_octets
    return (
        [*loads, f"receive {found.command_octets.hex()}"],
        answer[:-SIGNATURE_LENGTH] if found.response.signature else answer,
    )


def assert_answers(reference: Reference, role: int, name: str) -> None:
    """The hub's function answers the command of that name as the reference device did."""
    told, wanted = lines(reference, name)
    (answer,) = HubDevice(role)(told)
    assert answer.startswith(f"response {wanted.hex()}")


def alert(folder: str, name: str) -> bytes:
    """An alert of the reference."""
    path = outside_data("rtds", "RTDS-4.5.0", folder) / f"{name}_GBCS.HEX"
    return bytes.fromhex("".join(path.read_text().split()))
