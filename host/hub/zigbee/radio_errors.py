"""What a radio that does not start means, and what helps."""

import errno
import socket
from typing import NamedTuple

import bellows.exception
import zigpy.exceptions
from bellows.ash import AshException

from host.hub.zigbee.datagrams import NotDeliveredError, RadioError

# What bellows, zigpy and the system raise when a radio resets or its line breaks. bellows has a
# RuntimeError for a line that closes, and after that uses and asserts what it has let go of.
LINE_FAILURES = (
    OSError,
    zigpy.exceptions.ZigbeeException,
    zigpy.exceptions.RadioException,
    AshException,
    RuntimeError,
    AttributeError,
    AssertionError,
)

_LOST = (AshException, RuntimeError, AttributeError, AssertionError, NotDeliveredError)

_BY_NUMBER = {
    errno.ENOENT: "there is no {path}; `./hanlab hub --radio auto` names what there is",
    errno.EACCES: (
        "{path} is forbidden to this user; add the user to the group `dialout` and log in again"
    ),
    errno.EPERM: (
        "{path} is forbidden to this user; add the user to the group `dialout` and log in again"
    ),
    errno.EBUSY: "{path} is in use by another program; end that program first",
    errno.ECONNREFUSED: "nobody listens at {path}; start the radio with `./hanlab radio`",
    errno.EHOSTUNREACH: "{path} cannot be reached",
    errno.ENOTDIR: "there is no {path}; `./hanlab hub --radio auto` names what there is",
    errno.EISDIR: "{path} is no serial port; `./hanlab hub --radio auto` names what there is",
    socket.EAI_NONAME: "nobody knows the host of {path}; check its name",
    errno.ENOTTY: "{path} is no serial port; `./hanlab hub --radio auto` names what there is",
}


class Explanation(NamedTuple):
    """One sentence, and whether another attempt may help."""

    message: str
    passing: bool


def explain(error: BaseException, path: str) -> Explanation:
    """The cause and the next step of an error while the radio started."""
    if isinstance(error, RadioError):
        return Explanation(str(error), passing=False)
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in _BY_NUMBER:
            said = _BY_NUMBER[cause.errno].format(path=path)
            return Explanation(said, passing=cause.errno == errno.ECONNREFUSED)
        if isinstance(cause, bellows.exception.EzspError | TimeoutError):
            break
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, zigpy.exceptions.NetworkSettingsInconsistent):
        return Explanation(f"the radio at {path} holds settings of another network", passing=False)
    if isinstance(error, _LOST):
        return Explanation(
            f"the radio at {path} was lost while it started: unplugged, or opened by another "
            "program, which has to end",
            passing=True,
        )
    return Explanation(
        f"no EZSP radio answers at {path} ({type(error).__name__}); it may need EZSP firmware "
        "(EmberZNet NCP 7.4, EZSP 13) or another baud rate",
        passing=True,
    )
