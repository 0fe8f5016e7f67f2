"""Tokens, which outlive a restart, and the counters, which do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from host.radio.ncp.nonvolatile import ERASED_EUI64
from host.radio.ncp.statuses import refused
from smets.zigbee import ezsp_status

if TYPE_CHECKING:
    from host.radio.ncp.ncp import Ncp

    Values = dict[str, Any]

RESTORED_EUI64 = 0xE12A  # a host's own EUI-64, taken at the next restart; erased: the factory's
LONGEST_TOKEN = 254
TOKENS = 64

# Manufacturing tokens (EzspMfgTokenId): id, octets, content.
ERASED = 0xFF
CUSTOM_EUI64 = 0x0C
MANUFACTURING = (
    (0x00, 2, b""),  # custom version
    (0x01, 16, b"hanlab"),  # manufacturer
    (0x02, 16, b"simulated NCP"),  # board
    (0x03, 2, b""),
    (0x04, 2, b""),
    (0x06, 40, b""),
    (0x07, 8, b""),
    (0x0A, 20, b""),  # install code
    (CUSTOM_EUI64, 8, b""),
    (0x0D, 2, b""),
)
SIZES = {number: size for number, size, _ in MANUFACTURING}
CONTENTS = {number: content for number, _, content in MANUFACTURING}
WRITABLE = {0x00, CUSTOM_EUI64}  # once, as in the user data of a chip

# Places in EmberCounterType, and what counts there: names of `host.radio.stack.counters`, and the
# line's own.
PLACES = 41
LINE_DAMAGED = "line damaged"
COUNTERS = (
    (0x02, "mac received"),
    (0x03, "mac sent"),
    (0x05, "mac not acknowledged"),
    (0x08, "aps received"),
    (0x09, "aps sent"),
    (0x0A, "aps retried"),
    (0x0B, "aps failed"),
    (0x11, "children aged out"),
    (0x13, LINE_DAMAGED),
    (0x15, "nwk replayed"),
    (0x16, "aps replayed"),
    (0x18, "aps no key"),
    (0x19, "nwk forged"),
    (0x1A, "aps forged"),
    (0x1B, "indirect overflow"),
    (0x1C, "nwk relayed"),
)


def _get_token_data(ncp: Ncp, values: Values, _now: float) -> Values:
    place = (values["key"], values["index"])
    if place == (RESTORED_EUI64, 0):
        return {"data": ncp.contents.tokens.get(place, ERASED_EUI64)}
    if place not in ncp.contents.tokens:
        raise refused(ezsp_status.NOT_FOUND)
    return {"data": ncp.contents.tokens[place]}


def _set_token_data(ncp: Ncp, values: Values, _now: float) -> Values:
    """Kept as given; RESTORED_EUI64 alone has a meaning here."""
    place, data = (values["key"], values["index"]), values["data"]
    if len(data) > LONGEST_TOKEN or (place == (RESTORED_EUI64, 0) and len(data) != 8):
        raise refused(ezsp_status.INVALID_PARAMETER)
    held = ncp.contents.tokens
    if place == (RESTORED_EUI64, 0):
        data = data[::-1]  # least significant octet first, as everywhere in EZSP
    elif place not in held and len(held) >= TOKENS:
        raise refused(ezsp_status.FULL)
    held[place] = data
    ncp.store()
    return {}


def _get_manufacturing_token(ncp: Ncp, values: Values, _now: float) -> Values:
    number = values["id"]
    content = ncp.contents.manufacturing.get(number, CONTENTS.get(number, b""))
    size = SIZES.get(number, 0)
    return {"data": content + bytes((ERASED,)) * (size - len(content))}


def _set_manufacturing_token(ncp: Ncp, values: Values, _now: float) -> Values:
    number, data = values["id"], values["data"]
    if number not in WRITABLE or number in ncp.contents.manufacturing:
        raise refused(ezsp_status.INVALID_STATE)
    if len(data) != SIZES[number]:
        raise refused(ezsp_status.INVALID_PARAMETER)
    ncp.contents.manufacturing[number] = data
    ncp.store()
    return {}


def _token_factory_reset(ncp: Ncp, values: Values, _now: float) -> Values:
    """Forgets the network; the link keys have a command of their own."""
    counters = (ncp.stack.network_frame_counter, ncp.stack.aps_frame_counter)
    ncp.contents.security = None
    ncp.contents.tokens = {
        place: data for place, data in ncp.contents.tokens.items() if place[0] == RESTORED_EUI64
    }
    ncp.forget_network()
    if values["keep_counters"]:
        ncp.stack.set_frame_counters(*counters)
    if not values["keep_boot_counter"]:
        ncp.contents.boots = 0
    ncp.store()
    return {}


def _get_token_count(ncp: Ncp, _values: Values, _now: float) -> Values:
    return {"count": len(ncp.contents.tokens)}


def _counters(ncp: Ncp) -> list[int]:
    counted = {**ncp.stack.counters(), LINE_DAMAGED: ncp.line_damaged()}
    places = [0] * PLACES
    for place, name in COUNTERS:
        places[place] = counted[name]
    return places


def _read_counters(ncp: Ncp, _values: Values, _now: float) -> Values:
    before = ncp.counted or [0] * PLACES
    counters = zip(_counters(ncp), before, strict=True)
    return {"counters": [(count - start) & 0xFFFF for count, start in counters]}


def _read_and_clear_counters(ncp: Ncp, values: Values, now: float) -> Values:
    answer = _read_counters(ncp, values, now)
    ncp.counted = _counters(ncp)
    return answer


HANDLERS = (
    ("getTokenData", _get_token_data),
    ("setTokenData", _set_token_data),
    ("getMfgToken", _get_manufacturing_token),
    ("setMfgToken", _set_manufacturing_token),
    ("tokenFactoryReset", _token_factory_reset),
    ("getTokenCount", _get_token_count),
    ("readCounters", _read_counters),
    ("readAndClearCounters", _read_and_clear_counters),
)
