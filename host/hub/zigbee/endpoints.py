"""The hub's endpoints of the Smart Energy profile: those of the CHF and of the GPF."""

from typing import Any

from smets.zigbee.clusters import (
    BASIC,
    CALENDAR,
    DEVICE_MANAGEMENT,
    EVENTS,
    KEEP_ALIVE,
    KEY_ESTABLISHMENT,
    MESSAGING,
    METERING,
    OTA,
    PREPAYMENT,
    PRICE,
    TIME,
    TUNNELING,
)
from smets.zigbee.driver import SMART_ENERGY

CHF_ENDPOINT = 10
GPF_ENDPOINT = 11

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
