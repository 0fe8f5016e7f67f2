"""The trust anchor cells a reference device must have held, told from its own responses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from host.conformance import der_tree
from host.conformance.der_tree import Element
from host.conformance.loads import Load
from host.conformance.pairs import Pair
from host.conformance.payloads import payload_kind, use_case_of
from host.conformance.recovery import root_public_key
from keys.certificate import Certificate
from keys.profile import Role, Usage
from keys.store import Keystore
from smets.gbcs import roles, use_cases
from smets.gbcs.message import Message

PROVIDE_CREDENTIALS = ("CS02a", "CS02f")
UPDATE_CREDENTIALS = ("CS02b", "CS02g")
SUCCESS = 0
TRUST_ANCHOR_NOT_FOUND = 25

CELLS: tuple[tuple[Role, tuple[Usage, ...]], ...] = (
    (Role.RECOVERY, ("ds",)),
    (Role.SUPPLIER, ("ds", "ka", "pp-ka")),
    (Role.NETWORK_OPERATOR, ("ds", "ka")),
    (Role.ACCESS_CONTROL_BROKER, ("ds", "ka")),
    (Role.TRANSITIONAL_COS, ("ds",)),
    (Role.WAN_PROVIDER, ("ds",)),
    (Role.LOAD_CONTROLLER, ("ds", "ka")),
)
USAGE_BITS: dict[Usage, tuple[int, int]] = {
    "ds": (roles.DIGITAL_SIGNATURE, roles.MANAGEMENT),
    "ka": (roles.KEY_AGREEMENT, roles.MANAGEMENT),
    "pp-ka": (roles.KEY_AGREEMENT, roles.PREPAYMENT_TOP_UP),
}


@dataclass(frozen=True)
class Cell:
    """A trust anchor cell and the certificate in it; `public_key` alone for a root."""

    role: int
    key_usage: int
    cell_usage: int
    eui: bytes
    key_identifier: bytes
    public_key: bytes

    @property
    def place(self) -> tuple[int, int, int]:
        """Which cell it is."""
        return self.role, self.key_usage, self.cell_usage

    def load(self) -> Load:
        """The cell as the replaying board reads it."""
        return Load("cell", (*self.place, self.eui, self.key_identifier, self.public_key))


class Anchors:
    """Cells of reference devices, from the certificates of a keystore."""

    def __init__(self, keystore: Keystore) -> None:
        self._keystore = keystore
        self._parties: dict[Role, list[bytes]] = {}
        for eui in keystore.euis():
            role = keystore.role(eui)
            if role is not None:
                self._parties.setdefault(role, []).append(eui)

    def cells(self, pair: Pair) -> list[Cell]:
        """What the device held when it got the command."""
        header = pair.command.header
        named = (header.originator, header.supplementary_remote_party)
        found = {cell.place: cell for cell in self._usual(named)}
        name = use_case_of(pair.command).name
        if payload_kind(pair.command) == use_cases.ASN1:
            if name in PROVIDE_CREDENTIALS:
                self._as_provided(found, pair.response)
            elif name.startswith(UPDATE_CREDENTIALS):
                self._as_replaced(found, pair.response)
                found |= {cell.place: cell for cell in _roots(pair.command)}
        return list(found.values())

    def counters(self, pair: Pair) -> list[Load]:
        """The last counter accepted from each role, where the response tells it."""
        if use_case_of(pair.command).name not in PROVIDE_CREDENTIALS:
            return []
        found = []
        for role_entry in der_tree.decode(pair.response.payload).children:
            role, _, *rest = role_entry.children
            if rest and (counter := rest[0].integer()):
                found.append(Load("accepted", (role.integer(), counter)))
        return found

    def _usual(self, named: tuple[bytes, ...]) -> Iterator[Cell]:
        for role, usages in CELLS:
            parties = self._parties.get(role, [])
            party = next((eui for eui in named if eui in parties), None)
            for eui in [party] if party else parties[:1]:
                for usage in usages:
                    certificate = self._keystore.certificate(eui, usage)
                    if certificate is not None:
                        yield _cell(role, *USAGE_BITS[usage], certificate)

    def _as_provided(self, cells: dict[tuple[int, int, int], Cell], response: Message) -> None:
        """CS02a: each role with its cells, or with the status that there are none."""
        for role_entry in der_tree.decode(response.payload).children:
            role, status, *rest = role_entry.children
            if status.integer() not in {SUCCESS, TRUST_ANCHOR_NOT_FOUND}:
                continue
            for place in [place for place in cells if place[0] == role.integer()]:
                del cells[place]
            if status.integer() != SUCCESS:
                continue
            for entry in rest[1].children:
                *place_parts, _, identifier = entry.children
                self._put(cells, role.integer(), place_parts, identifier)

    def _as_replaced(self, cells: dict[tuple[int, int, int], Cell], response: Message) -> None:
        """CS02b: the outcome names, cell by cell, whose certificate was there before."""
        outer = der_tree.decode(response.payload).children
        if len(outer) < 2:
            return
        for entry in outer[1].children[3].children:
            cell, _, _, existing, *_ = entry.children
            role, *place_parts = cell.children
            self._put(cells, role.integer(), place_parts, existing)

    def _put(
        self,
        cells: dict[tuple[int, int, int], Cell],
        role: int,
        place_parts: list[Element],
        identifier: Element,
    ) -> None:
        certificate = self._keystore.find_by_key_identifier(identifier.octets)
        if certificate is None:
            return
        cell_usage = place_parts[1].integer() if len(place_parts) > 1 else roles.MANAGEMENT
        cell = _cell(role, _bit(place_parts[0]), cell_usage, certificate)
        cells[cell.place] = cell


def _cell(role: int, key_usage: int, cell_usage: int, certificate: Certificate) -> Cell:
    return Cell(
        role,
        key_usage,
        cell_usage,
        certificate.eui or bytes(8),
        certificate.key_identifier or bytes(8),
        certificate.public_key,
    )


def _bit(key_usage: Element) -> int:
    """The one bit that a KeyUsage of one octet sets, counted from the first."""
    return 8 - key_usage.octets[1].bit_length()


def _roots(command: Message) -> Iterator[Cell]:
    """The root above the issuing certificate that the command carries."""
    for entry in der_tree.decode(command.payload).children[2].children:
        certificate = Certificate.from_der(entry.encode())
        public_key = root_public_key(certificate)
        if public_key is not None:
            identifier = certificate.authority_key_identifier or bytes(8)
            yield Cell(
                roles.ROOT, roles.KEY_CERT_SIGN, roles.MANAGEMENT, bytes(8), identifier, public_key
            )
