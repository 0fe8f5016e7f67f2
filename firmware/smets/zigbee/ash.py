"""ASH version 2 (Silicon Labs UG101): EZSP frames over a line that loses and damages octets.

Both ends in one engine: the host, and the network co-processor (NCP). It takes octets and a time
in milliseconds that only grows, and returns events; what has to go out is fetched with `output`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Event = tuple[int, bytes]

# events
DATA = 0  # an EZSP frame
RESET = 1  # the host's RST at the NCP, the NCP's RSTACK at the host; its code
ERROR = 2  # the link has failed: the NCP's ERROR, or no acknowledgement in time; its code

# UG101, reset and error codes
CODE_POWER_ON = 0x02
CODE_ASSERT = 0x06
CODE_SOFTWARE = 0x0B
CODE_ACKNOWLEDGEMENT_TIMEOUT = 0x51

LONGEST = 256  # octets of an EZSP frame
WINDOW = 5  # DATA frames under way

_VERSION = 2
_FLAG = 0x7E
_ESCAPE = 0x7D
_SUBSTITUTE = 0x18
_CANCEL = 0x1A
_FLOW_CONTROL = b"\x11\x13"  # XON, XOFF: neither end here uses them
_RESERVED = b"\x7d\x7e\x11\x13\x18\x1a"  # the escape first: what stands for another has it too

_RST = 0xC0
_RSTACK = 0xC1
_ERROR = 0xC2
_ACK = 0x80
_NAK = 0xA0
_RETRANSMITTED = 0x08  # in DATA
_NOT_READY = 0x08  # in ACK and NAK of a host that takes no callbacks

# UG101, milliseconds
_TIMEOUT_FIRST = 1600
_TIMEOUT_LEAST = 400
_TIMEOUT_MOST = 3200
_NOT_READY_TIME = 1000
_TIMEOUTS = 4  # in a row; the next one fails the link

# states
_CLOSED = 0
_CONNECTED = 1
_FAILED = 2


def _crc(data: bytes, crc: int) -> int:
    """CRC-CCITT, most significant bit first: polynomial x^16 + x^12 + x^5 + 1."""
    for octet in data:
        crc = ((crc >> 8) | (crc << 8)) & 0xFFFF ^ octet
        crc ^= (crc & 0xFF) >> 4
        crc ^= (crc << 12) & 0xFFFF
        crc ^= (crc & 0xFF) << 5
    return crc


try:
    from binascii import crc_hqx
except ImportError:  # not on MicroPython
    crc_hqx = _crc  # type: ignore[assignment]


def check(data: bytes) -> bytes:
    """The check sequence of a frame."""
    return crc_hqx(data, 0xFFFF).to_bytes(2, "big")


def _sequence() -> bytes:
    """UG101: what the octets of DATA are combined with."""
    out = bytearray()
    value = 0x42
    for _ in range(LONGEST):
        out.append(value)
        value = (value >> 1) ^ 0xB8 if value & 1 else value >> 1
    return bytes(out)


_SEQUENCE = _sequence()


def _randomised(data: bytes) -> bytes:
    return bytes([octet ^ _SEQUENCE[index] for index, octet in enumerate(data)])


def _framed(content: bytes) -> bytes:
    content += check(content)
    for octet in _RESERVED:
        content = content.replace(bytes((octet,)), bytes((_ESCAPE, octet ^ 0x20)))
    return content + b"\x7e"


def _unescaped(content: bytes) -> bytes:
    if _ESCAPE not in content:
        return content
    out = bytearray()
    escaped = False
    for octet in content:
        if octet == _ESCAPE:
            escaped = True
        else:
            out.append(octet ^ 0x20 if escaped else octet)
            escaped = False
    return bytes(out)


class Ash:
    """One end of a link. Nothing passes until the host has reset the NCP.

    `damaged` counts frames that were dropped, `repeated` DATA frames sent again.
    """

    def __init__(self, ncp: bool = False, window: int = WINDOW) -> None:
        self.damaged = 0
        self.repeated = 0
        self._ncp = ncp
        self._window = window
        self._code = 0
        self._state = _CLOSED
        self._out = bytearray()
        self._content = bytearray()
        self._skipping = False
        self._begin()

    def _begin(self) -> None:
        self._receive_number = 0  # of the DATA frame expected next
        self._rejecting = False
        self._acknowledge = False
        self._first = 0  # number of the oldest DATA frame not acknowledged
        self._sent: list[bytes] = []  # those frames
        self._waiting: list[tuple[bytes, bool]] = []
        self._timeout = _TIMEOUT_FIRST
        self._timeouts = 0
        self._since = 0  # when the oldest was sent
        self._due: int | None = None  # when it is sent again
        self._not_ready: int | None = None  # until when the host takes no callbacks

    @property
    def connected(self) -> bool:
        return self._state == _CONNECTED

    @property
    def unsent(self) -> int:
        """EZSP frames that wait for the window."""
        return len(self._waiting)

    def reset(self) -> None:
        """The host resets the NCP; the RESET event says that it is done."""
        self._begin()
        self._state = _CLOSED
        self._out += bytes((_CANCEL,)) + _framed(bytes((_RST,)))

    def restart(self, code: int = CODE_SOFTWARE) -> None:
        """The NCP has started: it tells the host why."""
        self._begin()
        self._state = _CONNECTED
        self._out += _framed(bytes((_RSTACK, _VERSION, code)))

    def fail(self, code: int) -> None:
        """The NCP has met a fatal error; only a RST helps."""
        self._begin()
        self._state = _FAILED
        self._code = code
        self._out += _framed(bytes((_ERROR, _VERSION, code)))

    def send(self, frame: bytes, callback: bool = False) -> None:
        """Queues an EZSP frame of at most LONGEST octets; dropped when there is no connection."""
        if len(frame) > LONGEST:
            raise ValueError(f"an ASH frame carries {LONGEST} octets, not {len(frame)}")
        if self._state == _CONNECTED:
            self._waiting.append((frame, callback))

    def wake(self) -> int | None:
        """The time at which `tick` has something to do; None: when octets arrive."""
        if self._not_ready is not None and self._waiting:
            return self._not_ready if self._due is None else min(self._due, self._not_ready)
        return self._due

    def tick(self, now: int) -> list[Event]:
        """Sends again what was not acknowledged in time."""
        if self._not_ready is not None and now >= self._not_ready:
            self._not_ready = None
        if self._due is None or now < self._due:
            return []
        self._timeouts += 1
        if self._timeouts > _TIMEOUTS:
            return self._give_up()
        self._timeout = min(2 * self._timeout, _TIMEOUT_MOST)
        self._repeat(now)
        return []

    def _give_up(self) -> list[Event]:
        if self._ncp:
            self.fail(CODE_ACKNOWLEDGEMENT_TIMEOUT)
        else:
            self._begin()
            self._state = _FAILED
        return [(ERROR, bytes((CODE_ACKNOWLEDGEMENT_TIMEOUT,)))]

    def output(self, now: int) -> bytes:
        """The octets to put on the line now. At the NCP, DATA acknowledges what came in."""
        while self._state == _CONNECTED and len(self._sent) < self._window:
            frame = self._next(now)
            if frame is None:
                break
            if not self._sent:
                self._since = now
                self._due = now + self._timeout
            self._sent.append(frame)
            self._data(len(self._sent) - 1, 0)
        if self._acknowledge:
            self._control(_ACK)
        octets = bytes(self._out)
        self._out = bytearray()
        return octets

    def _next(self, now: int) -> bytes | None:
        held = self._not_ready is not None and now < self._not_ready
        for index, (frame, callback) in enumerate(self._waiting):
            if not (held and callback):
                del self._waiting[index]
                return frame
        return None

    def _data(self, index: int, flag: int) -> None:
        number = (self._first + index) & 7
        control = number << 4 | flag | self._receive_number
        self._out += _framed(bytes((control,)) + _randomised(self._sent[index]))
        if self._ncp:  # a host acknowledges by ACK frames alone
            self._acknowledge = False

    def _control(self, kind: int) -> None:
        self._acknowledge = False
        self._out += _framed(bytes((kind | self._receive_number,)))

    def _repeat(self, now: int) -> None:
        self._since = now
        self._due = now + self._timeout if self._sent else None
        for index in range(len(self._sent)):
            self.repeated += 1
            self._data(index, _RETRANSMITTED)

    def receive(self, octets: bytes, now: int) -> list[Event]:
        """Takes octets from the line in pieces of any size; never raises."""
        events: list[Event] = []
        for octet in octets:
            if octet == _FLAG:
                content = bytes(self._content)
                self._content = bytearray()
                if content and not self._skipping:
                    events += self._frame(_unescaped(content), now)
                self._skipping = False
            elif octet == _CANCEL:
                self._content = bytearray()
                self._skipping = False
            elif octet == _SUBSTITUTE:
                self._skipping = True
            elif octet not in _FLOW_CONTROL:
                if len(self._content) > 2 * (LONGEST + 3):
                    self._skipping = True
                    self._content = bytearray()
                self._content.append(octet)
        return events

    def _frame(self, frame: bytes, now: int) -> list[Event]:
        if not 3 <= len(frame) <= LONGEST + 3 or check(frame[:-2]) != frame[-2:]:
            self.damaged += 1
            if self._state == _CONNECTED:
                self._reject()
            return []
        control, body = frame[0], frame[1:-2]
        if control == _RST and self._ncp and not body:
            return [(RESET, b"")]
        if control in {_RSTACK, _ERROR} and not self._ncp and len(body) == 2:
            return self._ncp_state(control, body)
        if self._state == _FAILED and self._ncp:
            self._out += _framed(bytes((_ERROR, _VERSION, self._code)))
        elif self._state == _CLOSED and self._ncp:
            # The host speaks to the NCP of before: it did not hear that this one has started.
            self._out += _framed(bytes((_RSTACK, _VERSION, CODE_POWER_ON)))
        elif self._state == _CONNECTED:
            return self._connected(control, body, now)
        return []

    def _connected(self, control: int, body: bytes, now: int) -> list[Event]:
        if control & 0x80 == 0:
            return self._receive_data(control, body, now)
        if control & 0xE0 not in {_ACK, _NAK} or body:
            self.damaged += 1
            return []
        self._acknowledged(control & 7, now)
        not_ready = control & _NOT_READY and self._ncp
        self._not_ready = now + _NOT_READY_TIME if not_ready else None
        if control & 0xE0 == _NAK:
            self._repeat(now)
        return []

    def _ncp_state(self, control: int, body: bytes) -> list[Event]:
        if body[0] != _VERSION:
            self.damaged += 1
            return []
        self._begin()
        if control == _RSTACK:
            self._state = _CONNECTED
            return [(RESET, body[1:])]
        self._state = _FAILED
        return [(ERROR, body[1:])]

    def _receive_data(self, control: int, body: bytes, now: int) -> list[Event]:
        self._acknowledged(control & 7, now)
        if control >> 4 == self._receive_number:
            self._receive_number = (self._receive_number + 1) & 7
            self._rejecting = False
            self._acknowledge = True
            return [(DATA, _randomised(body))]
        if control & _RETRANSMITTED:
            self._acknowledge = True  # its acknowledgement was lost
        else:
            self._reject()
        return []

    def _reject(self) -> None:
        if not self._rejecting:  # once until a good frame
            self._rejecting = True
            self._control(_NAK)

    def _acknowledged(self, number: int, now: int) -> None:
        """The other end expects `number`: all before it have arrived."""
        count = (number - self._first) & 7
        if not 0 < count <= len(self._sent):
            return
        self._first = number
        self._sent = self._sent[count:]
        self._timeouts = 0
        measured = self._timeout * 7 // 8 + (now - self._since) // 2
        self._timeout = max(_TIMEOUT_LEAST, min(measured, _TIMEOUT_MOST))
        self._since = now
        self._due = now + self._timeout if self._sent else None
