"""The GPF as a GBCS device: its device log is restored by GCS59 and told by GCS62."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from host.hub.function import Alert, Function
from smets.device import joins
from smets.device.joined import Joined, Partner
from smets.gbcs import der
from smets.gbcs.alerts import GPF_DEVICE_LOG_CHANGED
from smets.gbcs.roles import GPF

if TYPE_CHECKING:
    from smets.device.admission import Command
    from smets.device.objects import Changes

RESTORE = 0x008C  # GCS59
BACKUP = 0x00B2  # GCS62
TOLD = "joined.told"  # the partners as the last alert told them


class Gpf(Function):
    """Its objects are `GpfObjects`; its device log is of those it is joined with by method B."""

    def owed(self, now: int) -> list[Alert]:
        """GCS62 after every change of the device log."""
        joined = Joined(self.store)
        octets = joined.octets()
        if octets == (self.store.get(TOLD) or b""):
            return []
        self.store.commit([(TOLD, octets)])
        return [Alert(BACKUP, partial(_backup, joined.all() or [], now))]

    def asn1_payload(self, command: Command, now: int, changes: Changes) -> bytes | None:
        if command.use_case.message_code == RESTORE:
            return self._restore(command.message.payload, changes)
        return super().asn1_payload(command, now, changes)

    def _restore(self, payload: bytes, changes: Changes) -> bytes:
        """Joins with each device; DecodeError, before anything is done, when the list is wrong."""
        outer = der.DerReader.over(payload)
        fields = outer.nested()
        outer.finish()
        listed = fields.nested()
        fields.finish()
        asked = []
        while listed.next_tag():
            entry = listed.nested()
            asked.append((entry.octets(8), entry.integer()))
            entry.finish()
        joined = Joined(self.store)
        partners = joined.all() or []
        results = []
        for eui, device_type in asked:
            code = joins.WRONG_METHOD_OR_PARTNER
            if device_type in joins.partner_types(GPF, joins.B):
                code = joins.add(partners, Partner(joins.B, eui, device_type))
            entry_and_code = joins.write_partner(eui, device_type) + der.integer(code)
            results.append(der.element(der.SEQUENCE, entry_and_code))
        joined.put(changes, partners)
        response = der.element(der.SEQUENCE, b"".join(results))
        return der.element(der.SEQUENCE, response)


def _backup(partners: list[Partner], now: int, counter: int) -> bytes:
    return der.element(
        der.SEQUENCE,
        der.integer(GPF_DEVICE_LOG_CHANGED)
        + der.generalized_time(now)
        + joins.write_partners(partners),
    )
