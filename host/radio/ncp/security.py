"""Keys: initial security state, link key table, joiners' keys, what a trust centre orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from host.radio.ncp.configuration import KEY_TABLE
from host.radio.ncp.nonvolatile import Security
from host.radio.ncp.statuses import refused
from host.radio.stack.types import InitialSecurity, LinkKey, NetworkState
from smets.zigbee import ezsp_status

if TYPE_CHECKING:
    from host.radio.ncp.ncp import Ncp

    Values = dict[str, Any]

# EmberInitialSecurityBitmask
HAVE_TRUST_CENTRE = 0x0040
HAVE_PRECONFIGURED_KEY = 0x0100
HAVE_NETWORK_KEY = 0x0200
HASHED_LINK_KEY = 0x0084
# EmberCurrentSecurityBitmask: of the bits above these mean the same
CURRENT = 0x0002 | HASHED_LINK_KEY
HAVE_LINK_KEY = 0x0010

# sl_zb_sec_man_key_type
NETWORK = 1
TRUST_CENTRE_LINK = 2
TRANSIENT_LINK = 3
APPLICATION_LINK = 4
INDEX_VALID = 0x01  # flags of a context
EUI_VALID = 0x02

# EmberKeyStructBitmask
HAS_COUNTERS = 0x0006
HAS_PARTNER = 0x0008
IS_AUTHORISED = 0x0010

FREE_ROW = 0xFF  # for an index: any
NOBODY = bytes(8)  # a search for a free row
NO_CONTEXT = {
    "key_type": 0,
    "key_index": 0,
    "derived_type": 0,
    "eui": bytes(8),
    "network_index": 0,
    "flags": 0,
    "algorithm": 0,
}
ALWAYS = 0xFFFF  # for seconds a key has still to live


def initial_security(ncp: Ncp, forming: bool) -> InitialSecurity:
    """What the host has set, as the node takes it."""
    security = ncp.contents.security
    if security is None:
        raise refused(ezsp_status.SECURITY_STATE_NOT_SET)
    if not security.bitmask & HAVE_PRECONFIGURED_KEY:
        raise refused(ezsp_status.PRECONFIGURED_KEY_REQUIRED)
    has_network_key = forming and security.bitmask & HAVE_NETWORK_KEY
    return InitialSecurity(
        security.preconfigured_key,
        security.network_key if has_network_key else None,
        security.network_key_sequence,
        security.trust_centre if security.bitmask & HAVE_TRUST_CENTRE else None,
    )


def _set_initial_security(ncp: Ncp, values: Values, _now: float) -> Values:
    if ncp.stack.state is not NetworkState.NO_NETWORK:
        raise refused(ezsp_status.INVALID_STATE)
    ncp.contents.security = Security(
        values["bitmask"],
        values["preconfigured_key"],
        values["network_key"],
        values["network_key_sequence"],
        values["trust_centre"],
    )
    ncp.store()
    return {}


def _get_current_security(ncp: Ncp, _values: Values, _now: float) -> Values:
    security = ncp.contents.security
    if ncp.stack.state is NetworkState.NO_NETWORK or security is None:
        raise refused(ezsp_status.NOT_JOINED)
    return {
        "bitmask": security.bitmask & CURRENT | HAVE_LINK_KEY,
        "trust_centre": ncp.stack.trust_centre or ncp.stack.eui64,
    }


def _rows(ncp: Ncp) -> int:
    return ncp.configuration.numbers[KEY_TABLE]


def _row(ncp: Ncp, index: int) -> LinkKey:
    if index >= _rows(ncp):
        raise refused(ezsp_status.INVALID_INDEX)
    row = ncp.stack.keys.at(index)
    if row is None:
        raise refused(ezsp_status.NOT_FOUND)
    return row


def _exported(ncp: Ncp, row: LinkKey, index: int) -> Values:
    return {
        **NO_CONTEXT,
        "key_type": APPLICATION_LINK,
        "key_index": index,
        "index": index,
        "flags": INDEX_VALID | EUI_VALID,
        "eui": row.partner,
        "key": row.key,
        "bitmask": HAS_COUNTERS | HAS_PARTNER | (IS_AUTHORISED if row.verified else 0),
        "outgoing_counter": ncp.stack.aps_frame_counter,  # one for all link keys
        "incoming_counter": row.incoming_counter,
        "time_to_live": ALWAYS,
    }


def _export_link_key_by_index(ncp: Ncp, values: Values, _now: float) -> Values:
    return _exported(ncp, _row(ncp, values["index"]), values["index"])


def _export_link_key_by_eui(ncp: Ncp, values: Values, _now: float) -> Values:
    index = ncp.stack.keys.index_of(values["eui"])
    if index is None:
        raise refused(ezsp_status.NOT_FOUND)
    return _exported(ncp, _row(ncp, index), index)


def _import_link_key(ncp: Ncp, values: Values, _now: float) -> Values:
    """Into a row of the table; row FF: the partner's, or a free one."""
    index = values["index"]
    if index == FREE_ROW:
        ncp.stack.keys.put(values["eui"], values["key"])
    elif index < _rows(ncp):
        ncp.stack.keys.put(values["eui"], values["key"], index)
    else:
        raise refused(ezsp_status.INVALID_INDEX)
    ncp.store()
    return {}


