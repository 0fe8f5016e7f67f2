"""A gas meter's half hours, from the response to a service request into the store."""

from dcc_stub.duis.types import DateTime
from dcc_stub.user.exchange import Exchange
from host.cli.lab.errors import LabError
from host.settlement.gas_reads import GasHandOver, GasRead
from host.settlement.store import SettlementStore

PROFILE = "ProfileDataLog"


def half_hours(exchange: Exchange) -> list[tuple[int, int]]:
    """(end in seconds since 2000, dm3) of each sample of a 4.8.1 response, or LabError."""
    results = exchange.opened.results if exchange.opened else []
    logs = [result["value"] for result in results if result.get("name") == PROFILE]
    if not logs:
        raise LabError("the response holds no profile data log")
    return [(DateTime().parse(row["Time"]), row["Consumption dm3"]) for log in logs for row in log]


def hand_over(
    store: SettlementStore, mprn: str, device: bytes, exchange: Exchange, now: int
) -> GasHandOver:
    """Hand the samples of a 4.8.1 response over to the data service, which keeps them."""
    reads = [GasRead.from_sample(mprn, device, *sample) for sample in half_hours(exchange)]
    return store.gas.hand_over(reads, now)
