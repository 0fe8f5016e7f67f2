"""A co-processor behind its serial line: octets and the time in, octets out through `write`."""

from __future__ import annotations

from collections.abc import Callable

from host.radio.ncp.ncp import Ncp, Radio
from host.radio.ncp.nonvolatile import Flash
from host.radio.stack.events import Event
from smets.zigbee import ash

MILLISECONDS = 1000


class Line:
    """One NCP and its UART. Times are seconds of one clock that never goes back.

    `pace` is how many of them pass in one of the host's: time-outs of the line are the host's.
    """

    def __init__(
        self,
        version: int,
        radio: Radio,
        flash: Flash,
        eui64: bytes,
        write: Callable[[bytes], None],
        pace: float = 1.0,
    ) -> None:
        self._write = write
        self._pace = pace
        self._ash = ash.Ash(ncp=True)
        self.ncp = Ncp(version, radio, flash, eui64, self._ash.send, lambda: self._ash.damaged)
        self.ncp.boot()
        self.restarts = 0

    def _milliseconds(self, now: float) -> int:
        return round(now * MILLISECONDS / self._pace)

    def receive(self, octets: bytes, now: float) -> None:
        """Octets from the host, in pieces of any size."""
        for kind, frame in self._ash.receive(octets, self._milliseconds(now)):
            if kind == ash.RESET:
                self.restart(now)
            elif kind == ash.DATA:
                self._command(frame, now)
        self._flush(now)

    def _command(self, frame: bytes, now: float) -> None:
        self.ncp.command(frame, now)
        self._stop_if_failed()
        if self.ncp.reboot_wanted:
            self._flush(now)
            self.restart(now)

    def _stop_if_failed(self) -> None:
        if self.ncp.failed:
            self._ash.fail(ash.CODE_ASSERT)

    def restart(self, now: float, code: int = ash.CODE_SOFTWARE) -> None:
        """The chip starts anew, by itself or because the host resets it, and says so."""
        self.restarts += 1
        self.ncp.boot()
        self._ash.restart(code)
        self._stop_if_failed()
        self._flush(now)

    def fail(self, now: float, code: int = ash.CODE_ASSERT) -> None:
        """The chip meets an error that only a reset by the host ends."""
        self._ash.fail(code)
        self._flush(now)

    def tell(self, event: Event, now: float) -> None:
        """The node has news: the host hears of it."""
        self.ncp.tell(event, now)
        self._stop_if_failed()
        self._flush(now)

    def next_timer(self) -> float | None:
        """When `tick` has something to do."""
        due = self._ash.wake()
        times = [due * self._pace / MILLISECONDS] if due is not None else []
        poll = self.ncp.next_timer()
        return min([*times, poll], default=None) if poll is not None else min(times, default=None)

    def tick(self, now: float) -> None:
        """Repeats what the host did not acknowledge, and polls when it is time."""
        self._ash.tick(self._milliseconds(now))
        poll = self.ncp.next_timer()
        if poll is not None and now >= poll:
            self.ncp.tick(now)
        self._flush(now)

    def keep(self, snapshot: dict[str, object], now: float) -> None:
        """The node has to be found again after a restart as it is now."""
        self.ncp.keep(snapshot)
        self._stop_if_failed()
        self._flush(now)

    def _flush(self, now: float) -> None:
        octets = self._ash.output(self._milliseconds(now))
        if octets:
            self._write(octets)
