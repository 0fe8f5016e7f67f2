"""The hub's endpoints of the Smart Energy profile: those of the CHF and of the GPF."""

from typing import Any

from host.hub.zigbee.datagrams import SMART_ENERGY

CHF_ENDPOINT = 10
GPF_ENDPOINT = 11

BASIC, TIME, OTA = 0x0000, 0x000A, 0x0019
KEEP_ALIVE = 0x0025
PRICE, METERING, MESSAGING, TUNNELING, PREPAYMENT = 0x0700, 0x0702, 0x0703, 0x0704, 0x0705
CALENDAR, DEVICE_MANAGEMENT, EVENTS = 0x0707, 0x0708, 0x0709
KEY_ESTABLISHMENT = 0x0800

_ENERGY_SERVICE_INTERFACE = 0x0500  # Smart Energy 1.4, table 5-1

ENDPOINTS: list[dict[str, Any]] = [
    {
        "endpoint": CHF_ENDPOINT,
        "profile": SMART_ENERGY,
        "device_type": _ENERGY_SERVICE_INTERFACE,
        "device_version": 0,
        "input_clusters": [BASIC, TIME, OTA, KEEP_ALIVE, TUNNELING, EVENTS, KEY_ESTABLISHMENT],
        "output_clusters": [METERING, TUNNELING, KEY_ESTABLISHMENT],
    },
    {
        "endpoint": GPF_ENDPOINT,
        "profile": SMART_ENERGY,
        "device_type": _ENERGY_SERVICE_INTERFACE,
        "device_version": 0,
        "input_clusters": [
            BASIC,
            PRICE,
            METERING,
            MESSAGING,
            PREPAYMENT,
            CALENDAR,
            DEVICE_MANAGEMENT,
            EVENTS,
        ],
        "output_clusters": [METERING, PREPAYMENT],
    },
]
