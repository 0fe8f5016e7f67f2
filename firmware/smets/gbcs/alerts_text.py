"""Host side of the alert codes: what they mean. Not among the board's files."""

from __future__ import annotations

from smets.gbcs import alerts

TITLES = {
    alerts.GPF_DEVICE_LOG_CHANGED: "GPF device log changed",
    alerts.METER_INTEGRITY: "meter integrity issue",
    alerts.BILLING_DATA_LOG_UPDATED: "billing data log updated",
    alerts.CHF_DEVICE_LOG_CHANGED: "CHF device log changed",
    alerts.FIRMWARE_VERIFICATION_FAILED: "firmware verification failed",
    alerts.FIRMWARE_VERIFICATION_SUCCESSFUL: "firmware verification successful",
    alerts.SUPPLY_OUTAGE_RESTORED: "supply restored after an outage",
    alerts.SUPPLY_OUTAGE_RESTORED_LONG: "supply restored after an outage of three minutes or more",
    alerts.MAXIMUM_BALANCE_EXCEEDED: "top-up above the maximum meter balance",
    alerts.UTRN_DUPLICATE: "UTRN used before",
    alerts.MAXIMUM_CREDIT_EXCEEDED: "top-up above the maximum credit",
    alerts.UTRN_NOT_AUTHENTIC: "UTRN not authentic",
    alerts.UTRN_FOR_ANOTHER_DEVICE: "UTRN for another device",
    alerts.FUTURE_DATED_SUCCESS: "future dated instruction executed",
    alerts.FUTURE_DATED_FAILURE: "future dated instruction failed",
    alerts.SECURITY_CREDENTIALS_UPDATED: "security credentials updated",
    alerts.FIRMWARE_RECEIPT: "firmware image received",
    alerts.COMMAND_NOT_SUPPORTED: "command not supported by the device",
    alerts.LIMIT_APC_PROCESSED: "limit on an auxiliary controller set",
    alerts.LIMIT_APC_ENDED: "limit on an auxiliary controller ended",
    alerts.OPERATIONAL_UPDATE: "operational update",
    alerts.FIRMWARE_TRANSFERRED: "firmware transferred to a device",
    alerts.UTRN_ENTRY_SUSPENDED: "UTRN entry suspended",
    alerts.UTRN_ENTRY_LOCKED: "UTRN entry locked",
}


def title(code: int) -> str:
    """What an alert code means; the code itself in hex when it is not among those known here."""
    return TITLES.get(code, f"alert {code:04X}")
