"""A flash that loses power, and what of its unsynced writes then survives."""

from smets.device.ram_flash import RamFlash


class PowerCut(Exception):  # noqa: N818 - it is no error
    """The machine is off; the flash is to be opened anew with `after_cut`."""


class CutFlash(RamFlash):
    """Raises PowerCut at write number `cut_at` (None: never) and ever after.

    `choose(n)` gives a number below n; it decides for each write since the last sync whether it
    is whole, torn or lost.
    """

    def __init__(self, choose, durable=None, cut_at=None):
        super().__init__()
        self._choose = choose
        self._durable = durable or {}
        self._pending = []
        self.cut_at = cut_at
        self.writes = 0
        for name in self._durable:
            self.files[name] = bytearray(self._durable[name])

    def _note(self, operation):
        if self.cut_at is not None and self.writes >= self.cut_at:
            self._pending.append(operation)
            raise PowerCut
        self.writes += 1
        self._pending.append(operation)

    def write(self, name, offset, data):
        self._note((name, offset, bytes(data)))
        super().write(name, offset, data)

    def truncate(self, name):
        self._note((name, None, b""))
        super().truncate(name)

    def sync(self):
        for operation in self._pending:
            _apply(self._durable, *operation)
        self._pending = []

    def after_cut(self):
        """The flash as it is found when power comes back."""
        for name, offset, data in self._pending:
            fate = self._choose(3)
            torn = fate == 1 and offset is not None
            if fate:
                size = self._choose(len(data) + 1) if torn else len(data)
                _apply(self._durable, name, offset, data[:size])
        return CutFlash(self._choose, self._durable)


def _apply(files, name, offset, data):
    if offset is None:
        files[name] = bytearray()
        return
    file = files.setdefault(name, bytearray())
    if offset > len(file):
        file.extend(b"\xff" * (offset - len(file)))
    file[offset : offset + len(data)] = data
