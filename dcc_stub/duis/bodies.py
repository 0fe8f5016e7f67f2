"""Request bodies: the content of each element that a service request may carry (DUIS 5.4)."""

from __future__ import annotations

from dcc_stub.duis import hub_status
from dcc_stub.duis.elements import Choice, Element, Particles, optional
from dcc_stub.duis.types import (
    Base64,
    Boolean,
    DateTime,
    Enumeration,
    Eui,
    Hexadecimal,
    Integer,
    Text,
)

UNSIGNED_INT = Integer(0, 2**32 - 1)
FLOOR_SEQUENCE_NUMBER = Integer(0, 2**63 - 1)
MPAN = Text(13, 13)
MPXN = Text(1, 13)
MPRN = Text(1, 10)
CERTIFICATE = Base64()

DEVICE_TYPE = Enumeration("ESME", "GSME", "GPF", "CHF", "HCALCS", "PPMID", "IHD", "CAD")
DEVICE_MANUFACTURER = Text(0, 30)
DEVICE_MODEL = Text(0, 30)
SMETS_CHTS_VERSION = Text(1, 20)
FIRMWARE_VERSION = Text(1, 8)
UPRN = Integer(1, 10**12 - 1)
ESME_VARIANT = Enumeration(
    *("A", "B", "C", "AD", "BD", "CD", "ADE", "BDE", "CDE", "ADF", "BDF", "CDF", "ADEF"),
    *("BDEF", "CDEF", "ADG", "ADEG", "AF", "BF", "CF", "AEF", "BEF", "CEF", "AG", "AEG"),
)
REMOTE_PARTY_ROLE = Enumeration(
    *("ACB", "NetworkOperator", "Recovery", "Root", "Supplier", "TransCoS", "LoadController"),
    collapse=True,
)
PROPERTY_FILTER: Particles = (
    Element("PostCode", Text(6, 8)),
    Element("AddressIdentifier", Text(0, 30)),
)

EXECUTION = optional("ExecutionDateTime", DateTime())
READ_LOG_PERIOD = Element(
    "ReadLogPeriod",
    (Element("StartDateTime", DateTime()), Element("EndDateTime", DateTime())),
)

NOTHING: Particles = ()
FUTURE_DATABLE: Particles = (EXECUTION,)
READ_LOG: Particles = (EXECUTION, READ_LOG_PERIOD)
READ_LOG_WITH_CERTIFICATE: Particles = (
    *READ_LOG,
    optional("KAPublicSecurityCredentials", CERTIFICATE),
)
SYNCHRONISE_CLOCK: Particles = (
    Element("CurrentDateTime", DateTime()),
    Element("TolerancePeriod", Integer(0, 86400)),
)
IMPORT_MPANS: Particles = (Element("ImportMPAN", MPAN), optional("SecondaryImportMPAN", MPAN))

CREDENTIALS_START: Particles = (
    EXECUTION,
    Element("RemotePartyRole", REMOTE_PARTY_ROLE),
    optional("RemotePartyFloorSeqNumber", FLOOR_SEQUENCE_NUMBER),
    optional("RemotePartyPrepaymentTopUpFloorSeqNumber", FLOOR_SEQUENCE_NUMBER),
)
CREDENTIALS_END: Particles = (
    Element("CertificationPathCertificates", (Element("Certificate", CERTIFICATE, maximum=3),)),
    Element("ApplyTimeBasedCPVChecks", Boolean()),
)
REPLACEMENT_CERTIFICATES: Particles = (
    optional("DigitalSigningCertificate", CERTIFICATE),
    optional("KeyAgreementCertificate", CERTIFICATE),
    optional("KeyAgreementTopUpCertificate", CERTIFICATE),
)
HANDOVER_CERTIFICATES: Particles = (
    Element("DigitalSigningCertificate", CERTIFICATE),
    *REPLACEMENT_CERTIFICATES[1:],
)

