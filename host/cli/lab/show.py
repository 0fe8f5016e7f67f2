"""The demonstration on a terminal: steps, one message unfolded, the day as a chart, the table."""

from pathlib import Path
from typing import Any

from rich.text import Text

from dcc_stub.user.exchange import Exchange
from host.cli.lab.day import Outcome, Step
from host.cli.output import console
from host.cli.settle import print_grid
from host.settlement import report
from smets.dlms.access import AccessResponse
from smets.gbcs.message import Message

BARS = " ▁▂▃▄▅▆▇█"
ROWS = 4


def step(done: Step) -> None:
    """One line for a step that is done."""
    console().print(f"{done.seconds:7.2f} s  {done.name:<9} {done.detail}", markup=False)


def outcome(result: Outcome, folder: Path | None) -> None:
    """All that follows the steps."""
    assert result.registers is not None
    assert result.settled is not None
    out = console()
    out.print()
    for layer in unfolded(result.registers):
        out.print(layer)
    out.print()
    for line in chart(result.read_wh):
        out.print(line, markup=False)
    total = sum(result.read_wh)
    out.print(
        f"{len(result.read_wh)} half hours, {total} Wh read; the meter measured the same"
        f" {sum(result.meter_wh)} Wh.",
        markup=False,
    )
    out.print()
    for line in chart(result.gas_read_dm3, "dm3"):
        out.print(line, markup=False)
    out.print(
        f"{len(result.gas_read_dm3)} half hours of gas, {sum(result.gas_read_dm3)} dm3 read; the "
        f"meter measured the same {sum(result.gas_meter_dm3)} dm3.",
        markup=False,
    )
    out.print()
    for grid in report.run_grids(result.settled.result):
        print_grid(grid)
    for line in report.summary(result.settled):
        out.print(line, markup=False)
    out.print()
    kept = f"The lab is in {folder}." if folder else "Nothing was kept; --keep leaves the lab."
    out.print(f"{result.seconds:.1f} s in all. {kept}", markup=False)
    out.print(f"What was on the air: ./hanlab trace --pcap {result.capture}", markup=False)


def unfolded(exchange: Exchange) -> list[Text]:
    """One response layer by layer: DUIS, GBCS, DLMS, values."""
    response, opened = exchange.last, exchange.opened
    octets = response.gbcs_message
    assert octets is not None
    assert opened is not None
    message = Message.decode(octets)
    header = message.header
    access = AccessResponse.decode(message.payload)
    layers = [
        ("DUIS", f"{response.code} for {exchange.request.request_id}, signed by the DCC"),
        ("GBCS", f"{len(octets)} octets: {octets.hex()}"),
        ("", f"{opened.use_case} {opened.title}, message code {header.message_code:04X}"),
        ("", f"counter {header.originator_counter}, made at {opened.date_time}"),
        ("", f"checked: {', '.join(opened.checked)}"),
        ("DLMS", f"access response with results {[result for _, result in access.results]}"),
        *(("", f"decrypted: {plaintext.hex()}") for plaintext in opened.plaintexts),
        *(("value", f"{each['name']}: {_words(each)}") for each in opened.results),
    ]
    return [_layer(name, text) for name, text in layers]


def _words(each: dict[str, Any]) -> str:
    """A value with its unit, or each of several."""
    value = each.get("value")
    if isinstance(value, dict):
        return ", ".join(f"{name} {_words(part)}" for name, part in value.items())
    return f"{value} {each.get('unit', '')}".rstrip()


def _layer(name: str, text: str) -> Text:
    return Text.assemble((f"  {name:<6} ", "bold"), text if len(text) < 100 else text[:97] + "...")


def chart(read_wh: list[int], unit: str = "Wh") -> list[str]:
    """Half hours as columns, the highest ROWS lines high."""
    highest = max([*read_wh, 1])
    steps = len(BARS) - 1
    heights = [-(-wh * ROWS * steps // highest) for wh in read_wh]
    lines = []
    for row in range(ROWS - 1, -1, -1):
        cells = "".join(BARS[min(max(height - row * steps, 0), steps)] for height in heights)
        label = f"{highest} {unit}" if row == ROWS - 1 else ""
        lines.append(f"{label:>9} {cells}")
    lines.append(f"{'':>9} 00:00" + " " * (len(read_wh) - 10) + "24:00")
    return lines
