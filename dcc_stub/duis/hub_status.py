"""Request bodies about communications hubs that were installed or returned (DUIS 8.14)."""

from __future__ import annotations

from dcc_stub.duis.elements import Element, Particles, optional
from dcc_stub.duis.types import Boolean, DateTime, Enumeration, Eui, Text

_DEVICE = Element("DeviceID", Eui())
_REFERENCE = optional("UserRefID", Text(0, 25))
_INCIDENT = optional("IncidentReference", Text(0, 15))
_REMARKS = optional("AdditionalInformation", Text(0, 200))
_INSTALLED: Particles = (
    _DEVICE,
    Element(
        "CHFInstallType",
        Enumeration("New CHF Install", "Replacement CHF Install", "CHF Install - no SM WAN"),
    ),
    optional("InstallDateTime", DateTime()),
    _REFERENCE,
    Element("MPxN", Text(1, 13)),
    optional("GISData", Text(0, 25)),
    Element("AerialInstall", Boolean()),
    Element(
        "CHFLocation",
        Enumeration(
            *("Outside Premises", "Indoors on external wall", "Deep indoors"),
            "Basement or Cellar",
        ),
    ),
)
_NO_WAN: Particles = (
    Element(
        "PremiseType",
        Enumeration(
            *("Detached / Semi Detached", "Terraced", "Low Rise Apartment (MDU <= 5 floors)"),
            "High Rise Apartment (MDU > 5 floors)",
        ),
    ),
    Element("MetalObstructionCheck", Boolean()),
    Element("ConnectivityObstructionCheck", Boolean()),
    Element("SharedObstructionCheck", Boolean()),
)
_FAULT_RETURN: Particles = (
    _DEVICE,
    Element(
        "CHFFaultReturnType",
        Enumeration(
            "Fault identified prior to installation", "Fault identified post installation"
        ),
    ),
    optional("UserRefDateTime", DateTime()),
    _REFERENCE,
    Element("OtherDeviceID", Eui()),
    _INCIDENT,
    Element("CHFConnectionMethod", Enumeration("Hot-shoe", "Cradle", "ESME")),
    Element(
        "CHFFaultReason",
        Enumeration(
            *("Damaged case", "Damaged Connector", "Illegal interference or missing seals"),
            *("Environmental conditions exceeded", "SM WAN Fault", "SMHAN Interface Fault"),
            *("LED Fault", "Aerial fault", "Manufacturing defect"),
        ),
    ),
    _REMARKS,
)
_NO_FAULT_RETURN: Particles = (
    _DEVICE,
    Element(
        "CHFNoFaultReturnType",
        Enumeration(
            *("No Fault Return (general)", "No Fault Return (non-dom opt out)"),
            "No Fault Return (dual supplier HAN variant replacement)",
            "No Fault Return (SM WAN variant replacement requested by DCC)",
            "Lost or Stolen Hub",
        ),
    ),
    optional("UserRefDateTime", DateTime()),
    _REFERENCE,
    _INCIDENT,
    _REMARKS,
)

BODIES: tuple[Element, ...] = (
    Element("CHFInstallSuccessSMWAN", (*_INSTALLED, _REMARKS)),
    Element("CHFInstallSuccessNoSMWAN", (*_INSTALLED, *_NO_WAN, _REMARKS)),
    Element("CHFFaultReturn", _FAULT_RETURN),
    Element("CHFNoFaultReturn", _NO_FAULT_RETURN),
)
