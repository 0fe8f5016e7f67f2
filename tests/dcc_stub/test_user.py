"""The user's side: parameters of requests, defaults, and the send command."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from dcc_stub.duis import bodies, services
from dcc_stub.duis.elements import Element
from dcc_stub.duis.request import Request
from dcc_stub.duis.response_codes import ResponseCode
from dcc_stub.user import parameters
from dcc_stub.user.client import DccUser, find_service
from dcc_stub.user.errors import NotFoundError, NotServedError, ParameterError
from host.cli.main import run
from keys import parties
from keys.errors import NotHeldError
from smets.gbcs.message import Message
from tests.dcc_stub.lab import (
    CHF,
    ESME,
    NOW,
    SUITE,
    SUPPLIER,
    User,
    commissioned,
    keys,
    make_dcc,
    opened,
)
from tests.dcc_stub.test_service import answering, hub, running, user_of


def body(variant: str) -> Element:
    found = bodies.find(find_service(variant).element)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("variant", "pairs", "fields"),
    [
        ("4.1.1", [], {}),
        (
            "4.1.1",
            [("ExecutionDateTime", "2026-01-01T00:00:00Z")],
            {"ExecutionDateTime": 820540800},
        ),
        (
            "4.8.1",
            [("StartDateTime", "2000-01-01T00:00:00Z"), ("EndDateTime", "2000-01-02T00:00:00Z")],
            {"ReadLogPeriod": {"StartDateTime": 0, "EndDateTime": 86400}},
        ),
        ("6.20.1", [("ImportMPAN", "1" * 13)], {"ImportMPANs": {"ImportMPAN": "1" * 13}}),
        (
            "6.24.1",
            [("RemotePartyRole", "Supplier"), ("RemotePartyRole", "ACB")],
            {"RemotePartyRole": ("Supplier", "ACB")},
        ),
        (
            "8.4",
            [("DeviceID", "00-DB-12-34-56-78-90-A0"), ("DeleteDevice", "")],
            {"DeviceID": ESME, "DeleteDevice": {}},
        ),
        (
            "8.4",
            [("DeviceID", "00-DB-12-34-56-78-90-A0"), ("UpdateMPxN.ExportMPAN", "1" * 13)],
            {"DeviceID": ESME, "UpdateMPxN": {"ExportMPAN": "1" * 13}},
        ),
    ],
)
def test_fields_come_from_names_and_texts(variant, pairs, fields):
    assert parameters.fields(body(variant), pairs) == fields


@pytest.mark.parametrize(
    ("variant", "pairs", "reason"),
    [
        ("4.1.1", [("Colour", "red")], "no parameter Colour"),
        ("6.12", [("LowMediumPowerThreshold", "-1")], "between 0"),
        ("6.11", [("TolerancePeriod", "90000")], "between 0"),
        ("6.11", [("CurrentDateTime", "2026-01-01")], "date-time"),
        ("8.11", [("RequestType", "Add"), ("RequestType", "Remove")], "once"),
    ],
)
def test_wrong_parameters_are_named(variant, pairs, reason):
    with pytest.raises(ParameterError, match=reason):
        parameters.fields(body(variant), pairs)


def test_every_service_that_is_offered_lists_its_parameters():
    for service in services.SERVICES:
        declaration = bodies.find(service.element)
        if declaration is not None:
            for each in parameters.parameters(declaration):
                assert each.is_called(each.name)
                assert each.kind


async def test_defaults_fill_in_what_a_lab_knows():
    user = DccUser(keys(), SUITE, SUPPLIER, "http://nowhere")
    clock = user.request("8.1.1", ESME, [], NOW).fields
    assert clock == {"CurrentDateTime": NOW, "TolerancePeriod": 60}
    handover = user.request("6.21", ESME, [], NOW).fields
    certificate = keys().require_certificate(SUPPLIER, "pp-ka").encoded
    assert handover["ReplacementCertificates"]["KeyAgreementTopUpCertificate"] == certificate
    assert handover["RemotePartyRole"] == "Supplier"
    notified = user.request("12.2", ESME, [("DeviceModel", "X")], NOW).fields
    assert (notified["DeviceType"], notified["DeviceModel"]) == ("ESME", "X")
    searched = user.request("8.2", ESME, [("MPxN", "1")], NOW).fields
    assert searched == {"MPxN": "1"}
    with pytest.raises(ParameterError, match="LowMediumPowerThreshold"):
        user.request("6.12", ESME, [], NOW)
    with pytest.raises(NotFoundError, match=r"choose one of 3\.3, 4\.1\.1"):
        user.request("1.1.1", ESME, [], NOW)
    await user.close()


async def test_counters_grow():
    user = DccUser(keys(), SUITE, SUPPLIER, "http://nowhere")
    counters = [user.request("4.1.1", ESME, [], NOW).request_id.counter for _ in range(50)]
    assert counters == sorted(set(counters))
    await user.close()


@pytest.fixture
def slow_first(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each POST takes less time than the one before; the paths posted to, as sent."""
    sent: list[str] = []
    post = httpx.AsyncHTTPTransport.handle_async_request

    async def delayed(
        transport: httpx.AsyncHTTPTransport, request: httpx.Request
    ) -> httpx.Response:
        sent.append(request.url.path)
        await asyncio.sleep(0.2 / len(sent))
        return await post(transport, request)

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", delayed)
    return sent


