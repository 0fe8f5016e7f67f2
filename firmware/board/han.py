"""A board's device in the HAN: what a Zigbee node asks of the device and the board around it."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

from board.receiving import OUTBOX_FULL, RECEIVED, deal_with, identify
from board.restart import Restart
from board.tables import open_table
from smets.codec.errors import DecodeError
from smets.device.modules import forget
from smets.zigbee.driver import ROUTER, SLEEPY_END_DEVICE, SMART_ENERGY, Endpoint

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from board.clock import Clock
    from board.receiving import Device
    from smets.codec.table import Table
    from smets.zigbee.cbke import Identity
    from smets.zigbee.node import Mirror
    from smets.zigbee.suite import ZigbeeSuite

# Key establishment found the heap in pieces (`smets.zigbee.stages`).
NO_RESOURCES = 0x14
TOLERANCE = 10  # seconds
# GBCS 10.2.2: the PhysicalEnvironment of Basic says that a device is of this kind.
PHYSICAL_ENVIRONMENT = 0x01
ZCL_VERSION = 0x01
MAINS, BATTERY = 0x01, 0x03
ELECTRICITY, GAS = 0x00, 0x01  # MeteringDeviceType
GSME = 0  # GBCS device type

# The suite's modules that nothing else on a board needs.
SUITE = (
    "smets.crypto.zigbee_suite",
    "smets.crypto.ccm",
    "smets.crypto.mmo",
)

METERING_DEVICE = 0x0501
ENDPOINT = 1
# Basic, Price, Metering, Prepayment, Calendar, Device Management, Events, Key Establishment
SERVED = (0x0000, 0x0700, 0x0702, 0x0705, 0x0707, 0x0708, 0x0709, 0x0800)
# Time, OTA, Keep-Alive, Tunneling, Key Establishment
USED = (0x000A, 0x0019, 0x0025, 0x0704, 0x0800)


def endpoints() -> list[Endpoint]:
    """A meter's endpoints."""
    return [Endpoint(ENDPOINT, SMART_ENERGY, METERING_DEVICE, 0, SERVED, USED)]


def role(interval: int) -> int:
    """What a meter is in the network; `interval` seconds lie between its wakes, 0: none."""
    return SLEEPY_END_DEVICE if interval else ROUTER


class Han:
    """The owner of the node (`smets.zigbee.node.Owner`)."""

    def __init__(
        self,
        eui: bytes,
        device: Device,
        clock: Clock,
        interval: int,
        gas: bool,
        report: Callable[[], dict[str, object]],
    ) -> None:
        self.eui = eui
        self.store = device.store
        self.mirror: Mirror | None = None
        self._device = device
        self._clock = clock
        self._interval = interval
        self._gas = gas
        self._report = report
        self._polled: int | None = None
        self._suite = self._suite_number()

    def _suite_number(self) -> int:
        """Suite 2, unless the device was made with suite 1 alone."""
        from smets.device.zigbee_keys import IDENTITIES

        forget("smets.device.zigbee_keys")
        return 2 if self.store.get(IDENTITIES[1]) else 1

    def install_code(self) -> bytes | None:
        from smets.device import zigbee_keys

        return zigbee_keys.install_code(self.store)

    def identity(self) -> Identity | None:
        from smets.device import zigbee_keys

        try:
            return zigbee_keys.identity(self.store, self._suite)
        except DecodeError:
            return None

    def now(self) -> int | None:
        return self._clock.now()

    def set_clock(self, now: int) -> None:
        known = self._clock.now()
        # GBCS 9.1: within ten seconds a clock is right; so it never steps back for nothing.
        if known is None or abs(known - now) > TOLERANCE * self._clock.speed:
            self._clock.set(now)

    def random(self, count: int) -> bytes:
        return os.urandom(count)

    def suite(self) -> ZigbeeSuite:
        from smets.crypto.zigbee_suite import ZigbeeSuite

        return ZigbeeSuite()

    def forget_suite(self) -> None:
        from smets.device.zigbee_keys import KEY_ESTABLISHMENT

        forget(*(SUITE + KEY_ESTABLISHMENT))

    def open_table(self, name: str) -> Table:
        return open_table(name)

    def forget(self, *modules: str) -> None:
        forget(*modules)

    # Messages

    def receive(self, message: memoryview) -> bool:
        now = self._clock.now()
        if now is None or len(self._device.outbox) >= OUTBOX_FULL:
            return False  # the hub keeps it and comes again
        identity = identify(message)
        if identity != self.store.get(RECEIVED):
            try:
                deal_with(self._device, identity, message, now)
            except MemoryError:  # a start has more room while the radio's code is not there
                from board.deferred import put_off

                put_off(self._device, message, now)
                raise Restart from None
        return True

    def waiting(self) -> int | None:
        return self._device.outbox.head()

    def message(self, number: int) -> bytes:
        return self._device.outbox.message(number)

    def delivered(self, number: int) -> None:
        self._device.outbox.acknowledged(number)

    def poll(self) -> None:
        """Lets the device do what is due; once in a second of its clock."""
        now = self._clock.now()
        if now is not None and now != self._polled:
            self._polled = now
            self._device.poll(now)

    # What others see

    def attribute(self, cluster: int, number: int) -> Any:
        known = {
            (0x0000, 0x0000): ZCL_VERSION,
            (0x0000, 0x0007): BATTERY if self._interval else MAINS,
            (0x0000, 0x0011): PHYSICAL_ENVIRONMENT,
            (0x0702, 0x0306): GAS if self._gas else ELECTRICITY,
            (0x0800, 0x0000): self._suite,  # bit 0, or bit 1
        }
        return known.get((cluster, number))

    def on_stage(self, stage: int, reason: int) -> None:
        found = self._report()
        found["stage"] = stage
        found["reason"] = reason
        print(json.dumps(found), file=sys.stderr)
        if reason == NO_RESOURCES:
            raise Restart
