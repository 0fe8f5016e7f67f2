"""What a board says of itself when the hub asks."""

from __future__ import annotations

import gc
import sys

gc_alloc = getattr(gc, "mem_alloc", None)  # CPython has neither
gc_free = getattr(gc, "mem_free", None)


class Heap:
    """Octets of MicroPython's heap; `peak` counts garbage that was not collected yet."""

    def __init__(self) -> None:
        self.peak = 0
        self.live = 0

    def collect(self) -> None:
        """Notes the peak, frees the garbage, notes what lives on."""
        if gc_alloc:
            self.peak = max(self.peak, gc_alloc())
        gc.collect()
        if gc_alloc:
            self.live = gc_alloc()

    def report(self) -> dict[str, object]:
        report: dict[str, object] = {
            "vm": f"{sys.implementation.name} {_version()} {sys.platform}",
            "heap_peak": self.peak,
            "heap_live": self.live,
        }
        if gc_alloc and gc_free:
            report["heap"] = gc_alloc() + gc_free()
            report["heap_free"] = gc_free()
        return report


def _version() -> str:
    return ".".join([str(part) for part in sys.implementation.version[:3]])
