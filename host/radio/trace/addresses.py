"""Which EUI-64 stands behind a short address, as the air has told so far."""

from __future__ import annotations

from smets.codec.errors import AuthenticationError


class Addresses:
    """EUI-64s by PAN and short address."""

    def __init__(self) -> None:
        self._extended: dict[tuple[int, int], bytes] = {}

    def learn(self, pan: int, short: int, extended: bytes) -> None:
        """A device says, or is told, that this is its short address."""
        self._extended[pan, short] = extended

    def find(self, pan: int, short: int) -> bytes | None:
        """The EUI-64; None when it has not been on the air yet."""
        return self._extended.get((pan, short))

    def source(self, pan: int, short: int, told: bytes | None) -> bytes:
        """Whose counter is in a nonce: what the frame tells, else whoever has that address."""
        found = told or self.find(pan, short)
        if found is None:
            raise AuthenticationError(f"the EUI-64 of {short:04x} is not known yet")
        return found

    def shorts(self, extended: bytes) -> set[tuple[int, int]]:
        """Every PAN and short address of a device."""
        return {place for place, known in self._extended.items() if known == extended}
