"""The trust centre's door: whom the radio lets in, with which key, and who has to leave."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress

from host.hub.trust_centre import Admission, Credential
from host.hub.zigbee.coordinator import LONGEST_PERMIT, Coordinator
from host.hub.zigbee.datagrams import NotDeliveredError, RadioError
from host.hub.zigbee.network import Network

# Real seconds after which the radio is told again: it forgets keys of joiners after 300, and
# closes by itself after LONGEST_PERMIT.
REFRESH = 120.0
LOOK_EVERY = 0.5  # real seconds; windows close by the lab's clock, which may run fast

log = logging.getLogger(__name__)


class Door:
    """Brings the radio to what the device log wants, again whenever the radio is back.

    `admissions`: the whole device log at the lab's time.
    """

    def __init__(self, network: Network, admissions: Callable[[], Sequence[Admission]]) -> None:
        self._network = network
        self._admissions = admissions
        self._changed = asyncio.Event()
        self._told: dict[str, bytes] | None = None
        self._refreshed = 0.0

    def look(self) -> None:
        """The device log has changed, or the radio is back and is told everything."""
        self._told = None
        self._changed.set()

    async def run(self) -> None:
        """Serves for ever."""
        while True:
            await self._wait()
            await self._network.wait_up()
            admissions = self._admissions()
            joiners = {each.eui: each.link_key for each in admissions if each.may_join}
            now = asyncio.get_running_loop().time()
            if joiners == self._told and (not joiners or now - self._refreshed < REFRESH):
                continue
            try:
                await self._tell(self._network.coordinator, admissions, joiners)
            except NotDeliveredError as error:
                log.info("the radio did not take the device log: %s", error)
                await asyncio.sleep(LOOK_EVERY)
                self.look()
            except RadioError as error:
                log.error("%s", error)
                asyncio.get_running_loop().call_later(REFRESH, self.look)
            else:
                self._told, self._refreshed = joiners, now

    async def _wait(self) -> None:
        """Until something has changed; while somebody may join, not for long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_EVERY if self._told else None):
                await self._changed.wait()
        self._changed.clear()

    async def _tell(
        self,
        coordinator: Coordinator,
        admissions: Sequence[Admission],
        joiners: dict[str, bytes],
    ) -> None:
        for eui in set(self._network.addresses()) - {each.eui for each in admissions}:
            log.info("device %s is not in the device log and has to leave", eui)
            await coordinator.put_out(eui)
        held = await coordinator.link_keys()
        for each in admissions:
            if each.credential is not Credential.AGREED:
                if each.eui in held:  # agreed, and lost before it was stored
                    await coordinator.forget_key(each.eui)
            elif held.get(each.eui) != each.link_key:
                await coordinator.install_key(each.eui, each.link_key)
        if joiners:
            await coordinator.open(joiners, LONGEST_PERMIT)
        else:
            await coordinator.close()
