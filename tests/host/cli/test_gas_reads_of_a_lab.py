"""The public profile response, opened and handed over to the data service."""

from datetime import date

import pytest

from dcc_stub.duis.identifiers import RequestId
from dcc_stub.duis.request import Request
from dcc_stub.duis.response import Response
from dcc_stub.duis.services import find
from dcc_stub.user.exchange import Exchange
from dcc_stub.user.opening import Opened, Opener
from host.cli.lab import gas
from host.cli.lab.errors import LabError
from host.settlement.store import SettlementStore
from keys.suite import Suite
from tests.dcc_stub.public_data import rtds_keys
from tests.outside import outside_data

SUPPLIER = bytes.fromhex("90b3d51f30010000")
GSME = bytes.fromhex("00db1234567890a1")
MPRN = "1000999888"
NOW = 473_385_600


def answered(name: str) -> Exchange:
    path = outside_data("rtds", "RTDS-4.5.0", "4.8.1_GCS17", f"{name}_GBCS.HEX")
    opened: Opened = Opener(rtds_keys(), Suite(), SUPPLIER).open(bytes.fromhex(path.read_text()))
    service = find("4.8.1")
    assert service is not None
    request = Request(RequestId(SUPPLIER, GSME, 1), 1, service, service.element, {})
    return Exchange(request, Response("I99", NOW, "ResponseMessage", {}), None, opened)


def test_the_reference_profile_is_kept_half_hour_by_half_hour() -> None:
    exchange = answered("GCS17_4.8.1_SUCCESS_RESPONSE")
    with SettlementStore() as store:
        outcome = gas.hand_over(store, MPRN, GSME, exchange, NOW)
        assert (outcome.new, outcome.rejected) == (97, ())
        assert gas.hand_over(store, MPRN, GSME, exchange, NOW).unchanged == 97
        first = store.gas.day(MPRN, date(2014, 12, 29))
        # the first sample ends at midnight
        assert first[:47] == (None,) * 47
        assert first[47] == 0x48BE4A
        assert None not in store.gas.day(MPRN, date(2014, 12, 31))


def test_a_refusal_holds_no_half_hours() -> None:
    with SettlementStore() as store, pytest.raises(LabError, match="no profile"):
        gas.hand_over(store, MPRN, GSME, answered("GCS17_4.8.1_ERROR_RESPONSE"), NOW)
