"""Which messages for the DCC are under way, and which to send next. No sockets, no clock."""

from host.hub.wan_box import Outgoing, WanBox

WINDOW = 200  # messages under way at a time
REPEAT = 30.0  # seconds without an acknowledgement, after which everything is sent again


class WanPump:
    """`now` is a monotonic time in seconds."""

    def __init__(self, box: WanBox) -> None:
        self._box = box
        self.restart(0.0)

    def restart(self, now: float) -> None:
        """A new connection: nothing is under way."""
        self._position = 0
        self._under_way: set[str] = set()
        self._progress = now

    def due(self, now: float) -> list[Outgoing]:
        """What to send now."""
        if self._under_way and now - self._progress >= REPEAT:
            self.restart(now)
        if not self._under_way:
            self._progress = now
        messages = self._box.after(self._position, WINDOW - len(self._under_way))
        if messages:
            self._position = messages[-1].position
            self._under_way.update(message.id for message in messages)
        return messages

    def acknowledged(self, identifier: str, now: float) -> None:
        """The DCC has it."""
        self._under_way.discard(identifier)
        self._progress = now
