"""Runs in a MicroPython VM: times the initiator's side of key establishment.

Standard input has, a line each in hexadecimal, the identity, the partner's EUI-64, the octets of
the ephemeral key and the three commands that the partner sends; then the number of runs. Standard
output gets one JSON document a run. It therefore keeps to MicroPython's Python.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from binascii import hexlify, unhexlify
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smets.zigbee.cbke import Initiator

SUITE = 2
STEPS = ("certificate and ephemeral data", "agreement", "confirmation")


def main() -> None:
    """Carries out standard input."""
    octets = [unhexlify(sys.stdin.readline().strip()) for _ in range(6)]
    for _ in range(int(sys.stdin.readline())):
        gc.collect()
        _agree(*octets)


def _agree(
    identity: bytes,
    partner: bytes,
    secret: bytes,
    certificate: bytes,
    ephemeral: bytes,
    mac: bytes,
) -> None:
    from smets.crypto.zigbee_suite import ZigbeeSuite  # noqa: PLC0415  (the first run loads it)
    from smets.zigbee import cbke  # noqa: PLC0415

    own = cbke.Identity.decode(SUITE, identity)
    engine: Initiator = cbke.Initiator(ZigbeeSuite(), own, partner, lambda count: secret[:count])
    start = time.time_ns()
    engine.start(0)
    document: dict[str, object] = {}
    for command, (name, payload) in enumerate(zip(STEPS, (certificate, ephemeral, mac))):  # noqa: B905
        engine.receive(command, payload, 0)
        now = time.time_ns()
        document[name] = (now - start) // 1000
        start = now
    assert engine.link_key is not None
    print(json.dumps({"us": document, "link_key": hexlify(engine.link_key).decode()}))


if __name__ == "cbke_program":
    main()
