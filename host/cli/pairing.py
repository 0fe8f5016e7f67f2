"""How a device is brought into the HAN over DUIS, stage by stage, and what helps when it stops."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dcc_stub.user.client import DccUser, raise_for
from dcc_stub.user.errors import NotServedError, UserError
from dcc_stub.user.exchange import Exchange, exchange
from dcc_stub.user.listener import Listener
from dcc_stub.user.opening import Opener
from host.hub.database import Database
from host.hub.zigbee.stages import STAGES, Stage, Stages

LOOK_EVERY = 0.1  # seconds
JOIN_PERIOD = 600  # seconds for which the hub lets the device in

# What the hub or a device says, and what helps.
FIXES = (
    ("install code", "check the code on the label against --install-code"),
    ("not in the device log", "the hub knows another device; check --device and --hub"),
    ("window is closed", "run this command again while the device is looking for a network"),
    ("by another CA", "the device's certificates are of another lab; provision it with this one"),
    (
        "confirmation mismatch",
        "the device's certificate is of another lab, or its private key of another certificate; "
        "provision it with this lab",
    ),
    ("refused to take the link key", "remove a device that is gone (8.11) and try again"),
    ("invalid certificate", "provision the device again with `./hanlab board run`"),
    ("in time", "the device is out of range or stopped; start it and try again"),
    ("another type", "the pre-notification (12.2) names another device type"),
    ("", "see the hub's log"),
)


@dataclass(frozen=True)
class Reached:
    """A stage that was reached, or failed at for a reason, and when since the start (s)."""

    stage: Stage
    seconds: float
    failure: str | None = None

    @property
    def fix(self) -> str | None:
        """What helps."""
        if self.failure is None:
            return None
        return next(fix for words, fix in FIXES if words in self.failure)


@dataclass(frozen=True)
class Pairing:
    """What is paired: EUI-64s of the device, its hub (CHF) and the hub's GPF."""

    device: bytes
    is_gas: bool
    install_code: bytes
    hub: bytes
    gpf: bytes


class Pairer:
    """Sends what a supplier sends, and watches the hub's `stages`."""

    def __init__(
        self,
        user: DccUser,
        listener: Listener,
        opener: Opener,
        hub_file: Path,
        now: Callable[[], int],
        timeout: float,
    ) -> None:
        self._user = user
        self._listener = listener
        self._opener = opener
        self._hub_file = hub_file
        self._now = now
        self._timeout = timeout

    async def pair(self, pairing: Pairing, show: Callable[[Reached], None]) -> list[Reached]:
        """Every stage in order; the last one has a failure when it went no further."""
        started, began = time.time(), time.monotonic()
        found: list[Reached] = []

        def reached(stage: Stage, failure: str | None = None) -> bool:
            found.append(Reached(stage, time.monotonic() - began, failure))
            show(found[-1])
            return failure is None

        if not reached(Stage.WHITELISTED, await self._admit(pairing)):
            return found
        for stage in STAGES[1 : STAGES.index(Stage.TUNNEL) + 1]:
            failure = await self._wait(pairing.device.hex(), stage, started)
            if not reached(stage, failure):
                return found
        if pairing.is_gas and not reached(Stage.GBCS_JOIN, await self._join(pairing)):
            return found
        reached(Stage.COMMISSIONED, await self._ask("8.1.1", pairing.device, []))
        return found

    async def _admit(self, pairing: Pairing) -> str | None:
        device = pairing.device.hex("-").upper()
        try:
            await self._exchange("12.2", pairing.device, [])
        except NotServedError:
            pass  # the DCC knows the device already
        except UserError as error:
            return str(error)
        return await self._ask(
            "8.11",
            pairing.hub,
            [
                ("DeviceID", device),
                ("RequestType", "Add"),
                ("AddDeviceToCHFWhitelist.JoinTimePeriod", str(JOIN_PERIOD)),
                ("AddDeviceToCHFWhitelist.InstallCode", pairing.install_code.hex().upper()),
            ],
        )

    async def _join(self, pairing: Pairing) -> str | None:
        other = [("OtherDeviceID", pairing.gpf.hex("-").upper())]
        return await self._ask("8.7.1", pairing.device, other)

    async def _ask(self, srv: str, target: bytes, pairs: list[tuple[str, str]]) -> str | None:
        """One service request; why it was not served, None when it was."""
        try:
            outcome = await self._exchange(srv, target, pairs)
        except UserError as error:
            return f"{srv}: {error}"
        if outcome.opened is not None and not outcome.opened.succeeded:
            return f"the device refuses {srv}: {outcome.opened.results}"
        return None

    async def _exchange(self, srv: str, target: bytes, pairs: list[tuple[str, str]]) -> Exchange:
        request = self._user.request(srv, target, pairs, self._now())
        outcome = await exchange(self._user, request, self._listener, self._opener, self._timeout)
        raise_for(outcome.last)
        return outcome

    async def _wait(self, eui: str, stage: Stage, since: float) -> str | None:
        """Until the hub has seen the device at the stage, or what it saw instead."""
        deadline = time.monotonic() + self._timeout
        while time.monotonic() < deadline:
            for found, at, failure in _stages(self._hub_file, eui):
                if found == stage and at >= since and failure is None:
                    return None
                if found == stage and at >= since:
                    return failure
            await asyncio.sleep(LOOK_EVERY)
        return f"the hub has not seen the device get so far in {self._timeout:.0f} s in time"


def _stages(hub_file: Path, eui: str) -> list[tuple[Stage, float, str | None]]:
    database = Database(hub_file)
    try:
        return Stages(database).of(eui)
    finally:
        database.close()
