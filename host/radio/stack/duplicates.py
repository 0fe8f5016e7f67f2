"""APS frames that come again because their acknowledgement was lost (Zigbee 2.2.8.4.2)."""

from binascii import crc32

REMEMBERED = 256
TIME = 15.0  # s; longer than all retries of a sender take


class Duplicates:
    """What was received lately, by source, counter, block and content.

    The counter has 8 bits and a node that restarts begins with any: without the content one in
    ten of its first messages would be acknowledged and dropped.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int, int, int], float] = {}

    def seen(self, source: int, counter: int, block: int, payload: bytes, now: float) -> bool:
        """Whether it was here before; it is now."""
        key = source, counter, block, crc32(payload)
        known = self._seen.pop(key, 0.0) > now
        if len(self._seen) >= REMEMBERED:
            del self._seen[next(iter(self._seen))]
        self._seen[key] = now + TIME
        return known

    def forget(self, source: int) -> None:
        """A node begins anew."""
        for key in [key for key in self._seen if key[0] == source]:
            del self._seen[key]