def _find_key(ncp: Ncp, values: Values, _now: float) -> Values:
    keys = ncp.stack.keys
    if values["eui"] == NOBODY:
        free = (index for index in range(_rows(ncp)) if keys.at(index) is None)
        return {"index": next(free, FREE_ROW)}
    index = keys.index_of(values["eui"])
    return {"index": FREE_ROW if index is None or index >= _rows(ncp) else index}


def _erase_key(ncp: Ncp, values: Values, _now: float) -> Values:
    _row(ncp, values["index"])
    ncp.stack.keys.erase(values["index"])
    ncp.store()
    return {}


def _clear_keys(ncp: Ncp, _values: Values, _now: float) -> Values:
    ncp.stack.keys.clear()
    ncp.store()
    return {}


def _import_transient_key(ncp: Ncp, values: Values, now: float) -> Values:
    ncp.stack.keys.put_transient(values["eui"], values["key"], now)
    return {}


def _transient(partner: bytes, key: bytes, seconds: float) -> Values:
    return {
        **NO_CONTEXT,
        "key_type": TRANSIENT_LINK,
        "flags": EUI_VALID,
        "eui": partner,
        "key": key,
        "bitmask": HAS_PARTNER,
        "outgoing_counter": 0,
        "incoming_counter": 0,
        "time_to_live": min(int(seconds), ALWAYS),
    }


def _export_transient_by_index(ncp: Ncp, values: Values, now: float) -> Values:
    held = ncp.stack.keys.transients(now)
    if values["index"] >= len(held):
        raise refused(ezsp_status.NOT_FOUND)
    return _transient(*held[values["index"]])


def _export_transient_by_eui(ncp: Ncp, values: Values, now: float) -> Values:
    for held in ncp.stack.keys.transients(now):
        if held[0] == values["eui"]:
            return _transient(*held)
    raise refused(ezsp_status.NOT_FOUND)


def _clear_transients(ncp: Ncp, _values: Values, _now: float) -> Values:
    ncp.stack.keys.clear_transient()
    return {}


def _key_of(ncp: Ncp, values: Values, now: float) -> bytes:
    """The key that a context names."""
    kind, security = values["key_type"], ncp.contents.security
    key: bytes | None = None
    if kind == NETWORK and ncp.stack.network_key is not None:
        key = ncp.stack.network_key[0]
    elif kind == TRUST_CENTRE_LINK and security is not None:
        key = security.preconfigured_key
    elif kind == TRANSIENT_LINK:
        key = ncp.stack.keys.find_transient(values["eui"], now)
    elif kind == APPLICATION_LINK and values["flags"] & INDEX_VALID:
        key = _row(ncp, values["key_index"]).key
    elif kind == APPLICATION_LINK:
        row = ncp.stack.keys.find(values["eui"])
        key = row.key if row else None
    if key is None:
        raise refused(ezsp_status.NOT_FOUND)
    return key


