"""What commands and their fields are called where a trace shows them, in the codecs' order."""

from __future__ import annotations

from smets.zigbee import aps, mac, nwk, zcl, zdo

Rows = dict[int, tuple[str, tuple[str, ...]]]

MAC_KINDS = {mac.BEACON: "beacon", mac.DATA: "data", mac.ACK: "ack", mac.COMMAND: "command"}

MAC_COMMANDS: Rows = {
    mac.ASSOCIATION_REQUEST: ("association request", ("capability",)),
    mac.ASSOCIATION_RESPONSE: ("association response", ("short_address", "status")),
    mac.DISASSOCIATION: ("disassociation", ("reason",)),
    mac.DATA_REQUEST: ("data request", ()),
    mac.BEACON_REQUEST: ("beacon request", ()),
}

NWK_COMMANDS: Rows = {
    nwk.ROUTE_REQUEST: (
        "route request",
        ("options", "identifier", "destination_address", "path_cost", "destination_eui64"),
    ),
    # The two addresses at the end are there as the options say.
    nwk.ROUTE_REPLY: (
        "route reply",
        ("options", "identifier", "originator", "responder", "path_cost", "eui64", "eui64_2"),
    ),
    nwk.NETWORK_STATUS: ("network status", ("code", "destination_address")),
    nwk.LEAVE: ("leave", ("options",)),
    nwk.ROUTE_RECORD: ("route record", ("relays",)),
    nwk.REJOIN_REQUEST: ("rejoin request", ("capability",)),
    nwk.REJOIN_RESPONSE: ("rejoin response", ("short_address", "status")),
    nwk.LINK_STATUS: ("link status", ("options", "entries")),
    nwk.END_DEVICE_TIMEOUT_REQUEST: ("end device timeout request", ("timeout", "configuration")),
    nwk.END_DEVICE_TIMEOUT_RESPONSE: ("end device timeout response", ("status", "parent")),
}

APS_KINDS = {aps.DATA: "data", aps.COMMAND: "command", aps.ACK: "ack"}
APS_KEYS = ("link key", "network key", "key-transport key", "key-load key")

APS_COMMANDS: Rows = {
    aps.UPDATE_DEVICE: ("update device", ("device", "short_address", "status")),
    aps.REMOVE_DEVICE: ("remove device", ("device",)),
    aps.REQUEST_KEY: ("request key", ("key_type", "partner")),
    aps.SWITCH_KEY: ("switch key", ("key_sequence",)),
    aps.TUNNEL: ("tunnel", ("destination", "frame")),
    aps.VERIFY_KEY: ("verify key", ("key_type", "source", "hash")),
    aps.CONFIRM_KEY: ("confirm key", ("status", "key_type", "destination")),
}

# By the key's type; the key itself is never shown.
TRANSPORT_KEY: Rows = {
    aps.NETWORK_KEY: ("network key", ("key_type", "key", "key_sequence", "destination", "source")),
    aps.APPLICATION_LINK_KEY: (
        "application link key",
        ("key_type", "key", "partner", "initiator"),
    ),
    aps.TRUST_CENTRE_LINK_KEY: (
        "trust centre link key",
        ("key_type", "key", "destination", "source"),
    ),
}

PROFILES = {
    0x0000: "ZDO",
    0x0104: "Home Automation",
    0x0109: "Smart Energy",
    0xA1E0: "Green Power",
}

# Request, names of its fields, names of the response's after its status
ZDO: dict[int, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    zdo.NETWORK_ADDRESS_REQUEST: (
        "network address",
        ("eui64", "request_type", "start"),
        ("eui64", "short_address", "associated"),
    ),
    zdo.IEEE_ADDRESS_REQUEST: (
        "IEEE address",
        ("short_address", "request_type", "start"),
        ("eui64", "short_address", "associated"),
    ),
    zdo.NODE_DESCRIPTOR_REQUEST: (
        "node descriptor",
        ("short_address",),
        ("short_address", "descriptor"),
    ),
    zdo.POWER_DESCRIPTOR_REQUEST: (
        "power descriptor",
        ("short_address",),
        ("short_address", "descriptor"),
    ),
    zdo.SIMPLE_DESCRIPTOR_REQUEST: (
        "simple descriptor",
        ("short_address", "endpoint"),
        ("short_address", "descriptor"),
    ),
    zdo.ACTIVE_ENDPOINTS_REQUEST: (
        "active endpoints",
        ("short_address",),
        ("short_address", "endpoints"),
    ),
    zdo.MATCH_DESCRIPTOR_REQUEST: (
        "match descriptor",
        ("short_address", "profile", "input_clusters", "output_clusters"),
        ("short_address", "endpoints"),
    ),
    zdo.DEVICE_ANNOUNCE: ("device announce", ("short_address", "eui64", "capability"), ()),
    zdo.PARENT_ANNOUNCE: ("parent announce", ("children",), ("children",)),
    zdo.BIND_REQUEST: ("bind", ("source", "endpoint", "cluster", "destination"), ()),
    zdo.UNBIND_REQUEST: ("unbind", ("source", "endpoint", "cluster", "destination"), ()),
    zdo.MANAGEMENT_LQI_REQUEST: ("neighbours", ("start",), ("total", "start", "rows")),
    zdo.MANAGEMENT_ROUTING_REQUEST: ("routes", ("start",), ("total", "start", "rows")),
    zdo.MANAGEMENT_BIND_REQUEST: ("bindings", ("start",), ("total", "start", "rows")),
    zdo.MANAGEMENT_LEAVE_REQUEST: ("leave", ("eui64", "options"), ()),
    zdo.MANAGEMENT_PERMIT_JOINING_REQUEST: (
        "permit joining",
        ("duration", "trust_centre_significance"),
        (),
    ),
}

ZCL_COMMANDS = {
    zcl.READ_ATTRIBUTES: "Read Attributes",
    zcl.READ_ATTRIBUTES_RESPONSE: "Read Attributes Response",
    zcl.WRITE_ATTRIBUTES: "Write Attributes",
    zcl.WRITE_ATTRIBUTES_UNDIVIDED: "Write Attributes Undivided",
    zcl.WRITE_ATTRIBUTES_RESPONSE: "Write Attributes Response",
    zcl.WRITE_ATTRIBUTES_NO_RESPONSE: "Write Attributes No Response",
    zcl.REPORT_ATTRIBUTES: "Report Attributes",
    zcl.DEFAULT_RESPONSE: "Default Response",
    zcl.DISCOVER_ATTRIBUTES: "Discover Attributes",
    zcl.DISCOVER_ATTRIBUTES_RESPONSE: "Discover Attributes Response",
}
