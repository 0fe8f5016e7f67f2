"""Remote party roles, key usages and device types: the numbers GBCS and SMKI give them."""

from __future__ import annotations

ROOT = 0
RECOVERY = 1
SUPPLIER = 2
NETWORK_OPERATOR = 3
ACCESS_CONTROL_BROKER = 4
TRANSITIONAL_COS = 5
WAN_PROVIDER = 6
ISSUING_AUTHORITY = 7
LOAD_CONTROLLER = 8
OTHER = 127

ROLES = (
    ("root", ROOT),
    ("recovery", RECOVERY),
    ("supplier", SUPPLIER),
    ("network_operator", NETWORK_OPERATOR),
    ("access_control_broker", ACCESS_CONTROL_BROKER),
    ("transitional_cos", TRANSITIONAL_COS),
    ("wan_provider", WAN_PROVIDER),
    ("issuing_authority", ISSUING_AUTHORITY),
    ("load_controller", LOAD_CONTROLLER),
)

# bit numbers of a certificate's keyUsage
DIGITAL_SIGNATURE = 0
KEY_AGREEMENT = 4
KEY_CERT_SIGN = 5

# cell usage
MANAGEMENT = 0
PREPAYMENT_TOP_UP = 1

GSME = 0
ESME = 1
CHF = 2
GPF = 3
HCALCS = 4
PPMID = 5
TYPE2 = 6

DEVICE_TYPES = (
    ("GSME", GSME),
    ("ESME", ESME),
    ("CHF", CHF),
    ("GPF", GPF),
    ("HCALCS", HCALCS),
    ("PPMID", PPMID),
    ("TYPE2", TYPE2),
)