def _export_key(ncp: Ncp, values: Values, now: float) -> Values:
    return dict(values, key=_key_of(ncp, values, now))


def _check_key_context(ncp: Ncp, values: Values, now: float) -> Values:
    _key_of(ncp, values, now)
    return {}


def _import_key(ncp: Ncp, values: Values, now: float) -> Values:
    """Link keys alone; a network key comes with the initial security state."""
    if values["key_type"] == APPLICATION_LINK:
        index = values["key_index"] if values["flags"] & INDEX_VALID else FREE_ROW
        _import_link_key(ncp, dict(values, index=index), now)
    elif values["key_type"] == TRANSIENT_LINK:
        ncp.stack.keys.put_transient(values["eui"], values["key"], now)
    else:
        raise refused(ezsp_status.INVALID_PARAMETER)
    return dict(values)


def _get_aps_key(ncp: Ncp, values: Values, now: float) -> Values:
    _key_of(ncp, values, now)
    if values["key_type"] != APPLICATION_LINK:
        raise refused(ezsp_status.INVALID_PARAMETER)
    index = values["key_index"]
    if not values["flags"] & INDEX_VALID:
        index = _find_key(ncp, values, now)["index"]
    return {**values, **_exported(ncp, _row(ncp, index), index)}


def _get_network_key(ncp: Ncp, _values: Values, _now: float) -> Values:
    held = ncp.stack.network_key
    return {
        "set": held is not None,
        "alternate_set": False,
        "sequence": held[1] if held else 0,
        "alternate_sequence": 0,
        "counter": ncp.stack.network_frame_counter,
    }


def _request_link_key(ncp: Ncp, values: Values, now: float) -> Values:
    if values["partner"] != ncp.stack.trust_centre:
        raise refused(ezsp_status.NOT_SUPPORTED)
    ncp.stack.request_link_key(now)
    return {}


def _update_trust_centre_link_key(ncp: Ncp, _values: Values, now: float) -> Values:
    ncp.stack.request_link_key(now)
    return {}


def _remove_device(ncp: Ncp, values: Values, now: float) -> Values:
    ncp.stack.remove_device(values["node_id"], values["target"], now)
    return {}


def _broadcast_next_network_key(ncp: Ncp, values: Values, now: float) -> Values:
    """Sends a new network key; the node switches to it by itself."""
    held = ncp.stack.network_key
    if held is None:
        raise refused(ezsp_status.NOT_JOINED)
    ncp.stack.switch_network_key(values["key"], (held[1] + 1) & 0xFF, now)
    return {}


HANDLERS = (
    ("setInitialSecurityState", _set_initial_security),
    ("getCurrentSecurityState", _get_current_security),
    ("exportLinkKeyByIndex", _export_link_key_by_index),
    ("exportLinkKeyByEui", _export_link_key_by_eui),
    ("importLinkKey", _import_link_key),
    ("findKeyTableEntry", _find_key),
    ("eraseKeyTableEntry", _erase_key),
    ("clearKeyTable", _clear_keys),
    ("importTransientKey", _import_transient_key),
    ("exportTransientKeyByIndex", _export_transient_by_index),
    ("exportTransientKeyByEui", _export_transient_by_eui),
    ("clearTransientLinkKeys", _clear_transients),
    ("exportKey", _export_key),
    ("checkKeyContext", _check_key_context),
    ("importKey", _import_key),
    ("getApsKeyInfo", _get_aps_key),
    ("getNetworkKeyInfo", _get_network_key),
    ("requestLinkKey", _request_link_key),
    ("updateTcLinkKey", _update_trust_centre_link_key),
    ("removeDevice", _remove_device),
    ("broadcastNextNetworkKey", _broadcast_next_network_key),
)
