"""The trust centre's end of CBKE: the Key Establishment cluster's server."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping

from host.hub.zigbee.datagrams import Datagram, NotDeliveredError
from host.hub.zigbee.stages import Stage
from keys.zigbee_suite import ZigbeeSuite
from smets.zigbee import cbke, zcl

AT_ONCE = 4  # key establishments; each costs seconds of a small machine
WAIT_TIME = 30  # seconds until a device that found no room may ask again

log = logging.getLogger(__name__)


class KeyServer:
    """One engine for each device that is establishing a key.

    `identities` by suite; `agreed` stores a key, installs it and says whether the device may have
    it; `tell` is told of stages that are reached or failed.
    """

    def __init__(
        self,
        identities: Mapping[int, cbke.Identity],
        send: Callable[[Datagram], Awaitable[None]],
        agreed: Callable[[str, bytes], Awaitable[bool]],
        tell: Callable[[str, Stage, str | None], None],
        unix_time: Callable[[], int],
    ) -> None:
        self._suite = ZigbeeSuite()
        self._identities = identities
        self._send = send
        self._agreed = agreed
        self._tell = tell
        self._unix_time = unix_time
        self._engines: dict[str, tuple[int, cbke.Responder]] = {}

    async def on_frame(self, datagram: Datagram, frame: zcl.Frame) -> None:
        """A command of a device that is in the device log, one after the other for each device."""
        now = int(asyncio.get_running_loop().time())
        if frame.command == cbke.INITIATE:
            refusal = self._begin(datagram.eui, frame.payload, now)
            if refusal is not None:
                await self._answer(datagram, frame, refusal)
                return
        if datagram.eui not in self._engines:
            return
        number, engine = self._engines[datagram.eui]
        # The arithmetic takes a good part of a second.
        answer = await asyncio.to_thread(engine.receive, frame.command, frame.payload, now)
        if engine.link_key is not None and frame.command == cbke.CONFIRM_KEY:
            self._engines.pop(datagram.eui, None)
            if not await self._agreed(datagram.eui, engine.link_key):
                answer = cbke.terminate(cbke.NO_RESOURCES, WAIT_TIME, number)
        elif engine.ended is not None:
            self._engines.pop(datagram.eui, None)
            log.warning("device %s: no key: %s", datagram.eui, engine.ended.reason)
            self._tell(datagram.eui, Stage.CBKE, engine.ended.reason)
        if answer is not None:
            await self._answer(datagram, frame, answer)

    def _begin(self, eui: str, payload: bytes, now: int) -> "cbke.Command | None":
        """Makes an engine for the suite that the device wants, or says why there is none."""
        for other, (_, engine) in list(self._engines.items()):
            engine.poll(now)
            if engine.ended is not None:
                del self._engines[other]
        number = 1 if payload[:2] == b"\x01\x00" else 2
        identity = self._identities.get(number)
        if identity is None:
            return cbke.terminate(cbke.UNSUPPORTED_SUITE, 0, number)
        if eui not in self._engines and len(self._engines) >= AT_ONCE:
            return cbke.terminate(cbke.NO_RESOURCES, WAIT_TIME, number)
        self._engines[eui] = (
            number,
            cbke.Responder(
                self._suite,
                identity,
                bytes.fromhex(eui),
                secrets.token_bytes,
                unix_time=self._unix_time(),
            ),
        )
        return None

    async def _answer(self, datagram: Datagram, frame: zcl.Frame, answer: "cbke.Command") -> None:
        command, payload = answer
        try:
            await self._send(
                Datagram(
                    datagram.eui,
                    datagram.cluster,
                    datagram.device_endpoint,
                    datagram.hub_endpoint,
                    frame.response(command, payload, True).encode(),
                )
            )
        except NotDeliveredError as error:
            log.info("device %s: %s", datagram.eui, error)
