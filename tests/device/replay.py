"""Reference commands given to a device in this process, with objects that hold what was loaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from host.conformance import corpus, pairs
from host.conformance.checks import Checker
from host.conformance.pairs import Pair
from host.conformance.recovery import root_public_key
from host.conformance.setting import Setting
from keys.certificate import Certificate
from keys.store import Keystore
from keys.suite import Suite
from smets.codec.errors import SmetsError
from smets.device.device import Device
from smets.device.joined import NAME as JOINED
from smets.device.provisioning import provision
from smets.device.ram_flash import RamFlash
from smets.device.store import Store
from smets.dlms import data as axdr
from smets.dlms.access import ACTION, AccessRequest, AccessResponse
from smets.gbcs import credentials, roles, use_cases_text
from smets.gbcs.message import Message
from tests.outside import outside_data
from tests.smets.device.loaded_objects import LoadedObjects

if TYPE_CHECKING:
    from smets.device.provisioning import Cell

AGREEMENT_KEY = bytes(31) + b"\x01"
CREDENTIALS = (0x0008, 0x011B)
CLOCK_TIME = (8, bytes.fromhex("0000010000ff"), 2)
Z1_CERTIFICATE = "71872bdbc82789bc1401ce01ba06ada3.pem"


class ReplaySuite(Suite):
    """Agrees the secrets it is told: reference devices keep their private keys to themselves."""

    def __init__(self, secrets: dict[bytes, bytes]) -> None:
        super().__init__()
        self.secrets = secrets

    def shared_secret(self, private_key: bytes, public_key: bytes) -> bytes:
        return self.secrets[public_key]


class Reference:
    """All commands that have a response, and devices that held what theirs must have held."""

    def __init__(self) -> None:
        references = corpus.read(outside_data("rtds", "RTDS-4.5.0"))
        decoded = {each.name: _decoded(each.octets) for each in references}
        found = {name: message for name, message in decoded.items() if message is not None}
        keystore = Keystore(outside_data("rtds", "keystore"))
        self.pairs = pairs.pairs(references, found)
        self.setting = Setting(keystore, Checker(keystore), self.pairs)
        pem = outside_data("rtds", "from_cs02b", Z1_CERTIFICATE).read_bytes()
        issuer = Certificate.from_pem(pem)
        root = root_public_key(issuer)
        assert root is not None
        assert issuer.authority_key_identifier is not None
        identifier = issuer.authority_key_identifier
        self._root: Cell = (roles.ROOT, roles.KEY_CERT_SIGN, 0, bytes(8), identifier, root)
        self._keystore = keystore

    def device(self, pair: Pair) -> tuple[Device, int]:
        """A device for the pair's command, and its time."""
        loads = self.setting.loads(pair)
        by_word: dict[str, list[tuple[Any, ...]]] = {}
        for load in loads:
            by_word.setdefault(load.word, []).append(load.arguments)
        objects, store = LoadedObjects(), Store(RamFlash())
        for arguments in (*by_word.get("value", ()), *by_word.get("rows", ())):
            objects.values[arguments[:3]] = arguments[3]
        objects.values.update(_clock(pair))
        eui, device_type, signing_key = by_word["device"][0]
        own_counter = by_word.get("counter", [(2000,)])[0][0] - 1
        cells: dict[tuple[int, int, int], Cell] = {self._root[:3]: self._root}
        for cell in (*self._transitional_cos(pair), *by_word["cell"]):
            cells[cell[:3]] = cell
        counters = list(_counters(pair))
        held = list(cells.values())
        provision(store, signing_key, AGREEMENT_KEY, held, counters, own_counter)
        for (rows,) in by_word.get("joined", ()):
            store.commit([(JOINED, rows)])
        suite = ReplaySuite(dict(by_word.get("secret", ())))
        device = Device(eui, device_type, suite, store, use_cases_text.load(), objects)
        for fault in _faults(pair):
            device.faults.inject(*fault)
        return device, by_word["clock"][0][0]

    def _transitional_cos(self, pair: Pair) -> Iterator[Cell]:
        """Its cell is not told in CS02f, but it may be who asks."""
        eui = pair.command.header.originator
        if self._keystore.role(eui) == roles.TRANSITIONAL_COS:
            held = self._keystore.certificate(eui, "ds")
            assert held is not None
            assert held.key_identifier is not None
            role, usage = roles.TRANSITIONAL_COS, roles.DIGITAL_SIGNATURE
            yield role, usage, 0, eui, held.key_identifier, held.public_key


def _decoded(octets: bytes | None) -> Message | None:
    try:
        return Message.decode(octets) if octets else None
    except SmetsError:
        return None


def _counters(pair: Pair) -> Iterator[tuple[int, int]]:
    """What CS02a and CS02f report as the last counters of roles."""
    if pair.command.header.message_code in CREDENTIALS:
        for details in credentials.decode_details(pair.response.payload):
            yield details.role, details.sequence_number


def _faults(pair: Pair) -> Iterator[tuple[int, bytes, int, int, bool]]:
    if pair.command.payload[0] != 0xD9:
        return
    request = AccessRequest.decode(pair.command.payload)
    response = AccessResponse.decode(pair.response.payload)
    for asked, (_, result) in zip(request.specifications, response.results, strict=True):
        if result:
            method = asked.choice == ACTION
            yield asked.class_id, asked.logical_name, asked.member, result, method


def _clock(pair: Pair) -> Iterator[tuple[tuple[int, bytes, int], bytes]]:
    if pair.command.payload[0] != 0xD9:
        return
    request = AccessRequest.decode(pair.command.payload)
    response = AccessResponse.decode(pair.response.payload)
    for asked, data in zip(request.specifications, response.data, strict=True):
        member = (asked.class_id, asked.logical_name, asked.member)
        if member == CLOCK_TIME and data[0] == axdr.OCTET_STRING:
            yield member, axdr.encode(data)


def difference(pair: Pair, answer: bytes | None) -> str:
    """Why the answer is not the reference's; a signature's own octets are left out."""
    if answer is None:
        return "refused"
    wanted = pair.response_octets
    if pair.response.signature:
        answer, wanted = answer[:-64], wanted[:-64]
    return "" if answer == wanted else f"{answer.hex()} where {wanted.hex()} is expected"
