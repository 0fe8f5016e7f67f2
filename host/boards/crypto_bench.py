"""Times the primitives of a Suite on whatever runs this file, CPython or a MicroPython VM.

Inside a VM: `micropython -X heapsize=128k crypto_bench.py`, with the firmware on its module path,
prints one JSON document a line, `{"name", "ms", "runs"}` or `{"name", "bytes"}`. It therefore
keeps to MicroPython's Python. On CPython `measure` takes the Suite of `keys.suite` as well.
"""

from __future__ import annotations

import gc
import json
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from smets.gbcs.suite import Suite

REMOTE_PARTIES = 10  # more than a device remembers, so that going round them finds nothing kept
LEAST_MS = 200.0  # a row runs at least this long and takes its fastest run


def measure(suite: Suite, least_ms: float = LEAST_MS) -> Iterator[tuple[str, float, int]]:
    """Yield (name, milliseconds of the fastest run, runs) for each primitive.

    `ecdh` and `verify` meet keys the suite has not kept, `ecdh_kept` and `verify_kept` one it has.
    """
    message = bytes(range(256)) + bytes(44)
    parties = [suite.generate() for _ in range(REMOTE_PARTIES)]
    public_keys = [suite.public_key(key) for key in parties]
    signatures = [suite.sign(key, message) for key in parties]
    fresh = [(own, other) for own in parties for other in public_keys]
    strangers = list(zip(public_keys, signatures))  # noqa: B905  (MicroPython has no strict=)
    own, other, signature = parties[0], public_keys[1], signatures[1]
    key, iv, aad = bytes(range(16)), bytes(12), bytes(20)
    text, long_text = bytes(240), bytes(1200)

    def verify_stranger() -> None:
        public_key, its_signature = strangers.pop(0)
        suite.verify(public_key, message, its_signature)

    # A list that runs empty ends its row: a second round might meet what was kept in the first.
    rows: tuple[tuple[str, int, Callable[[], object]], ...] = (
        ("ecdh", len(fresh), lambda: suite.shared_secret(*fresh.pop())),
        ("ecdh_kept", 0, lambda: suite.shared_secret(own, other)),
        ("sign", 0, lambda: suite.sign(own, message)),
        ("verify", len(strangers), verify_stranger),
        ("verify_kept", 0, lambda: suite.verify(other, message, signature)),
        ("gcm_240", 0, lambda: suite.gcm_seal(key, iv, text, aad)),
        ("gmac_1200", 0, lambda: suite.gcm_seal(key, iv, b"", long_text)),
        ("sha256_1200", 0, lambda: suite.sha256(long_text)),
    )
    for name, most_runs, run in rows:
        fastest, runs = _fastest(run, least_ms, most_runs)
        yield name, fastest, runs


def _fastest(run: Callable[[], object], least_ms: float, most_runs: int) -> tuple[float, int]:
    fastest = total = 0.0
    runs = 0
    while (total < least_ms or runs < 3) and (not most_runs or runs < most_runs):
        start = time.time_ns()
        run()
        spent = (time.time_ns() - start) / 1e6
        total += spent
        runs += 1
        if runs == 1 or spent < fastest:
            fastest = spent
    return fastest, runs


def _allocated() -> int:
    gc.collect()
    # MicroPython alone counts its heap.
    count: Callable[[], int] = getattr(gc, "mem_alloc", int)
    return count()


def main() -> None:
    """Print the heap that the primitives hold, then how long they take."""
    at_start = _allocated()
    from smets.crypto.suite import Suite  # noqa: PLC0415  (what importing takes is measured)

    suite = Suite()
    imported = _allocated()
    private_key = suite.generate()
    public_key = suite.public_key(private_key)
    suite.shared_secret(private_key, public_key)
    suite.verify(public_key, b"", suite.sign(private_key, b""))
    in_use = _allocated()
    print(json.dumps({"name": "heap_imported", "bytes": imported - at_start}))
    print(json.dumps({"name": "heap_in_use", "bytes": in_use - at_start}))
    for name, milliseconds, runs in measure(suite):
        print(json.dumps({"name": name, "ms": milliseconds, "runs": runs}))


if __name__ == "__main__":
    main()
