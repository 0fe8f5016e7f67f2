"""`hanlab send`: a DCC user's request, and what comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from dcc_stub.duis import bodies, services
from dcc_stub.duis.response import Response
from dcc_stub.duis.response_codes import meaning
from dcc_stub.duis.services import Kind
from dcc_stub.service.server import GATEWAY_PORT, LOOPBACK
from dcc_stub.user import parameters
from dcc_stub.user.client import DccUser, find_service, raise_for
from dcc_stub.user.errors import NotServedError
from dcc_stub.user.exchange import Exchange, exchange
from dcc_stub.user.listener import WEBHOOK_PORT, Listener
from dcc_stub.user.opening import Opener
from host.cli.dcc import clock, lab_keys
from host.cli.options import json_option, lab_option
from host.cli.output import emit_json, say
from keys import parties, profile
from keys.store import Keystore
from keys.suite import Suite

DEFAULT_DCC = f"http://{LOOPBACK}:{GATEWAY_PORT}"


@click.command(
    epilog="\b\nExample: ./hanlab send 4.1.1 --device 00-DB-12-34-56-78-90-A0 --wait\n"
    "         ./hanlab send 4.8.1 --device 00-DB-12-34-56-78-90-A0 --wait --json \\\n"
    "             --param StartDateTime=2026-01-01T00:00:00Z "
    "--param EndDateTime=2026-01-02T00:00:00Z\n"
    "         ./hanlab send --list"
)
@click.argument("srv", required=False)
@lab_option
@click.option("--device", metavar="EUI", help="The device it is about.")
@click.option(
    "--param", "params", multiple=True, metavar="NAME=VALUE", help="A value of the request."
)
@click.option("--as", "party", default=parties.SUPPLIER.name, show_default=True, help="The user.")
@click.option("--dcc", "gateway", default=DEFAULT_DCC, show_default=True, help="The DCC.")
@click.option("--listen", default=WEBHOOK_PORT, show_default=True, help="Port for responses.")
@click.option("--wait", is_flag=True, help="Wait for the device's response and open it.")
@click.option("--timeout", default=60.0, show_default=True, help="Seconds to wait.")
@click.option("--list", "show_list", is_flag=True, help="List service requests and parameters.")
@json_option
def send(
    srv: str | None,
    lab: Path,
    device: str | None,
    params: Sequence[str],
    party: str,
    gateway: str,
    listen: int,
    wait: bool,
    timeout: float,
    show_list: bool,
    as_json: bool,
) -> int:
    """Send service request SRV to the DCC as one of its users.

    Signs the request, and the pre-command of a critical one; with --wait receives the response
    at the user's webhook, checks and decrypts it, and shows it as named values.
    """
    if show_list or srv is None:
        _show_services(srv, as_json)
        return 0
    find_service(srv)
    if device is None:
        raise click.UsageError("name the device with --device EUI")
    target = profile.parsed_eui(device)
    pairs = [_pair(param) for param in params]
    keys = lab_keys(lab)
    party_eui = parties.party(party).eui
    outcome = asyncio.run(
        _send(keys, party_eui, gateway, listen if wait else None, srv, target, pairs, timeout)
    )
    document = _document(outcome)
    if as_json:
        emit_json(document)
    else:
        _show(outcome)
    raise_for(outcome.last)
    if outcome.opened is not None and not outcome.opened.succeeded:
        failed = [each for each in outcome.opened.results if each.get("result") != "success"]
        named = ", ".join(
            f"{each['name']}: {each['result']}" for each in failed if "result" in each
        )
        raise NotServedError(f"the device refuses: {named}")
    return 0


async def _send(
    keys: Keystore,
    party: bytes,
    gateway: str,
    listen: int | None,
    srv: str,
    device: bytes,
    pairs: list[tuple[str, str]],
    timeout: float,
) -> Exchange:
    suite = Suite()
    user = DccUser(keys, suite, party, gateway)
    try:
        request = user.request(srv, device, pairs, clock())
        if listen is None:
            return await exchange(user, request)
        async with Listener(keys.find, port=listen) as listener:
            opener = Opener(keys, suite, party)
            return await exchange(user, request, listener, opener, timeout)
    finally:
        await user.close()


def _pair(param: str) -> tuple[str, str]:
    name, equals, value = param.partition("=")
    if not equals:
        raise click.UsageError(f"--param {param}: give NAME=VALUE")
    return name, value


def _document(outcome: Exchange) -> dict[str, Any]:
    response = outcome.last
    document: dict[str, Any] = {
        "request_id": str(outcome.request.request_id),
        "service": outcome.request.service.variant,
        "response_code": response.code,
        "meaning": meaning(response.code),
        "content": _plain(response.fields),
    }
    if outcome.opened is not None:
        document["opened"] = outcome.opened.as_json()
    return document


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _show(outcome: Exchange) -> None:
    request = outcome.request
    say(f"{request.service.variant} {request.service.name}: {request.request_id}")
    response = outcome.last
    click.echo(f"{response.code} {meaning(response.code)}")
    if outcome.opened is not None:
        opened = outcome.opened
        click.echo(f"{opened.use_case} {opened.title}, checked: {', '.join(opened.checked)}")
        for result in opened.results:
            _show_result(result)
    else:
        _show_content(response)


def _show_result(result: dict[str, Any]) -> None:
    name = result.get("name", result.get("title", ""))
    value = result.get("value", result.get("result", result.get("content", "")))
    if isinstance(value, list) and value and isinstance(value[0], dict):
        click.echo(f"  {name}: {len(value)} entries")
        for entry in value:
            click.echo("    " + ", ".join(f"{key} {each}" for key, each in entry.items()))
        return
    click.echo(f"  {name}: {value} {result.get('unit', '')}".rstrip())


def _show_content(response: Response) -> None:
    for name, value in _plain(response.fields).items():
        if name not in {"ServiceReference", "ServiceReferenceVariant"}:
            click.echo(f"  {name}: {value}")


def _show_services(srv: str | None, as_json: bool) -> None:
    chosen = [find_service(srv)] if srv else services.SERVICES
    rows = []
    for service in chosen:
        body = bodies.find(service.element)
        if body is not None:
            takes = [
                {"name": each.name, "kind": each.kind, "required": each.required}
                for each in parameters.parameters(body)
            ]
            rows.append({"srv": service.variant, "name": service.name, "parameters": takes})
    if as_json:
        emit_json(rows)
        return
    for service in chosen:
        body = bodies.find(service.element)
        if body is None:
            continue
        kind = "" if service.kind is Kind.PLAIN else f" ({service.kind})"
        click.echo(f"{service.variant:8}{service.name}{kind}")
        if srv:
            for each in parameters.parameters(body):
                mark = "" if each.required else " (optional)"
                click.echo(f"        {each.name}: {each.kind}{mark}")
