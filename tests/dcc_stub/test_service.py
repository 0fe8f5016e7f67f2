"""The DCC over real sockets: services, WAN link, webhooks, SMKI."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from lxml import etree
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from dcc_stub.broker.settings import Settings
from dcc_stub.engine import DccStub
from dcc_stub.inventory.status import Status
from dcc_stub.service.server import DccService
from dcc_stub.service.serving import listen
from dcc_stub.user.client import DccUser, raise_for
from dcc_stub.user.errors import NoResponseError, NotFoundError, NotServedError, UnreachableError
from dcc_stub.user.exchange import exchange
from dcc_stub.user.listener import Listener
from dcc_stub.user.opening import Opener
from keys import parties
from smets.gbcs.message import Message
from tests.dcc_stub.lab import (
    CHF,
    ESME,
    NETWORK_OPERATOR,
    NOW,
    SUITE,
    SUPPLIER,
    User,
    answer,
    commissioned,
    keys,
    make_dcc,
)

SEARCH = "CertificateSearchRequest"
XML = {"content-type": "application/xml"}


@asynccontextmanager
async def running(dcc: DccStub, webhook: str | None = None) -> AsyncIterator[DccService]:
    service = DccService(dcc, keys(), lambda: NOW, port=0, smki_port=0, webhook=webhook)
    async with service:
        yield service


@asynccontextmanager
async def hub(service: DccService, eui: bytes = CHF) -> AsyncIterator[ClientConnection]:
    async with connect(f"ws://127.0.0.1:{service.port}/wan", proxy=None) as link:
        await link.send(json.dumps({"type": "hello", "hub": eui.hex(), "version": 1}))
        yield link


async def next_message(link: ClientConnection) -> dict[str, str]:
    while True:
        frame = json.loads(await asyncio.wait_for(link.recv(), 5))
        if frame["type"] == "message":
            return frame


async def answering(link: ClientConnection, sent: int = 0) -> None:
    """A hub whose devices answer everything with success."""
    while True:
        frame = await next_message(link)
        await link.send(json.dumps({"type": "ack", "id": frame["id"]}))
        command = Message.decode(bytes.fromhex(frame["message"]))
        sent += 1
        reply = {"type": "message", "id": f"r{sent}", "device": frame["device"]}
        await link.send(json.dumps({**reply, "message": answer(command).hex()}))


@asynccontextmanager
async def user_of(service: DccService, listener: Listener | None = None) -> AsyncIterator[DccUser]:
    user = DccUser(keys(), SUITE, SUPPLIER, f"http://127.0.0.1:{service.port}")
    try:
        yield user
    finally:
        await user.close()


async def test_a_user_reads_and_commands_a_device_through_http_and_wan():
    dcc = commissioned(make_dcc())
    async with (
        Listener(keys().find, port=0) as listener,
        running(dcc, listener.url) as service,
        user_of(service) as user,
        hub(service) as link,
    ):
        devices = asyncio.create_task(answering(link))
        opener = Opener(keys(), SUITE, SUPPLIER)
        for variant in ("6.12", "7.2", "6.11"):
            pairs = [
                ("LowMediumPowerThreshold", "1000"),
                ("MediumHighPowerThreshold", "2000"),
            ] * (variant == "6.12")
            request = user.request(variant, ESME, pairs, NOW)
            outcome = await exchange(user, request, listener, opener, 10)
            assert outcome.last.code == "I0"
            assert outcome.opened is not None
            assert outcome.opened.succeeded
        devices.cancel()
    assert dcc.store.deliveries.waiting(NOW + 1000) == []


async def test_the_user_learns_of_refusals_and_of_silence():
    dcc = commissioned(make_dcc())
    async with (
        Listener(keys().find, port=0) as listener,
        running(dcc, listener.url) as service,
        user_of(service) as user,
    ):
        for device, error in ((b"\x01" * 8, NotFoundError), (CHF, NotServedError)):
            request = user.request("4.1.1", device, [], NOW)
            outcome = await exchange(user, request, listener)
            with pytest.raises(error):
                raise_for(outcome.last)
        request = user.request("4.1.1", ESME, [], NOW)
        with pytest.raises(NoResponseError):
            await exchange(user, request, listener, timeout=0.2)
    stopped = DccUser(keys(), SUITE, SUPPLIER, f"http://127.0.0.1:{service.port}")
    with pytest.raises(UnreachableError):
        await stopped.send(request)
    await stopped.close()


async def test_http_refuses_what_is_not_a_document():
    async with (
        running(commissioned(make_dcc())) as service,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{service.port}") as client,
    ):
        path = "/api/v1/serviceS"
        large = b"<a>" + b"x" * 300_000 + b"</a>"
        assert (await client.post(path, content=large, headers=XML)).status_code == 413
        assert (await client.post(path, content=b"<a/>")).status_code == 415
        other = {"content-type": "application/json"}
        assert (await client.post(path, content=b"<a/>", headers=other)).status_code == 415
        assert (await client.post(path, content=b"<a/>", headers=XML)).status_code == 403
        assert (await client.get(path)).status_code == 405
        assert (await client.post("/api/v1/serviceX", content=b"<a/>")).status_code == 404


async def test_requests_at_the_same_moment_share_a_commit_and_fail_alone():
    dcc = commissioned(make_dcc())
    users = [User(eui) for eui in (SUPPLIER, NETWORK_OPERATOR)]
    good = [user.sign(user.request("4.1.1")) for user in users]
    async with (
        running(dcc) as service,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{service.port}") as client,
    ):
        documents = [each for document in good for each in (document, b"<a/>")]
        posts = (client.post("/api/v1/serviceS", content=d, headers=XML) for d in documents)
        answers = await asyncio.gather(*posts)
    assert [each.status_code for each in answers] == [200, 403] * 2
    assert len(dcc.store.wan.waiting(CHF, NOW)) == 2


async def test_a_hub_gets_what_waits_again_until_it_acknowledges():
    dcc, user = commissioned(make_dcc()), User()
    async with running(dcc) as service:
        for _ in range(3):
            user.ask(dcc, user.request("4.1.1"))
        async with hub(service) as link:
            first = [await next_message(link) for _ in range(3)]
            await link.send(json.dumps({"type": "ack", "id": first[1]["id"]}))
            await _until(lambda: len(dcc.store.wan.waiting(CHF, NOW)) == 2)
        async with hub(service) as link:
            again = [await next_message(link) for _ in range(2)]
    assert [each["id"] for each in again] == [first[0]["id"], first[2]["id"]]


async def test_a_message_is_acknowledged_once_it_is_stored_and_taken_once():
    dcc, user = commissioned(make_dcc()), User()
    async with running(dcc) as service, hub(service) as link:
        user.ask(dcc, user.request("4.1.1"))
        command = Message.decode(bytes.fromhex((await next_message(link))["message"]))
        frame = {"type": "message", "id": "one", "device": ESME.hex()}
        text = json.dumps({**frame, "message": answer(command).hex()})
        for _ in range(2):
            await link.send(text)
            ack = json.loads(await asyncio.wait_for(link.recv(), 5))
            assert ack == {"type": "ack", "id": "one"}
    assert len(dcc.store.deliveries.waiting(NOW + 1000)) == 1


async def test_a_status_frame_tells_which_devices_have_joined():
    dcc = commissioned(make_dcc(), status=Status.WHITELISTED)
    entry = {"device": ESME.hex(), "type": "ESME", "status": "joined"}
    async with running(dcc) as service, hub(service) as link:
        await link.send(json.dumps({"type": "status", "devices": [entry]}))
        await _until(
            lambda: dcc.store.inventory.find(ESME).status is Status.INSTALLED_NOT_COMMISSIONED
        )


@pytest.mark.parametrize(
    "hello",
    [
        "not json",
        "[]",
        "{}",
        json.dumps({"type": "hello", "hub": ESME.hex(), "version": 1}),
        json.dumps({"type": "hello", "hub": "00" * 8, "version": 1}),
        json.dumps({"type": "hello", "hub": CHF.hex(), "version": 2}),
        json.dumps({"type": "message", "id": "1", "device": ESME.hex(), "message": ""}),
        b"\x00\x01",
    ],
)
async def test_strangers_do_not_get_onto_the_wan_link(hello: str | bytes):
    dcc = commissioned(make_dcc())
    async with running(dcc) as service:
        address = f"ws://127.0.0.1:{service.port}/wan"
        async with connect(address, proxy=None) as link:
            await link.send(hello)
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(link.recv(), 5)
        assert service.wan.hubs == ()


async def test_broken_frames_are_passed_over():
    dcc, user = commissioned(make_dcc()), User()
    async with running(dcc) as service, hub(service) as link:
        for text in ("x", "[1]", '{"type":"message"}', '{"type":"ack","id":""}', "[" * 5000):
            await link.send(text)
        user.ask(dcc, user.request("4.1.1"))
        assert (await next_message(link))["device"] == ESME.hex()


async def test_webhooks_are_tried_again_until_they_take_a_document():
    settings = Settings(first_retry=0, delivery_attempts=50)
    dcc, user = commissioned(make_dcc(settings=settings)), User()
    port = _free_port()
    async with (
        running(dcc, f"http://127.0.0.1:{port}/smartdcc/duis") as service,
        hub(service) as link,
    ):
        devices = asyncio.create_task(answering(link))
        request = user.request("4.1.1")
        user.ask(dcc, request)
        await _until(lambda: any(d.attempts for d in dcc.store.deliveries.waiting(NOW)))
        async with Listener(keys().find, port=port) as listener:
            response = await listener.response(request.request_id, 10)
        devices.cancel()
    assert response.code == "I0"


async def test_a_listener_takes_nothing_that_the_dcc_has_not_signed():
    from tests.dcc_stub.lab import sign_document

    async with Listener(keys().find, port=0) as listener, httpx.AsyncClient() as client:
        user = User()
        request = user.request("4.1.1")
        response = etree.fromstring(user.sign(request))
        forged = sign_document(response[0].getroottree().getroot(), SUPPLIER)
        for document in (b"<a/>", forged, b"", user.sign(request)):
            answered = await client.post(listener.url, content=document, headers=XML)
            assert answered.status_code == 400


async def test_smki_finds_certificates_of_devices_and_organisations():
    async with (
        running(make_dcc()) as service,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{service.smki_port}") as client,
    ):
        for element, eui, number in (
            ("CertificateSubjectAltName", ESME.hex(), 2),
            ("CertificateSubjectAltName", ESME.hex("-"), 2),
            ("CertificateSubjectName", SUPPLIER.hex("-"), 4),
        ):
            found = await client.post(
                "/services/certificatesearch?apikey=any",
                content=f"<{SEARCH}><{element}>{eui}</{element}></{SEARCH}>",
                headers=XML,
            )
            assert found.status_code == 200
            results = etree.fromstring(found.content).findall("Result")
            assert len(results) == number
            assert {each.findtext("CertificateUsage") for each in results} == {"DS", "KA"}
            for result in results:
                certificate = await _retrieve(client, result.findtext("CertificateSerial"))
                assert certificate.findtext(".//CertificateBody")
        for query, status in (
            ("<CertificateSearchRequest/>", 401),
            ("<a/>", 401),
            (
                "<CertificateSearchRequest><CertificateSubjectName>00-00-00-00-00-00-00-00"
                "</CertificateSubjectName></CertificateSearchRequest>",
                402,
            ),
        ):
            found = await client.post("/services/certificatesearch", content=query, headers=XML)
            assert found.status_code == status


async def _retrieve(client: httpx.AsyncClient, serial: str | None) -> etree._Element:
    query = (
        f"<CertificateDataRequest><CertificateSerial>{serial}</CertificateSerial>"
        "</CertificateDataRequest>"
    )
    found = await client.post("/services/retrievecertificate", content=query, headers=XML)
    assert found.status_code == 200
    return etree.fromstring(found.content)


async def test_taken_ports_are_an_error_and_free_what_was_taken():
    async with running(make_dcc()) as service:
        second = DccService(make_dcc(), keys(), lambda: NOW, port=0, smki_port=service.port)
        with pytest.raises(OSError, match="in use"):
            await second.__aenter__()


def test_answers_do_not_wait_for_acknowledgements():
    with listen("127.0.0.1", 0) as taken:
        address = taken.getsockname()
        with socket.create_connection(address), taken.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


async def _until(condition) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def test_the_parties_of_these_tests_are_those_of_every_lab():
    assert parties.SUPPLIER.eui == SUPPLIER
