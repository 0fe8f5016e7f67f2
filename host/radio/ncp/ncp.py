"""A network co-processor: takes EZSP commands, drives a Zigbee node, answers and calls back.

An engine: frames and the time in, frames out through `emit`. A callback never goes out while a
command is unanswered, and it carries the sequence number of the last answer; hosts rely on both.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from host.radio.ncp import callbacks
from host.radio.ncp.configuration import KEY_TABLE, Configuration
from host.radio.ncp.handlers import HANDLERS
from host.radio.ncp.messaging import Messages
from host.radio.ncp.nonvolatile import ERASED_EUI64, Contents, Flash, FlashError
from host.radio.ncp.statuses import status_of
from host.radio.ncp.tables import Tables
from host.radio.ncp.tokens import CUSTOM_EUI64, RESTORED_EUI64
from host.radio.ncp.versions import STACK_VERSIONS
from host.radio.stack.events import Event
from host.radio.stack.interface import Stack
from smets.codec.errors import DecodeError, RefusedError
from smets.zigbee import ezsp, ezsp_status, ezsp_text

logger = logging.getLogger(__name__)

STACK_TYPE_MESH = 2


class Radio(Protocol):
    """The antenna of one NCP, and the shell of its node."""

    def boot(self, eui64: bytes) -> Stack:
        """A node without a network in place of the one before."""

    def silence(self) -> None:
        """The chip has stopped: nothing goes out any more until it boots."""

    def settle(self) -> None:
        """The node was used: its state is kept, its frames go out, its events come to `tell`."""


class Ncp:
    """One co-processor. `emit` takes a frame and whether it is a callback.

    `eui64` is what the factory gives one whose flash is empty; `line_damaged` how many frames
    its serial line has dropped.
    """

    stack: Stack
    configuration: Configuration
    messages: Messages
    tables: Tables
    counted: list[int] | None  # the counters when they were last cleared

    def __init__(
        self,
        version: int,
        radio: Radio,
        flash: Flash,
        eui64: bytes,
        emit: Callable[[bytes, bool], None],
        line_damaged: Callable[[], int],
    ) -> None:
        self.version = version
        self.frames = ezsp_text.load(version)
        self.radio = radio
        self.flash = flash
        self.contents = flash.load() or Contents(eui64)
        self.reboot_wanted = False
        self.line_damaged = line_damaged
        self._emit = emit
        self._names = {code: name for name, code in ezsp_text.ids(version).items()}
        self.ids = ezsp_text.ids(version)

    def boot(self) -> None:
        """Starts with what the flash holds; all else is forgotten."""
        self.contents.boots += 1
        self.failed = False
        self.configuration = Configuration()
        self.stack = self._start_node()
        if self.contents.stack is not None:
            self._restore(self.contents.stack)
        self.messages = Messages(self)
        self.tables = Tables()
        self.counted = None
        self.reboot_wanted = False
        self._agreed = False
        self._sequence = 0
        self.store()

    def _restore(self, snapshot: dict[str, object]) -> None:
        if snapshot.get("eui64") != self.eui64.hex():
            # Of the address it had before: a network belongs to one address.
            logger.info("the radio has a new EUI-64 and no network")
            return
        try:
            self.stack.restore(snapshot)
        except (ValueError, KeyError, TypeError) as error:
            raise FlashError(
                f"the state of stick {self.eui64.hex()} is not of this version; move its file away"
            ) from error

    def _start_node(self) -> Stack:
        stack = self.radio.boot(self.eui64)
        stack.reassembly = False  # `Messages` does it where hosts need it
        self.configuration.apply(stack)
        return stack

    @property
    def eui64(self) -> bytes:
        """The host's own, else the one burnt in, else the factory's."""
        restored = self.contents.tokens.get((RESTORED_EUI64, 0), ERASED_EUI64)
        burnt = self.contents.manufacturing.get(CUSTOM_EUI64, ERASED_EUI64)[::-1]
        for eui64 in (restored, burnt):
            if eui64 != ERASED_EUI64:
                return eui64
        return self.contents.eui64

    def forget_network(self) -> None:
        """The node starts anew with empty tables; what the host registered stays."""
        endpoints = self.stack.endpoints
        self.stack = self._start_node()
        self.stack.endpoints.update(endpoints)

    def held_keys(self, now: float) -> Iterator[tuple[bytes, str]]:
        """Every key in use and what it is: for the one who captures the air, and nobody else."""
        if self.stack.network_key is not None:
            yield self.stack.network_key[0], "network key"
        if self.contents.security is not None:
            yield self.contents.security.preconfigured_key, "preconfigured link key"
        for index in range(self.configuration.numbers[KEY_TABLE]):
            row = self.stack.keys.at(index)
            if row is not None:
                yield row.key, f"link key of {row.partner.hex()}"
        for partner, key, _ in self.stack.keys.transients(now):
            yield key, f"link key of {partner.hex()} until it has joined"

    def store(self) -> None:
        """Makes what must survive safe."""
        self.keep(self.stack.snapshot())

    def keep(self, snapshot: dict[str, object]) -> None:
        """The same, with a snapshot of the node that was taken already."""
        self.contents.stack = snapshot
        try:
            self.flash.save(self.contents)
        except OSError as error:
            # What cannot be kept must not be used: a chip whose flash fails asserts.
            logger.error("the radio's state cannot be stored: %s", error.strerror)
            self.failed = True
            self.radio.silence()

    def command(self, frame: bytes, now: float) -> None:
        """One frame from the host; its answer, then what came of it."""
        try:
            sequence, _, frame_id, fields, old = ezsp.parse(frame, response=False)
        except DecodeError as error:
            logger.warning("EZSP: %s", error)
            self._sequence = frame[0] if frame else self._sequence
            self._invalid(ezsp_status.COMMAND_IS_INVALID)
            return
        self._sequence = sequence
        if frame_id == ezsp.VERSION:
            self._version(sequence, fields, old)
        elif not self._agreed:
            self._invalid(ezsp_status.INVALID_STATE)
        else:
            self._execute(sequence, frame_id, fields, now)
        self.radio.settle()

    def _version(self, sequence: int, fields: bytes, old: bool) -> None:
        self._agreed = fields[:1] == bytes((self.version,))
        major, minor, patch, special = STACK_VERSIONS[self.version]
        number = major << 12 | minor << 8 | patch << 4 | special
        answer = bytes((self.version, STACK_TYPE_MESH)) + number.to_bytes(2, "little")
        if old:
            self._emit(ezsp.old_header(sequence, ezsp.RESPONSE) + answer, False)
        else:
            self._emit(ezsp.header(sequence, ezsp.RESPONSE, ezsp.VERSION) + answer, False)

    def _invalid(self, status: int) -> None:
        self._answer(ezsp.INVALID_COMMAND, {"status": status})

    def _answer(self, frame_id: int, values: Mapping[str, Any]) -> None:
        frame = self.frames.find(frame_id)
        assert frame is not None
        failed = values.get("status", ezsp_status.OK) != ezsp_status.OK
        fields = self.frames.encode(frame.response, values, fill=failed)
        self._emit(ezsp.header(self._sequence, ezsp.RESPONSE, frame_id) + fields, False)

    def _execute(self, sequence: int, frame_id: int, fields: bytes, now: float) -> None:
        handler = HANDLERS.get(self._names.get(frame_id, ""))
        frame = self.frames.find(frame_id)
        if handler is None or frame is None or frame.request is None:
            self._invalid(ezsp_status.NOT_SUPPORTED)
            return
        try:
            values = self.frames.decode(frame.request, fields)
        except DecodeError:
            self._invalid(ezsp_status.COMMAND_IS_INVALID)
            return
        try:
            answer = {"status": ezsp_status.OK} | handler(self, values, now)
        except RefusedError as refusal:
            answer = {"status": status_of(refusal)}
        self._answer(frame_id, answer)

    def call_back(self, name: str, values: Mapping[str, Any]) -> None:
        """Sends a callback, where this version has it."""
        frame_id = self.ids.get(name)
        frame = None if frame_id is None else self.frames.find(frame_id)
        if frame is None:
            return
        fields = self.frames.encode(frame.response, values)
        self._emit(ezsp.header(self._sequence, ezsp.CALLBACK, frame.id) + fields, True)

    def tell(self, event: Event, now: float) -> None:
        """Something happened at the node: the host hears of it."""
        callbacks.tell(self, event, now)

    def next_timer(self) -> float | None:
        """When `tick` has something to do; the node's own timers are its shell's."""
        return self.messages.next_timer()

    def tick(self, now: float) -> None:
        """Polls when it is time."""
        self.messages.tick(now)
        self.radio.settle()
