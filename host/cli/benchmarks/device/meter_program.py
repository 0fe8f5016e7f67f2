"""Runs in a MicroPython VM: times a meter's commands beside the primitives that they need.

Standard input has one word and its arguments a line; standard output gets one JSON document for
each that measures. It therefore keeps to MicroPython's Python.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from binascii import unhexlify
from typing import TYPE_CHECKING

from board.flash import Flash
from board.tables import open_table
from smets.crypto.suite import Suite
from smets.device.ram_flash import RamFlash
from smets.meter import esme

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from smets.device.device import Device

PIECE = 512


def microseconds() -> int:
    """The time, of which differences count."""
    return time.time_ns() // 1000


class NotingSuite(Suite):
    """Remembers what it was asked for, so that it can be asked for the same again."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, tuple[bytes, ...]]] = []

    def _note(self, name: str, arguments: tuple[bytes, ...]) -> None:
        if (name, arguments) not in self.calls:
            self.calls.append((name, arguments))

    def sha256(self, data: bytes) -> bytes:
        self._note("sha256", (data,))
        return super().sha256(data)

    def shared_secret(self, private_key: bytes, public_key: bytes) -> bytes:
        self._note("shared_secret", (private_key, public_key))
        return super().shared_secret(private_key, public_key)

    def sign(self, private_key: bytes, message: bytes) -> bytes:
        self._note("sign", (private_key, message))
        return super().sign(private_key, message)

    def verify(self, public_key: bytes, message: bytes, signature: bytes) -> bool:
        self._note("verify", (public_key, message, signature))
        return super().verify(public_key, message, signature)

    def gcm_seal(self, key: bytes, iv: bytes, plaintext: bytes, aad: bytes) -> bytes:
        self._note("gcm_seal", (key, iv, plaintext, aad))
        return super().gcm_seal(key, iv, plaintext, aad)

    def gcm_open(self, key: bytes, iv: bytes, ciphertext: bytes, tag: bytes, aad: bytes) -> bytes:
        self._note("gcm_open", (key, iv, ciphertext, tag, aad))
        return super().gcm_open(key, iv, ciphertext, tag, aad)


class Parts:
    """Time by part of the device; what one part spends in another counts for that one alone."""

    def __init__(self) -> None:
        self.spent: dict[str, int] = {}
        self._stack: list[int] = []

    def call(self, part: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        start = microseconds()
        self._stack.append(0)
        try:
            return function(*arguments)
        finally:
            took = microseconds() - start
            self.spent[part] = self.spent.get(part, 0) + took - self._stack.pop()
            if self._stack:
                self._stack[-1] += took


class Watched:
    """Stands in for a part of the device and times its calls."""

    def __init__(self, parts: Parts, names: tuple[tuple[str, str], ...], real: Any) -> None:
        self._parts = parts
        self._names = names
        self._real = real

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._real, name)
        for method, part in self._names:
            if name == method:
                return lambda *arguments: self._parts.call(part, real, arguments)
        return real


PRIMITIVES = ("sha256", "shared_secret", "sign", "verify", "gcm_seal", "gcm_open")
STORE = (("commit", "commits"), ("get", "store reads"))
OBJECTS = ("has", "get", "get_range", "set", "act")


class Program:
    """One meter; each word of the input is a method."""

    def word_meter(self, kind: str, eui: str, folder: str) -> None:
        """A meter on the state in `folder`, or on a copy of it in memory."""
        files = Flash(folder)
        flash = _in_memory(files) if kind == "memory" else files
        self.kind = kind
        self.suite = NotingSuite()
        self.device: Device = esme.create(unhexlify(eui), self.suite, flash, open_table)

    def word_poll(self, now: str) -> None:
        self.device.poll(int(now))

    def word_primitives(self) -> None:
        from crypto_bench import (  # type: ignore[import-not-found]  # noqa: PLC0415
            measure,
        )

        for name, milliseconds, runs in measure(Suite()):
            print(json.dumps({"primitive": name, "ms": milliseconds, "runs": runs}))

    def word_warm(self, name: str, message: str, now: str) -> None:
        self._receive(name, "warm", message, int(now))

    def word_cold(self, name: str, message: str, now: str) -> None:
        """As at the first contact: no secret, no table is kept."""
        self._receive(name, "cold", message, int(now))

    def _receive(self, name: str, contact: str, message: str, now: int) -> None:
        octets = unhexlify(message)
        self._empty(contact)
        self.device.poll(now)
        self.suite.calls = []
        gc.collect()
        start = microseconds()
        answer = self.device.receive(octets, now)
        spent = microseconds() - start
        calls = self.suite.calls
        self._empty(contact)
        gc.collect()
        start = microseconds()
        for method, arguments in calls:
            getattr(Suite, method)(self.suite, *arguments)
        primitives = microseconds() - start
        start = microseconds()
        self._acknowledge()
        acknowledged = microseconds() - start
        document = {"command": name, "contact": contact, "flash": self.kind, "us": spent}
        document["primitives_us"] = primitives
        document["acknowledge_us"] = acknowledged
        document["needs"] = " ".join([method for method, _ in calls])
        document["answer"] = 0 if answer is None else len(answer)
        print(json.dumps(document))

    def word_parts(self, name: str, message: str, now: str) -> None:
        """Where the time of one command goes."""
        device: Any = self.device
        parts = Parts()
        octets = unhexlify(message)
        device.poll(int(now))
        held = device.suite, device.store, device.objects, device.use_cases
        suite, store, objects, use_cases = held
        device.suite = Watched(parts, _named(PRIMITIVES, "primitives"), suite)
        device.store = Watched(parts, STORE, store)
        device.objects = Watched(parts, _named(OBJECTS, "objects"), objects)
        device.use_cases = Watched(parts, (("find", "use case look-up"),), use_cases)
        keepers = (device.anchors, device.counters, device.outbox, objects.state)
        names = ("_store", "_store", "_store", "store")
        for keeper, attribute in zip(keepers, names):  # noqa: B905  (no strict= here)
            setattr(keeper, attribute, device.store)
        gc.collect()
        parts.call("engine and codec", device.receive, (octets, int(now)))
        device.suite, device.store, device.objects, device.use_cases = held
        for keeper, attribute in zip(keepers, names):  # noqa: B905
            setattr(keeper, attribute, store)
        self._acknowledge()
        print(json.dumps({"command": name, "flash": self.kind, "parts_us": parts.spent}))

    def word_modules(self) -> None:
        print(json.dumps({"modules": sorted(sys.modules)}))

    def _empty(self, contact: str) -> None:
        if contact == "cold":
            fresh = Suite()
            self.suite._secrets, self.suite._tables = fresh._secrets, fresh._tables

    def _acknowledge(self) -> None:
        head = self.device.outbox.head()
        if head is not None:
            self.device.delivered(head)


def _named(methods: tuple[str, ...], part: str) -> tuple[tuple[str, str], ...]:
    return tuple([(method, part) for method in methods])


def _in_memory(flash: Flash) -> RamFlash:
    copy = RamFlash()
    for name in ("store-0", "store-1"):
        copy.write(name, 0, flash.read(name, 0, flash.size(name)))
    return copy


def main() -> None:
    """Carries out standard input, line by line."""
    program = Program()
    while True:
        words = sys.stdin.readline().split()
        if not words:
            return
        getattr(program, "word_" + words[0])(*words[1:])


if __name__ == "meter_program":
    main()
