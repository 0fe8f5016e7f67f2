"""The trust centre's door: whom the radio lets in, with which key, and who has to leave."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from bellows.exception import EzspError

from host.hub.trust_centre import Admission, Credential
from host.hub.zigbee.coordinator import LONGEST_PERMIT, Coordinator
from host.hub.zigbee.datagrams import NotDeliveredError, RadioError
from host.hub.zigbee.network import Network

# Real seconds after which the radio is told again: it forgets keys of joiners after 300, and
# closes by itself after LONGEST_PERMIT.
REFRESH = 120.0
CLOCK_CHECK = 1.0

log = logging.getLogger(__name__)


class Door:
    """Brings the radio to what the device log wants, again whenever the radio is back.

    `now` is the lab's clock, by which the network is open.
    """

    def __init__(self, network: Network, now: Callable[[], int]) -> None:
        self._network = network
        self._now = now
        self._admissions: tuple[Admission, ...] = ()
        self._open_until = 0
        self._changed = asyncio.Event()
        self._is_open = False

    def admit(self, admissions: Sequence[Admission]) -> None:
        self._admissions = tuple(admissions)
        self._changed.set()

    def permit_joining(self, seconds: int) -> None:
        self._open_until = self._now() + seconds
        self._changed.set()

    def again(self) -> None:
        """The radio is back: it is told everything."""
        self._is_open = False
        self._changed.set()

    def admission(self, eui: str) -> Admission | None:
        """What the device log says of a device."""
        return next((each for each in self._admissions if each.eui == eui), None)

    @property
    def is_open(self) -> bool:
        return self._now() < self._open_until

    async def run(self) -> None:
        """Serves for ever."""
        refreshed = 0.0
        loop = asyncio.get_running_loop()
        while True:
            waiting = CLOCK_CHECK if self._is_open or self.is_open else None
            try:
                async with asyncio.timeout(waiting):
                    await self._changed.wait()
            except TimeoutError:
                if self.is_open == self._is_open and loop.time() - refreshed < REFRESH:
                    continue
            self._changed.clear()
            await self._network.wait_up()
            try:
                await self._tell(self._network.coordinator)
                refreshed = loop.time()
            except (NotDeliveredError, EzspError, TimeoutError) as error:
                log.info("the radio did not take the device log: %s", error)
                self._changed.set()
                await asyncio.sleep(CLOCK_CHECK)
            except RadioError as error:
                log.error("%s", error)

    async def _tell(self, coordinator: Coordinator) -> None:
        listed = {each.eui for each in self._admissions}
        for eui in set(self._network.addresses()) - listed:
            log.info("device %s is not in the device log and has to leave", eui)
            await coordinator.put_out(eui)
        held = await coordinator.link_keys()
        for each in self._admissions:
            agreed = each.credential is Credential.AGREED
            if agreed and held.get(each.eui) != each.link_key:
                await coordinator.install_key(each.eui, each.link_key)
        joiners = {each.eui: each.link_key for each in self._admissions if each.may_join}
        if self.is_open and joiners:
            await coordinator.open(joiners, LONGEST_PERMIT)
        elif self._is_open or not joiners:
            await coordinator.close()
        self._is_open = self.is_open