DEVICE_DETAILS: Particles = (
    optional("DeviceManufacturer", DEVICE_MANUFACTURER),
    optional("DeviceModel", DEVICE_MODEL),
    optional("SMETSCHTSVersion", SMETS_CHTS_VERSION),
    optional("FirmwareVersion", FIRMWARE_VERSION),
    optional("ESMEVariant", ESME_VARIANT),
)
UPDATE_INVENTORY: Particles = (
    Element("DeviceID", Eui()),
    Choice(
        (
            Element(
                "UpdateDeviceStatusExceptCH", Enumeration("Pending", "InstalledNotCommissioned")
            ),
            Element(
                "UpdateDeviceStatusCH",
                Enumeration("Commissioned", "Withdrawn", "InstalledNotCommissioned"),
            ),
            Element("UpdateDeviceDetails", DEVICE_DETAILS),
            Element("DeleteDevice", NOTHING),
            Element(
                "UpdateMPxN",
                (
                    Choice(
                        (
                            Element("ImportMPxN", MPXN),
                            Element("SecondaryImportMPAN", MPAN),
                            Element("ExportMPAN", MPAN),
                        )
                    ),
                ),
            ),
        )
    ),
)
DEVICE_PRENOTIFICATION: Particles = (
    Element("DeviceID", Eui()),
    Element("DeviceManufacturer", DEVICE_MANUFACTURER),
    Element("DeviceModel", DEVICE_MODEL),
    Element("DeviceType", DEVICE_TYPE),
    optional("SMETSCHTSVersion", SMETS_CHTS_VERSION),
    optional("FirmwareVersion", FIRMWARE_VERSION),
    optional("ESMEVariant", ESME_VARIANT),
    optional("AssociatedGPFDeviceID", Eui()),
)
READ_INVENTORY: Particles = (
    Choice(
        (
            Element("UPRN", UPRN),
            Element("DeviceID", Eui()),
            Element("MPxN", MPXN),
            Element("PropertyFilter", PROPERTY_FILTER),
        )
    ),
)
UPDATE_HAN_DEVICE_LOG: Particles = (
    EXECUTION,
    Element("DeviceID", Eui()),
    Element("RequestType", Enumeration("Add", "Remove")),
    optional(
        "AddDeviceToCHFWhitelist",
        (
            Element("JoinTimePeriod", Integer(1, 3600)),
            Element("InstallCode", Hexadecimal(6, 16)),
            optional("ImportMPxN", MPXN),
            optional("SecondaryImportMPAN", MPAN),
            optional("ExportMPAN", MPAN),
        ),
    ),
)

OTHER_DEVICE: Particles = (Element("OtherDeviceID", Eui()),)

