"""Modules that a board needs rarely: their code lies in the heap, and goes when it is not used."""

from __future__ import annotations

import sys

_IS_BOARD = sys.implementation.name == "micropython"


def forget(*names: str) -> None:
    """Lets go of imported modules; the next import loads them anew. Nothing on a host."""
    if _IS_BOARD:
        for name in names:
            sys.modules.pop(name, None)
            package, _, attribute = name.rpartition(".")
            if package in sys.modules and hasattr(sys.modules[package], attribute):
                delattr(sys.modules[package], attribute)
