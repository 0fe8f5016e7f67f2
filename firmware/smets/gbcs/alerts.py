"""Alert and event codes (GBCS 16.2) that this code raises, reads or explains."""

from __future__ import annotations

CHF_DEVICE_LOG_CHANGED = 0x8F12
FIRMWARE_VERIFICATION_FAILED = 0x8F1B
FIRMWARE_VERIFICATION_SUCCESSFUL = 0x8F1C
SUPPLY_OUTAGE_RESTORED = 0x8F35
SUPPLY_OUTAGE_RESTORED_LONG = 0x8F36
MAXIMUM_BALANCE_EXCEEDED = 0x8F47
UTRN_DUPLICATE = 0x8F51
MAXIMUM_CREDIT_EXCEEDED = 0x8F5B
UTRN_NOT_AUTHENTIC = 0x8F63
UTRN_FOR_ANOTHER_DEVICE = 0x8F64
FUTURE_DATED_SUCCESS = 0x8F66
FUTURE_DATED_FAILURE = 0x8F67
SECURITY_CREDENTIALS_UPDATED = 0x8F70
FIRMWARE_RECEIPT = 0x8F72
COMMAND_NOT_SUPPORTED = 0x8F85
LIMIT_APC_PROCESSED = 0x8F86
LIMIT_APC_ENDED = 0x8F87
OPERATIONAL_UPDATE = 0x8F88
UTRN_ENTRY_SUSPENDED = 0x81C4
UTRN_ENTRY_LOCKED = 0x81C5


def title(code: int) -> str:
    """What an alert code means; the code itself in hex when it is not among those known here."""
    for known, text in _titles():
        if known == code:
            return text
    return f"alert {code:04X}"


def _titles() -> tuple[tuple[int, str], ...]:
    # built on call: kept out of the board's heap
    return (
        (CHF_DEVICE_LOG_CHANGED, "CHF device log changed"),
        (FIRMWARE_VERIFICATION_FAILED, "firmware verification failed"),
        (FIRMWARE_VERIFICATION_SUCCESSFUL, "firmware verification successful"),
        (SUPPLY_OUTAGE_RESTORED, "supply restored after an outage"),
        (SUPPLY_OUTAGE_RESTORED_LONG, "supply restored after an outage of three minutes or more"),
        (MAXIMUM_BALANCE_EXCEEDED, "top-up above the maximum meter balance"),
        (UTRN_DUPLICATE, "UTRN used before"),
        (MAXIMUM_CREDIT_EXCEEDED, "top-up above the maximum credit"),
        (UTRN_NOT_AUTHENTIC, "UTRN not authentic"),
        (UTRN_FOR_ANOTHER_DEVICE, "UTRN for another device"),
        (FUTURE_DATED_SUCCESS, "future dated instruction executed"),
        (FUTURE_DATED_FAILURE, "future dated instruction failed"),
        (SECURITY_CREDENTIALS_UPDATED, "security credentials updated"),
        (FIRMWARE_RECEIPT, "firmware image received"),
        (COMMAND_NOT_SUPPORTED, "command not supported by the device"),
        (LIMIT_APC_PROCESSED, "limit on an auxiliary controller set"),
        (LIMIT_APC_ENDED, "limit on an auxiliary controller ended"),
        (OPERATIONAL_UPDATE, "operational update"),
        (UTRN_ENTRY_SUSPENDED, "UTRN entry suspended"),
        (UTRN_ENTRY_LOCKED, "UTRN entry locked"),
    )
