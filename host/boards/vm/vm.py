"""A MicroPython virtual machine and how it is called."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# What a plain ESP32 leaves to the electricity meter, in bytes of a 32-bit machine.
HEAP_GATE = 128 * 1024
# For any meter with a radio.
RADIO_HEAP_GATE = 160 * 1024

OLDEST = (1, 22)

_ASK = """
import sys
word_bits = 64 if sys.maxsize > 1 << 31 else 32
print("%s %d.%d.%d %d" % ((sys.implementation[0],) + sys.implementation[1][:3] + (word_bits,)))
"""


@dataclass(frozen=True)
class Vm:
    """One virtual machine of this machine.

    `name` is `i386`, `amd64`, `path` or `wasm`; `program` is the command line up to the
    interpreter's own options; `origin` says to people where it comes from.
    """

    name: str
    version: str
    word_bits: int
    origin: str
    program: tuple[str, ...]

    def heap_bytes(self, heap: int) -> int:
        """The heap to ask for, so that 64 bits hold what `heap` bytes hold on a board."""
        return heap * self.word_bits // 32

    def command(self, *arguments: str, heap: int = HEAP_GATE) -> list[str]:
        """The command line for a script and its arguments, or for `-c CODE`, with a hard heap."""
        return [*self.program, "-X", f"heapsize={self.heap_bytes(heap)}", *arguments]

    def environment(self, modules: Sequence[Path]) -> dict[str, str]:
        """This process's environment with the VM's module path; `.frozen` holds asyncio."""
        return os.environ | {"MICROPYPATH": ":".join([*map(str, modules), ".frozen"])}

    def describe(self) -> dict[str, object]:
        """What `./hanlab doctor` shows."""
        return {
            "name": self.name,
            "version": self.version,
            "word_bits": self.word_bits,
            "origin": self.origin,
            "program": list(self.program),
        }


def probe(name: str, program: Sequence[str], origin: str) -> Vm | None:
    """Start the program and ask what it is; None when it is no usable MicroPython."""
    try:
        answer = subprocess.run(
            [*program, "-c", _ASK], capture_output=True, text=True, timeout=30, check=True
        ).stdout
        kind, version, word_bits = answer.split()
        numbers = tuple(int(number) for number in version.split("."))
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    if kind != "micropython" or numbers < OLDEST:
        return None
    return Vm(name, version, int(word_bits), origin, tuple(program))