async def test_requests_sent_at_once_reach_the_dcc_in_the_order_of_their_counters(slow_first):
    dcc = commissioned(make_dcc())
    async with running(dcc) as service, user_of(service) as user:
        variants = ["4.1.1"] * 10 + ["7.1"] * 10  # these are transformed first, then signed
        requests = [user.request(variant, ESME, [], NOW) for variant in variants]
        answers = await asyncio.gather(*map(user.send, requests))
    assert [answer.code for answer in answers] == [ResponseCode.ACCEPTED] * 20
    assert len(slow_first) == 30


async def test_a_request_does_not_wait_for_one_to_another_target(slow_first):
    async with running(commissioned(make_dcc())) as service, user_of(service) as user:
        requests = [user.request("4.1.1", device, [], NOW) for device in (ESME, CHF)]
        ended: list[bytes] = []

        async def sent(request: Request) -> None:
            await user.send(request)
            ended.append(request.request_id.target)

        await asyncio.gather(*map(sent, requests))
    assert ended == [CHF, ESME]
    assert len(slow_first) == len(requests)


async def test_a_pre_command_of_another_request_is_not_signed():
    dcc, other = commissioned(make_dcc()), User()
    user = DccUser(keys(), SUITE, SUPPLIER, "http://nowhere")
    request = user.request("7.1", ESME, [], NOW)
    transformed = opened(other.post(dcc, other.request("7.2")))
    with pytest.raises(NotServedError, match="another request"):
        user.sign_pre_command(request, transformed)
    stranger = DccUser(keys(), SUITE, b"\x05" * 8, "http://nowhere")
    with pytest.raises(NotHeldError):
        stranger.signed(request)
    await user.close()
    await stranger.close()


async def send(*arguments: str) -> int:
    return await asyncio.to_thread(run, ["send", *arguments])


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    (tmp_path / "keys").symlink_to(keys().path)
    return tmp_path


async def test_send_reads_a_meter_and_prints_one_json_document(lab, capsys):
    dcc = commissioned(make_dcc())
    port = _free_port()
    async with (
        running(dcc, f"http://127.0.0.1:{port}/any/path") as service,
        hub(service) as socket,
    ):
        devices = asyncio.create_task(answering(socket))
        common = ["--lab", str(lab), "--dcc", f"http://127.0.0.1:{service.port}"]
        common += ["--device", ESME.hex("-"), "--listen", str(port), "--wait"]
        # the service of this test lives in another year than the command's clock
        clock = ["--param", "CurrentDateTime=2026-01-31T00:00:00Z"]
        assert await send("6.11", *common, *clock, "--json") == 0
        document = json.loads(capsys.readouterr().out)
        assert document["response_code"] == "I0"
        assert document["opened"]["use_case"] == "ECS70"
        assert document["opened"]["checked"] == ["signature"]
        assert await send("7.1", *common) == 0
        assert "ECS42" in capsys.readouterr().out
        devices.cancel()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["4.1.1", "--device", CHF.hex("-")], 4, "E11"),
        (["4.1.1", "--device", "00-00-00-00-00-00-00-01"], 5, "E19"),
        (["1.1.1", "--device", ESME.hex("-")], 5, "not offered"),
        (["6.12", "--device", ESME.hex("-")], 2, "lacks LowMediumPowerThreshold"),
        (["4.1.1"], 2, "--device"),
        (["4.1.1", "--device", "zz"], 2, "EUI-64"),
        (["4.1.1", "--device", ESME.hex("-"), "--param", "x"], 2, "NAME=VALUE"),
        (["4.1.1", "--device", ESME.hex("-"), "--dcc", "http://127.0.0.1:9"], 1, "hanlab dcc"),
        (["4.1.1", "--device", ESME.hex("-"), "--as", "nobody"], 5, "supplier"),
        (["4.1.1", "--device", ESME.hex("-"), "--wait", "--timeout", "0.1"], 1, "no response"),
    ],
)
async def test_send_says_what_went_wrong(lab, capsys, arguments, code, said):
    async with running(commissioned(make_dcc())) as service:
        where = ["--lab", str(lab), "--listen", str(_free_port())]
        if "--dcc" not in arguments:
            where += ["--dcc", f"http://127.0.0.1:{service.port}"]
        assert await send(*arguments, *where) == code
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error


async def test_send_without_keys_says_how_to_make_them(tmp_path, capsys):
    code = await send("4.1.1", "--device", ESME.hex("-"), "--lab", str(tmp_path / "none"))
    assert code == 3
    assert "hanlab keys new" in capsys.readouterr().err


async def test_send_lists_what_it_can_ask(capsys):
    assert await send("--list") == 0
    listed = capsys.readouterr().out
    assert "4.8.1" in listed
    assert await send("8.11", "--list", "--json") == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert {"name": "RequestType", "kind": "Add|Remove", "required": True} in row["parameters"]


def test_a_signed_pre_command_is_what_the_dcc_made():
    dcc, user = commissioned(make_dcc()), User()
    request = user.request("7.3")
    transformed = opened(user.post(dcc, request))
    pre_command = Message.decode(transformed.fields["PreCommand"]["GBCSPayload"])
    signed = Message.decode(user.sign_pre_command(request, transformed).fields["GBCSPayload"])
    assert signed.to_be_signed() == pre_command.to_be_signed()
    assert parties.SUPPLIER.eui == signed.header.originator


def _free_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]
