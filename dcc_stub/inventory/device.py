"""One device of the inventory."""

from __future__ import annotations

from dataclasses import dataclass

from dcc_stub.duis.elements import Fields
from dcc_stub.inventory.status import Status
from dcc_stub.transform.versions import Version, gbcs_version

# Devices without certificates of their own have no status in the inventory.
TYPE_2 = ("IHD", "CAD")

# Attribute of a device, element of a request and element of the inventory that carry it.
DETAILS = (
    ("manufacturer", "DeviceManufacturer", "DeviceManufacturer"),
    ("model", "DeviceModel", "DeviceModel"),
    ("smets_chts_version", "SMETSCHTSVersion", "SMETSCHTSVersion"),
    ("firmware_version", "FirmwareVersion", "DeviceFirmwareVersion"),
    ("esme_variant", "ESMEVariant", "ESMEVariant"),
)
SUPPLY_POINTS = (
    ("import_mpxn", "ImportMPxN"),
    ("secondary_import_mpan", "SecondaryImportMPAN"),
    ("export_mpan", "ExportMPAN"),
)


@dataclass(frozen=True)
class Device:
    """What the inventory knows of a device; `commissioned` is in UTC seconds since 2000.

    `hub` is the communications hub through which it is reached, None before it is whitelisted.
    """

    eui: bytes
    type: str
    status: Status = Status.PENDING
    manufacturer: str = ""
    model: str = ""
    smets_chts_version: str | None = None
    firmware_version: str | None = None
    esme_variant: str | None = None
    associated_gpf: bytes | None = None
    import_mpxn: str | None = None
    secondary_import_mpan: str | None = None
    export_mpan: str | None = None
    commissioned: int | None = None
    hub: bytes | None = None

    @property
    def gbcs_version(self) -> Version:
        """The GBCS version it follows, by the technical specification it was made to."""
        return gbcs_version(self.smets_chts_version)

    @property
    def reached_through(self) -> bytes | None:
        """The communications hub to send its messages to."""
        return self.eui if self.type == "CHF" else self.hub

    def record(self) -> Fields:
        """The device as ReadInventory returns it."""
        fields: Fields = {"DeviceID": self.eui, "DeviceType": self.type}
        if self.type not in TYPE_2:
            fields["DeviceStatus"] = self.status.value
            fields["DeviceGBCSVersion"] = str(self.gbcs_version)
        held = [(element, getattr(self, name)) for name, _, element in DETAILS]
        held += [(element, getattr(self, name)) for name, element in SUPPLY_POINTS]
        held.append(("DateCommissioned", self.commissioned))
        fields.update((element, value) for element, value in held if value is not None)
        return fields
