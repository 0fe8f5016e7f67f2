"""A lab to measure on: its keys, its meters in this process, and the commands that reach them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from http import HTTPStatus
from pathlib import Path

from dcc_stub.broker.context import Context
from dcc_stub.broker.settings import Settings
from dcc_stub.duis import services, signature, xml
from dcc_stub.duis.request import Request
from dcc_stub.duis.response import Response
from dcc_stub.engine import DccStub
from dcc_stub.inventory.device import Device as Listed
from dcc_stub.inventory.status import Status
from dcc_stub.store.store import Store as DccStore
from dcc_stub.user.client import DccUser, raise_for
from host.boards.provision import provision_store
from host.cli.errors import CommandError
from keys import parties, pki
from keys.store import Keystore
from keys.suite import Suite
from smets.device.device import Device
from smets.device.ram_flash import RamFlash
from smets.dlms import date_time
from smets.gbcs.roles import ESME
from smets.meter import esme
from smets.meter.objects_text import tables

FIRST_DAY = date(2026, 1, 1)
DAY = 86400
NOW = date_time.days_since_2000(2026, 4, 1) * DAY
YESTERDAY = (
    ("StartDateTime", "2026-03-31T00:00:00Z"),
    ("EndDateTime", "2026-04-01T00:00:00Z"),
)
BROKER = parties.ACCESS_CONTROL_BROKER.eui
SUPPLIER = parties.SUPPLIER.eui
HUB = parties.CHF.eui
FIRST_METER = int.from_bytes(parties.ESME.eui, "big")


@contextmanager
def keystore(meters: int = 1, seed: bytes | None = None) -> Iterator[Keystore]:
    """The keys of a lab with so many electricity meters and a gas one, in their own folder."""
    with tempfile.TemporaryDirectory(prefix="hanlab-bench-") as folder:
        path = Path(folder) / "keys"
        pki.create(path, valid_from=FIRST_DAY, seed=seed)
        pki.add_device(path, HUB, "chf", valid_from=FIRST_DAY, seed=seed)
        for eui in meter_euis(meters):
            pki.add_device(path, eui, "esme", valid_from=FIRST_DAY, seed=seed)
        pki.add_device(path, parties.GSME.eui, "gsme", valid_from=FIRST_DAY, seed=seed)
        yield Keystore(path)


def meter_euis(meters: int) -> list[bytes]:
    """The EUI-64s of so many meters, the lab's own the first."""
    first = [parties.ESME.eui]
    return first + [(FIRST_METER + 0x100 + at).to_bytes(8, "big") for at in range(meters - 1)]


def make_meter(keys: Keystore, eui: bytes, flash: RamFlash | None = None) -> Device:
    """An electricity meter on the host's suite, with its keys and trust anchors."""
    meter = esme.create(eui, Suite(), flash or RamFlash(), tables)
    provision_store(meter.store, keys, eui, ESME)
    return meter


@contextmanager
def open_dcc(
    keys: Keystore, meters: Sequence[bytes], path: Path | str = ":memory:"
) -> Iterator[DccStub]:
    """A DCC that knows the meters as commissioned behind the hub."""
    with closing(DccStore(path)) as store:
        with store.transaction():
            store.inventory.put(Listed(HUB, "CHF", Status.COMMISSIONED))
            for eui in meters:
                kind = "GSME" if eui == parties.GSME.eui else "ESME"
                store.inventory.put(Listed(eui, kind, Status.COMMISSIONED, hub=HUB))
        yield DccStub(Context(store, keys, Suite(), BROKER, Settings(check_validity=False)))


@contextmanager
def open_commands(keys: Keystore, meters: Sequence[bytes]) -> Iterator[Commands]:
    """The commands of a DCC that knows these meters."""
    with open_dcc(keys, meters) as dcc:
        yield Commands(keys, dcc)


class Commands:
    """Commands as the DCC sends them to meters: each is asked for by a signed service request."""

    def __init__(self, keys: Keystore, dcc: DccStub) -> None:
        self._keys = keys
        self._dcc = dcc
        self._users: dict[bytes, DccUser] = {}

    def make(
        self,
        variant: str,
        device: bytes,
        now: int,
        pairs: Sequence[tuple[str, str]] = (),
        party: bytes = SUPPLIER,
    ) -> bytes:
        """The command that service request `variant` of `party` becomes."""
        if party not in self._users:
            self._users[party] = DccUser(self._keys, Suite(), party, "http://engine")
        user = self._users[party]
        request = user.request(variant, device, list(pairs), now)
        response = self._post(user, request, now)
        if request.command_variant == services.TRANSFORM:
            self._post(user, user.sign_pre_command(request, response), now)
        outbox = self._dcc.store.wan
        (sent,) = outbox.waiting(HUB, now)
        self._dcc.wan_acknowledged(HUB, outbox.identifier(sent.id), None, now)
        return sent.message

    def _post(self, user: DccUser, request: Request, now: int) -> Response:
        service = services.command_variant(request.command_variant)
        assert service is not None
        answer = self._dcc.handle(service.service, user.signed(request), now)
        if answer.status != HTTPStatus.OK:
            raise CommandError(f"the DCC rejects a request of the benchmark: {answer.body!r}")
        response = Response.read(signature.verify(xml.parse(answer.body), self._keys.find).root)
        raise_for(response)
        return response
