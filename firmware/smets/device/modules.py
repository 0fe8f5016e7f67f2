"""Modules that a board needs rarely: their code lies in the heap, and goes when it is not used."""

from __future__ import annotations

import gc
import sys

_IS_BOARD = sys.implementation.name == "micropython"

ACCESS = (
    "smets.device.access",
    "smets.device.protected",
    "smets.gbcs.protected_attributes",
    "smets.device.zigbee_access",
    "smets.device.content_key",
    "smets.gbcs.gbz",
    "smets.gbcs.zcl_command",
)
CREDENTIALS = (
    "smets.device.certification_path",
    "smets.gbcs.x509",
    "smets.gbcs.credentials_update",
    "smets.gbcs.credentials",
    "smets.gbcs.der",
)


def forget(*names: str) -> None:
    """Lets go of imported modules; the next import loads them anew. Nothing on a host.

    Their room is free once nothing refers to what they define: functions, classes, instances.
    """
    if _IS_BOARD:
        for name in names:
            sys.modules.pop(name, None)
            package, _, attribute = name.rpartition(".")
            if package in sys.modules and hasattr(sys.modules[package], attribute):
                delattr(sys.modules[package], attribute)
        gc.collect()
