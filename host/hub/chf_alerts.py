"""The CHF as a GBCS device, with its alerts CS14 and CCS08."""

from functools import partial

from host.hub.chf import ChfObjects
from host.hub.firmware_transfers import Transfer
from host.hub.function import Alert, Function
from smets.device.not_supported import INVOKE_ID
from smets.dlms import data as axdr
from smets.dlms import date_time
from smets.dlms.notification import DataNotification
from smets.gbcs import der
from smets.gbcs.alerts import CHF_DEVICE_LOG_CHANGED, FIRMWARE_TRANSFERRED

DEVICE_LOG_CHANGED = 0x0018  # CS14
FIRMWARE_TRANSFER = 0x0128  # CCS08


class Chf(Function):
    """Its objects are `ChfObjects`."""

    objects: ChfObjects

    def owed(self, now: int) -> list[Alert]:
        """CS14 after changes of the device log or of a key in it, CCS08 after a transfer."""
        device_log = self.objects.device_log
        alerts = [
            Alert(FIRMWARE_TRANSFER, partial(_transferred, transfer, now), is_critical=True)
            for transfer in device_log.transfers.take()
        ]
        if device_log.alert_owed:
            device_log.alerted()
            alerts.append(Alert(DEVICE_LOG_CHANGED, partial(self._log_changed, now)))
        return alerts

    def _log_changed(self, now: int, counter: int) -> bytes:
        body = (
            (axdr.LONG_UNSIGNED, CHF_DEVICE_LOG_CHANGED),
            (axdr.OCTET_STRING, date_time.encode(now)),
            self.objects.backup(now),
        )
        return DataNotification(counter & INVOKE_ID, (axdr.STRUCTURE, body)).encode()


def _transferred(transfer: Transfer, now: int, counter: int) -> bytes:
    return der.element(
        der.SEQUENCE,
        der.integer(FIRMWARE_TRANSFERRED)
        + der.generalized_time(now)
        + der.octet_string(bytes.fromhex(transfer.eui))
        + der.octet_string(transfer.version)
        + der.integer(transfer.result),
    )
