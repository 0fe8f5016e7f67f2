"""What a board says of itself when the hub asks."""

from __future__ import annotations

import gc
import sys


def status(peak: int) -> dict[str, object]:
    """Octets of MicroPython's heap; `peak` counts garbage that had not been collected."""
    gc.collect()
    live, free = gc.mem_alloc(), gc.mem_free()
    version = ".".join([str(part) for part in sys.implementation.version[:3]])
    return {
        "vm": sys.implementation.name + " " + version + " " + sys.platform,
        "heap": live + free,
        "heap_live": live,
        "heap_free": free,
        "heap_peak": peak,
    }
