"""Which command a service request becomes: one row per service request, device and condition.

The first row whose conditions hold is taken.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from dcc_stub.duis.elements import Fields
from dcc_stub.inventory.device import Device
from dcc_stub.transform.versions import Version

ESME = "ESME"
CHF = "CHF"
GPF = "GPF"
GSME = "GSME"
PPMID = "PPMID"
HCALCS = "HCALCS"
POLYPHASE = "C"


class Sender(Enum):
    """Whose message the command is."""

    USER = "the user's own where the device knows the user, else the broker's for the user"
    BROKER = "the broker's own"


class Row(NamedTuple):
    """One way a service request is carried out.

    `field` is a value that the request has to hold (None: any), `phases` the first letter of the
    ESME variant, `other` the types of the other device that the request names, `since` the oldest
    GBCS version that has the command, `signed` that the broker signs it.
    """

    variant: str
    device_types: tuple[str, ...]
    message_code: int
    field: tuple[str, str | None] | None = None
    phases: str | None = None
    other: tuple[str, ...] = ()
    since: Version = Version(0, 0)
    sender: Sender = Sender.USER
    signed: bool = False


SUPPLIER = ("RemotePartyRole", "Supplier")
NETWORK_OPERATOR = ("RemotePartyRole", "NetworkOperator")
LOAD_CONTROLLER = ("RemotePartyRole", "LoadController")
GAS = (GSME, GPF)
PPMID_OR_TYPE_2 = (PPMID, "IHD", "CAD")
ANY_CREDENTIALS = (ESME, GSME, CHF, GPF)
# Message codes above 0x00D0 came with GBCS 2, above 0x00F8 with GBCS 3, above 0x0127 with GBCS 4.
GBCS_2 = Version(2, 0)
GBCS_3 = Version(3, 0)
GBCS_4 = Version(4, 0)

ROWS = (
    Row("3.3", (ESME,), 0x00C1, field=("ESMEEventLogType", "ALCS")),
    Row("3.3", (ESME,), 0x0024),
    Row("3.3", GAS, 0x0015),
    Row("4.1.1", (ESME,), 0x0027),
    Row("4.1.1", GAS, 0x0074),
    Row("4.1.2", (ESME,), 0x0029),
    Row("4.1.2", GAS, 0x00B6),
    Row("4.1.3", (ESME,), 0x002A),
    Row("4.1.4", GAS, 0x00B8),
    Row("4.2", (ESME,), 0x0026),
    Row("4.3", (ESME,), 0x002D),
    Row("4.3", GAS, 0x0075),
    Row("4.4.3", (ESME,), 0x0030),
    Row("4.4.3", GAS, 0x0076),
    Row("4.6.1", (ESME,), 0x0033),
    Row("4.6.1", GAS, 0x0077),
    Row("4.6.2", (ESME,), 0x0035),
    Row("4.8.1", (ESME,), 0x0037),
    Row("4.8.1", GAS, 0x0078),
    Row("4.8.2", (ESME,), 0x0038),
    Row("4.8.3", (ESME,), 0x0036),
    Row("4.10", (ESME,), 0x00BC, phases=POLYPHASE),
    Row("4.10", (ESME,), 0x0039),
    Row("4.10", (GSME,), 0x0079),
    Row("4.11.1", (ESME,), 0x003A),
    Row("4.11.1", GAS, 0x009F),
    Row("4.13", (ESME,), 0x003B),
    Row("4.14", (ESME,), 0x0034),
    Row("4.14", GAS, 0x0096),
    Row("4.15", (ESME,), 0x0042),
    Row("4.16", (ESME,), 0x0028),
    Row("4.17", (ESME,), 0x0060),
    Row("4.17", (GPF,), 0x00A0),
    Row("4.18", (ESME,), 0x0069),
    Row("4.18", GAS, 0x012A, since=GBCS_4),
    Row("4.18", GAS, 0x008D),
    Row("6.2.1", (ESME,), 0x00C6, phases=POLYPHASE),
    Row("6.2.1", (ESME,), 0x003C),
    Row("6.2.2", (ESME,), 0x003D),
    Row("6.2.3", (ESME,), 0x00D9, since=GBCS_2),
    Row("6.2.3", (ESME,), 0x003E),
    Row("6.2.3", GAS, 0x00DA, since=GBCS_2),
    Row("6.2.3", GAS, 0x009D),
    Row("6.2.4", (ESME,), 0x00F9, since=GBCS_3),
    Row("6.2.4", (ESME,), 0x003F),
    Row("6.2.4", (CHF,), 0x00FA, since=GBCS_3),
    Row("6.2.4", (CHF,), 0x0092),
    Row("6.2.4", (GSME,), 0x00FB, since=GBCS_3),
    Row("6.2.4", GAS, 0x009E),
    Row("6.2.5", (ESME,), 0x0040),
    Row("6.2.7", (ESME,), 0x004E),
    Row("6.2.7", GAS, 0x0089),
    Row("6.2.8", (GSME,), 0x007B),
    Row("6.2.9", (ESME,), 0x00BE),
    Row("6.2.9", GAS, 0x00BF),
    Row("6.11", (ESME,), 0x0062),
    Row("6.11", (GSME,), 0x007F),
    Row("6.12", (ESME,), 0x0047),
    Row("6.13", (ESME,), 0x0048, field=("LogToRead", "Event")),
    Row("6.13", (ESME,), 0x0049, field=("LogToRead", "Security")),
    Row("6.13", (ESME,), 0x00B9, field=("LogToRead", "PowerEvent")),
    Row("6.13", (ESME,), 0x00FD, field=("LogToRead", "ALCSEvent"), since=GBCS_3),
    Row("6.13", (ESME,), 0x00BA, field=("LogToRead", "ALCSEvent")),
    Row("6.13", (CHF,), 0x0093, field=("LogToRead", "Event")),
    Row("6.13", (CHF,), 0x0094, field=("LogToRead", "Security")),
    Row("6.13", GAS, 0x0014, field=("LogToRead", "Event")),
    Row("6.13", GAS, 0x00A1, field=("LogToRead", "Security")),
    Row("6.15.1", ANY_CREDENTIALS, 0x0102, field=SUPPLIER),
    Row("6.15.1", ANY_CREDENTIALS, 0x0103, field=NETWORK_OPERATOR),
    Row("6.20.1", (ESME,), 0x004C),
    Row("6.20.1", (GSME,), 0x0087),
    Row("6.20.2", (ESME,), 0x004D),
    Row("6.21", ANY_CREDENTIALS, 0x0102, field=SUPPLIER, sender=Sender.BROKER, signed=True),
    Row(
        "6.21", ANY_CREDENTIALS, 0x0103, field=NETWORK_OPERATOR, sender=Sender.BROKER, signed=True
    ),
    Row("6.24.1", ANY_CREDENTIALS, 0x011B, field=LOAD_CONTROLLER, sender=Sender.BROKER),
    Row("6.24.1", ANY_CREDENTIALS, 0x0008, sender=Sender.BROKER),
    Row("7.1", (ESME,), 0x004F),
    Row("7.2", (ESME,), 0x0050),
    Row("7.2", (GSME,), 0x0081),
    Row("7.3", (ESME,), 0x0051),
    Row("7.3", (GSME,), 0x0085),
    Row("7.4", (ESME,), 0x0052),
    Row("7.4", GAS, 0x0082),
    Row("8.1.1", (ESME,), 0x0062),
    Row("8.1.1", (GSME,), 0x007F),
    Row("8.7.1", (ESME,), 0x000D, other=(HCALCS, *PPMID_OR_TYPE_2)),
    Row("8.7.1", (GSME,), 0x00AF, other=(PPMID,)),
    Row("8.7.1", (HCALCS,), 0x00AB, other=(ESME,)),
    Row("8.7.2", (GSME,), 0x000E, other=(GPF, PPMID)),
    Row("8.7.2", (GPF,), 0x000E, other=(GSME, *PPMID_OR_TYPE_2)),
    Row("8.7.2", (PPMID,), 0x00AB, other=(ESME,), signed=True),
    Row("8.7.2", (PPMID,), 0x000E, other=(GPF,)),
    Row("8.7.2", (PPMID,), 0x00AF, other=(GSME,), signed=True),
    Row("8.8.1", (ESME,), 0x000F, other=(HCALCS, *PPMID_OR_TYPE_2)),
    Row("8.8.1", (GSME,), 0x000F, other=(PPMID,)),
    Row("8.8.1", (HCALCS,), 0x000F, other=(ESME,)),
    Row("8.8.2", (GSME,), 0x0010, other=(GPF,)),
    Row("8.8.2", (GPF,), 0x0010, other=(GSME, *PPMID_OR_TYPE_2)),
    Row("8.8.2", (PPMID,), 0x0010, other=(GPF,)),
    Row("8.8.2", (PPMID,), 0x000F, other=(ESME, GSME), signed=True),
    Row("8.9", (CHF,), 0x00FE, field=("ReadSecurityDetails", None), since=GBCS_3),
    Row("8.9", (CHF,), 0x010F, since=GBCS_3),
    Row("8.9", (CHF,), 0x0004),
    Row("8.9", (ESME, GSME, GPF, HCALCS, PPMID), 0x0013),
    Row("8.11", (CHF,), 0x0001, field=("RequestType", "Add")),
    Row("8.11", (CHF,), 0x0002, field=("RequestType", "Remove")),
    Row("8.12.1", (CHF,), 0x0003),
    Row("8.12.2", (GPF,), 0x008C, sender=Sender.BROKER),
    Row("11.2", (ESME, CHF), 0x0059),
    Row("11.2", GAS, 0x0084),
)

# Service requests of DUIS that no row here serves yet, by the device types they are for.
WITHOUT_ROWS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (GAS, ("4.13", "6.13")),
    (ANY_CREDENTIALS, ("6.15.1", "6.21")),
    ((PPMID, HCALCS), ("6.15.1", "6.24.1", "11.2")),
)


def find(variant: str, fields: Fields, device: Device, other: Device | None = None) -> Row | None:
    """The row of a request to a device, None when no command of this device serves it."""
    for row in ROWS:
        if row.variant == variant and device.type in row.device_types:
            held = row.field is None or _holds(fields, *row.field)
            phases = row.phases is None or (device.esme_variant or "").startswith(row.phases)
            named = not row.other or (other is not None and other.type in row.other)
            if held and phases and named and device.gbcs_version >= row.since:
                return row
    return None


def _holds(fields: Fields, name: str, wanted: str | None) -> bool:
    if wanted is None:
        return name in fields
    value = fields.get(name)
    return wanted in value if isinstance(value, tuple) else value == wanted


def is_offered_later(variant: str, device: Device) -> bool:
    """Whether DUIS has the service request for this device although no row serves it."""
    return any(device.type in types and variant in variants for types, variants in WITHOUT_ROWS)
