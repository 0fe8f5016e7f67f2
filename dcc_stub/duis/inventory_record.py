"""The inventory as a response returns it (DUIS 5.4, DSPInventory)."""

from __future__ import annotations

from dcc_stub.duis.bodies import (
    DEVICE_MANUFACTURER,
    DEVICE_MODEL,
    DEVICE_TYPE,
    ESME_VARIANT,
    FIRMWARE_VERSION,
    MPAN,
    MPXN,
    PROPERTY_FILTER,
    SMETS_CHTS_VERSION,
    UPRN,
)
from dcc_stub.duis.elements import Element, Particles, optional
from dcc_stub.duis.types import Date, Enumeration, Eui, Text

DEVICE_STATUS = Enumeration(
    *("Pending", "Whitelisted", "InstalledNotCommissioned", "Commissioned", "Decommissioned"),
    *("Withdrawn", "Suspended", "Recovery", "Recovered"),
)
_PRODUCT_LIST_STATUS = Enumeration("Active", "Cancelled", "Expired", "Withdrawn")
_REGION = Enumeration(
    *("North", "Central", "South", "4G North", "4G Central", "4G South", "Unknown", "SMETS1")
)

DEVICE: Particles = (
    Element("DeviceID", Eui()),
    Element("DeviceType", DEVICE_TYPE),
    optional("DeviceStatus", DEVICE_STATUS),
    Element("DeviceManufacturer", DEVICE_MANUFACTURER),
    Element("DeviceModel", DEVICE_MODEL),
    optional("SMETSCHTSVersion", SMETS_CHTS_VERSION),
    optional("DeviceFirmwareVersion", FIRMWARE_VERSION),
    optional("DeviceFirmwareVersionStatus", _PRODUCT_LIST_STATUS),
    optional("CPLStatus", _PRODUCT_LIST_STATUS),
    optional("DateCommissioned", Date()),
    optional("ImportMPxN", MPXN),
    optional("SecondaryImportMPAN", MPAN),
    optional("ExportMPAN", MPAN),
    optional("ESMEVariant", ESME_VARIANT),
    optional("UPRN", UPRN),
    optional("PropertyFilter", PROPERTY_FILTER),
    optional("CSPRegion", _REGION),
    optional("DeviceGBCSVersion", Text()),
    optional("HANVariant", Text()),
    optional("S1SP", Text()),
    optional("Connectivity", Enumeration("Cellular", "Virtual")),
)
MOST_DEVICES = 17
DSP_INVENTORY = Element("DSPInventory", (Element("Device", DEVICE, maximum=MOST_DEVICES),))