BODIES: tuple[Element, ...] = (
    Element("ClearEventLog", (optional("ESMEEventLogType", Enumeration("ESME", "ALCS")),)),
    Element("ReadInstantaneousImportRegisters", FUTURE_DATABLE),
    Element("ReadInstantaneousImportTOUMatrices", FUTURE_DATABLE),
    Element("ReadInstantaneousImportTOUWithBlocksMatrices", FUTURE_DATABLE),
    Element("ReadInstantaneousImportBlockCounters", FUTURE_DATABLE),
    Element("ReadInstantaneousExportRegisters", FUTURE_DATABLE),
    Element("ReadInstantaneousPrepayValues", FUTURE_DATABLE),
    Element("RetrieveBillingCalendarTriggeredBillingDataLog", READ_LOG_WITH_CERTIFICATE),
    Element("RetrieveImportDailyReadLog", READ_LOG_WITH_CERTIFICATE),
    Element("RetrieveExportDailyReadLog", READ_LOG),
    Element("ReadActiveImportProfileData", READ_LOG_WITH_CERTIFICATE),
    Element("ReadReactiveImportProfileData", READ_LOG),
    Element("ReadExportProfileData", READ_LOG),
    Element("ReadNetworkData", READ_LOG_WITH_CERTIFICATE),
    Element("ReadTariffPrimaryElement", NOTHING),
    Element("ReadPrepaymentConfiguration", FUTURE_DATABLE),
    Element("ReadPrepaymentDailyReadLog", READ_LOG_WITH_CERTIFICATE),
    Element("ReadLoadLimitData", FUTURE_DATABLE),
    Element("ReadActivePowerImport", NOTHING),
    Element("RetrieveDailyConsumptionLog", READ_LOG_WITH_CERTIFICATE),
    Element("ReadMeterBalance", FUTURE_DATABLE),
    Element("ReadDeviceConfigurationVoltage", NOTHING),
    Element("ReadDeviceConfigurationRandomisation", NOTHING),
    Element("ReadDeviceConfigurationBillingCalendar", NOTHING),
    Element("ReadDeviceConfigurationIdentityExcMPxN", NOTHING),
    Element("ReadDeviceConfigurationInstantaneousPowerThresholds", NOTHING),
    Element("ReadDeviceConfigurationMPxN", NOTHING),
    Element("ReadDeviceConfigurationGas", NOTHING),
    Element("ReadDeviceConfigurationPaymentMode", NOTHING),
    Element("SynchroniseClock", SYNCHRONISE_CLOCK),
    Element(
        "UpdateDeviceConfigurationInstantaneousPowerThreshold",
        (
            EXECUTION,
            Element("LowMediumPowerThreshold", UNSIGNED_INT),
            Element("MediumHighPowerThreshold", UNSIGNED_INT),
        ),
    ),
    Element(
        "ReadEventOrSecurityLog",
        (
            READ_LOG_PERIOD,
            Element(
                "LogToRead",
                Enumeration(
                    *("Event", "ALCSEvent", "PowerEvent", "Security", "GSMEEvent", "GSMESecurity")
                ),
            ),
        ),
    ),
    Element(
        "UpdateSecurityCredentialsKRP",
        (
            *CREDENTIALS_START,
            Element(
                "ReplacementCertificates",
                (Element("SupplierOrNetworkOperatorCertificates", REPLACEMENT_CERTIFICATES),),
            ),
            *CREDENTIALS_END,
        ),
    ),
    Element(
        "SetDeviceConfigurationImportMPxN",
        (
            EXECUTION,
            Choice((Element("ImportMPANs", IMPORT_MPANS), Element("ImportMPRN", MPRN))),
        ),
    ),
    Element("SetDeviceConfigurationExportMPAN", (EXECUTION, Element("ExportMPAN", MPAN))),
    Element(
        "RequestHandoverOfDCCControlledDevice",
        (
            *CREDENTIALS_START,
            Element("ReplacementCertificates", HANDOVER_CERTIFICATES),
            *CREDENTIALS_END,
        ),
    ),
    Element(
        "RetrieveDeviceSecurityCredentialsKRP",
        (Element("RemotePartyRole", REMOTE_PARTY_ROLE, maximum=7),),
    ),
    Element("EnableSupply", NOTHING),
    Element("DisableSupply", NOTHING),
    Element("ArmSupply", NOTHING),
    Element("ReadSupplyStatus", NOTHING),
    Element("CommissionDeviceSynchroniseClock", SYNCHRONISE_CLOCK),
    Element("JoinServiceCritical", OTHER_DEVICE),
    Element("JoinServiceNonCritical", OTHER_DEVICE),
    Element("UnjoinServiceCritical", OTHER_DEVICE),
    Element("UnjoinServiceNonCritical", OTHER_DEVICE),
    Element("ReadDeviceLog", (EXECUTION, optional("ReadSecurityDetails", NOTHING))),
    Element("RestoreHANDeviceLog", (Element("OldCHFID", Eui()),)),
    Element("RestoreGPFDeviceLog", (Element("OldGPFID", Eui()),)),
    Element("ReadInventory", READ_INVENTORY),
    Element("UpdateInventory", UPDATE_INVENTORY),
    Element("UpdateHANDeviceLog", UPDATE_HAN_DEVICE_LOG),
    *hub_status.BODIES,
    Element("ReadFirmwareVersion", FUTURE_DATABLE),
    Element("DevicePrenotification", DEVICE_PRENOTIFICATION),
    Element("SignedPreCommand", (EXECUTION, Element("GBCSPayload", Base64()))),
)
_BY_NAME = {body.name: body for body in BODIES}


def find(name: str) -> Element | None:
    """The declaration of a request body, None for one that is not offered."""
    return _BY_NAME.get(name)
