"""How a device is brought into the HAN over DUIS, stage by stage, and what helps when it stops."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from dcc_stub.duis.response_codes import ResponseCode
from dcc_stub.user.client import DccUser, raise_for
from dcc_stub.user.errors import UserError
from dcc_stub.user.exchange import Exchange, exchange
from dcc_stub.user.listener import Listener
from dcc_stub.user.opening import Opener
from host.hub.database import Database
from host.hub.device_log import DeviceLog, Entry, Status
from host.hub.zigbee.stages import STAGES, Stage, Stages
from smets.gbcs import roles

LOOK_EVERY = 0.1  # seconds
# A device may knock before the radio has been told of it, and comes again; one that did not answer
# what it was asked may go on all the same, and is asked again.
NOT_FINAL = (Stage.ASSOCIATED, Stage.INTERVIEW)
FOR_NOW = "no resources"  # a device or a hub that is short of room for a key asks for another try
COMMISSIONED = "Commissioned"  # DUIS: DeviceStatus

# What the DCC, the hub or a device says, and what helps.
FIXES = (
    ("radio is away", "start `./hanlab radio`, or plug the stick in; the hub finds it by itself"),
    ("no DCC at", "start it with `./hanlab dcc`"),
    ("8.11: the DCC answers E5", "the hub has not reached the DCC: start it with `./hanlab hub`"),
    ("8.11: no response", "see that the hub runs: start it with `./hanlab hub`"),
    ("no resources", "the hub or the device was short of room; run this command again"),
    (
        "no response to",
        "see that hub and device run; a gas meter answers when it wakes, up to half an hour on: "
        "wait with --timeout, or provision it with --wakes",
    ),
    ("install code", "check the code on the label against --install-code"),
    ("not in the device log", "the device there is another one; check --device and --hub"),
    ("window is closed", "run this command again, with a longer --window or the device started"),
    ("by another CA", "the device's certificates are of another lab; provision it with this one"),
    (
        "confirmation mismatch",
        "the device's certificate is of another lab, or its private key of another certificate; "
        "provision it with this lab",
    ),
    ("refused to take the link key", "remove a device that is gone (8.11) and try again"),
    ("invalid certificate", "provision the device again with `./hanlab board provision --renew`"),
    ("in time", "the device is out of range or stopped; start it and try again"),
    (
        "another type",
        "provision the board as the type of its keys and of its pre-notification (12.2)",
    ),
    ("", "see what the hub and `./hanlab dcc` log"),
)


@dataclass(frozen=True)
class Reached:
    """A stage that was reached, or failed at for a reason, and when since the start (s).

    `already`: before the start.
    """

    stage: Stage
    seconds: float
    failure: str | None = None
    already: bool = False

    @property
    def fix(self) -> str | None:
        """What helps."""
        if self.failure is None:
            return None
        return next(fix for words, fix in FIXES if words in self.failure)


@dataclass(frozen=True)
class Pairing:
    """What is paired: EUI-64s of the device, its hub (CHF) and the hub's GPF.

    `window`: seconds for which the hub lets the device in.
    """

    device: bytes
    is_gas: bool
    install_code: bytes
    hub: bytes
    gpf: bytes
    window: int = 600

    @property
    def name(self) -> str:
        """The device as the hub names it."""
        return self.device.hex()

    def has_come(self, entry: Entry) -> bool:
        """Whether the device is on the HAN, and of the type that it should be."""
        return entry.status is Status.JOINED and (entry.type == roles.GSME) == self.is_gas


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

        def reached(stage: Stage, failure: str | None = None, already: bool = False) -> bool:
            found.append(Reached(stage, time.monotonic() - began, failure, already))
            show(found[-1])
            return failure is None

        on_the_han = STAGES[: STAGES.index(Stage.TUNNEL) + 1]
        entry = self._entry(pairing)
        if entry is not None and pairing.has_come(entry):
            for stage in on_the_han:
                reached(stage, already=True)
        else:
            if not reached(Stage.WHITELISTED, await self._admit(pairing, entry)):
                return found
            for stage in on_the_han[1:]:
                if not reached(stage, await self._wait(pairing, stage, started)):
                    return found
        commissioned = await self._is_commissioned(pairing)
        if pairing.is_gas:
            failure = None if commissioned else await self._join(pairing)
            if not reached(Stage.GBCS_JOIN, failure, commissioned):
                return found
        failure = None if commissioned else await self._ask("8.1.1", pairing.device, [])
        reached(Stage.COMMISSIONED, failure, commissioned)
        return found

    async def _admit(self, pairing: Pairing, entry: Entry | None) -> str | None:
        device = _text(pairing.device)
        of_hub = [("DeviceType", "CHF"), ("AssociatedGPFDeviceID", _text(pairing.gpf))]
        for eui, pairs in ((pairing.hub, of_hub), (pairing.device, [])):
            request = self._user.request("12.2", eui, pairs, self._now())
            try:
                answer = await self._user.send(request)
                if answer.code != ResponseCode.DEVICE_STATUS:  # the DCC knows it already
                    raise_for(answer)
            except UserError as error:
                return f"12.2: {error}"
        if entry is not None:
            # A device that is listed keeps the install code it was listed with.
            removal = [("DeviceID", device), ("RequestType", "Remove")]
            failure = await self._ask("8.11", pairing.hub, removal)
            if failure is not None:
                return failure
        add = "AddDeviceToCHFWhitelist"
        return await self._ask(
            "8.11",
            pairing.hub,
            [
                ("DeviceID", device),
                ("RequestType", "Add"),
                (f"{add}.JoinTimePeriod", str(pairing.window)),
                (f"{add}.InstallCode", pairing.install_code.hex().upper()),
            ],
        )

    async def _is_commissioned(self, pairing: Pairing) -> bool:
        """Whether the DCC's inventory has the device as commissioned."""
        try:
            outcome = await self._exchange("8.2", pairing.device, [])
        except UserError:
            return False  # what is asked next says why
        devices = outcome.last.fields["DSPInventory"]["Device"]
        return any(
            each["DeviceID"] == pairing.device and each["DeviceStatus"] == COMMISSIONED
            for each in devices
        )

    async def _join(self, pairing: Pairing) -> str | None:
        """CS03B on both sides: the meter and the gas proxy list each other."""
        for one, other in ((pairing.gpf, pairing.device), (pairing.device, pairing.gpf)):
            failure = await self._ask("8.7.2", one, [("OtherDeviceID", _text(other))])
            if failure is not None:
                return failure
        return None

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

    async def _wait(self, pairing: Pairing, stage: Stage, since: float) -> str | None:
        """Until the hub has seen the device at the stage, or what it saw instead."""
        deadline = time.monotonic() + self._timeout
        failure = None
        while time.monotonic() < deadline:
            seen = self._seen(pairing.name, since)
            passed = any(each.follows(stage) for each in seen)
            if stage is Stage.TUNNEL:
                # The hub asks for the device's type when it has its tunnel.
                entry = self._entry(pairing)
                passed = entry is not None and entry.status is Status.JOINED
                if entry is not None and passed and not pairing.has_come(entry):
                    return "it is of another type than the lab's keys say"
            failure = seen.get(stage)
            if passed or (stage in seen and failure is None and stage is not Stage.TUNNEL):
                return None
            if failure and stage not in NOT_FINAL and FOR_NOW not in failure:
                return failure
            await asyncio.sleep(LOOK_EVERY)
        return failure or self._absent(pairing, stage, since)

    def _absent(self, pairing: Pairing, stage: Stage, since: float) -> str:
        """Why nothing was heard of a device."""
        with closing(Database(self._hub_file)) as database:
            log = DeviceLog(database)
            lost = Stages(database).radio_lost
            if lost:
                return f"the hub's radio is away: {lost}"
            if stage is Stage.ASSOCIATED and not log.keys.window(pairing.name, self._now()):
                return "the join window is closed, and the device did not come before"
            others = [
                eui
                for eui, at, _ in Stages(database).failures(Stage.WHITELISTED)
                if at >= since and log.find(eui) is None
            ]
        waited = f"in {self._timeout:.0f} s"
        if stage is Stage.ASSOCIATED and others:
            return f"{others[-1]} came {waited}, which is not in the device log"
        return f"the hub has not seen the device get so far {waited}: no answer in time"

    def _entry(self, pairing: Pairing) -> Entry | None:
        with closing(Database(self._hub_file)) as database:
            return DeviceLog(database).find(pairing.name)

    def _seen(self, eui: str, since: float) -> dict[Stage, str | None]:
        """What became of the device since then, by stage: None, or why it failed there."""
        with closing(Database(self._hub_file)) as database:
            found = Stages(database).of(eui)
        return {stage: failure for stage, at, failure in found if at >= since}


def _text(eui: bytes) -> str:
    return eui.hex("-").upper()
