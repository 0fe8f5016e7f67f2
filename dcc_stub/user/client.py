"""A DCC user: makes requests, signs them, posts them, and completes critical ones."""

from __future__ import annotations

import asyncio
import time
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import httpx

from dcc_stub.duis import bodies, services, signature, xml
from dcc_stub.duis.identifiers import RequestId
from dcc_stub.duis.request import SIGNED_PRE_COMMAND, Request
from dcc_stub.duis.response import Response
from dcc_stub.duis.response_codes import ResponseCode, meaning
from dcc_stub.duis.services import Kind, Service
from dcc_stub.user import defaults, parameters
from dcc_stub.user.defaults import Asked, Keys
from dcc_stub.user.errors import NotFoundError, NotServedError, ParameterError, UnreachableError
from keys import parties
from keys.errors import NotHeldError
from keys.points import load_private_key
from keys.profile import Role
from smets.codec.errors import AuthenticationError, DecodeError
from smets.gbcs import protection
from smets.gbcs.message import Message

if TYPE_CHECKING:
    from smets.gbcs.suite import Suite

ANSWER_WITHIN = 30.0  # seconds
_FIRST_VARIANT = {Kind.PLAIN: 1, Kind.CRITICAL: services.TRANSFORM, Kind.NON_DEVICE: 8}
_GOOD = (ResponseCode.SUCCESS, ResponseCode.ACCEPTED)
_NOT_THERE = (ResponseCode.DEVICE_UNKNOWN,)


def find_service(variant: str) -> Service:
    """The service of a reference variant; NotFoundError when it is not offered."""
    service = services.find(variant)
    if service is None or bodies.find(service.element) is None:
        offered = [row.variant for row in services.SERVICES if bodies.find(row.element)]
        raise NotFoundError(
            f"service request {variant} is not offered; choose one of {', '.join(offered)}"
        )
    return service


def dcc_certificate_check(verified: signature.Verified, broker: bytes) -> None:
    """AuthenticationError unless a document is signed by the DCC's own XML signing key."""
    certificate = verified.certificate
    if certificate.role is not Role.DSP_XML_SIGN or certificate.eui != broker:
        raise AuthenticationError("the document is not signed by the DCC")


def raise_for(response: Response) -> None:
    """NotServedError or NotFoundError when a response tells of a failure."""
    if response.code in _GOOD:
        return
    text = f"the DCC answers {response.code}: {meaning(response.code)}"
    raise NotFoundError(text) if response.code in _NOT_THERE else NotServedError(text)


class DccUser:
    """One party. Counters are milliseconds of the real time, so they grow from run to run.

    Requests to one target reach the DCC one after another in the order in which they are sent;
    send them in the order in which they were made.
    `gateway` is the base address of the DCC, such as `http://127.0.0.1:8079`.
    """

    def __init__(
        self,
        keys: Keys,
        suite: Suite,
        party: bytes,
        gateway: str,
        *,
        broker: bytes = parties.ACCESS_CONTROL_BROKER.eui,
    ) -> None:
        self.party = party
        self.keys = keys
        self._suite = suite
        self._broker = broker
        self._client = httpx.AsyncClient(base_url=gateway, timeout=ANSWER_WITHIN, trust_env=False)
        self._counter = 0
        self._turns: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    async def close(self) -> None:
        """Ends the connections to the DCC."""
        await self._client.aclose()

    def request(
        self, variant: str, device: bytes, pairs: list[tuple[str, str]], now: int
    ) -> Request:
        """A request with the parameters given and the defaults for others; `now` since 2000."""
        service = find_service(variant)
        body = bodies.find(service.element)
        assert body is not None
        asked = Asked(self.keys, self.party, device, now)
        fields = parameters.fields(body, defaults.completed(variant, pairs, asked))
        target = self._broker if service.kind is Kind.NON_DEVICE else device
        self._counter = max(self._counter + 1, time.time_ns() // 1_000_000)
        request = Request(
            RequestId(self.party, target, self._counter),
            _FIRST_VARIANT[service.kind],
            service,
            service.element,
            fields,
        )
        try:
            request.tree()
        except DecodeError as error:
            raise ParameterError(str(error)) from error
        return request

    async def send(self, request: Request) -> Response:
        """Posts a request, signs and posts the pre-command of a critical one.

        The answer is that of the DCC to the last document: accepted, what it returns at once, or
        why it refuses (see `raise_for`).
        """
        response = await self.post(request)
        if request.command_variant != services.TRANSFORM or response.code not in _GOOD:
            return response
        return await self.post(self.sign_pre_command(request, response))

    def sign_pre_command(self, request: Request, response: Response) -> Request:
        """The signed pre-command that goes with a transformed request.

        NotServedError when the pre-command is not that of this request.
        """
        message = Message.decode(response.fields["PreCommand"]["GBCSPayload"])
        header = message.header
        named = RequestId(header.originator, header.recipient, header.originator_counter)
        if named != request.request_id:
            raise NotServedError("the DCC returned the pre-command of another request")
        private_key = self.keys.private_key(self.party, "ds")
        if private_key is None:
            raise NotHeldError(f"no digital signing key of {self.party.hex()} is held")
        protection.sign(self._suite, private_key, message)
        return Request(
            request.request_id,
            services.SIGNED_PRE_COMMAND[0],
            request.service,
            SIGNED_PRE_COMMAND,
            {"GBCSPayload": message.encode()},
        )

    async def post(self, request: Request) -> Response:
        """Signs and posts one document; the signed response to it."""
        variant = services.command_variant(request.command_variant)
        assert variant is not None
        document = self.signed(request)
        try:
            async with self._turn(request):
                answer = await self._client.post(
                    f"/api/v1/service{variant.service}",
                    content=document,
                    headers={"content-type": "application/xml"},
                )
        except httpx.HTTPError as error:
            raise UnreachableError(
                f"no DCC at {self._client.base_url}: {type(error).__name__}; "
                "start one with `./hanlab dcc`"
            ) from error
        if answer.status_code != httpx.codes.OK:
            raise NotServedError(
                f"the DCC rejects the request with status {answer.status_code}: "
                f"{answer.text.strip()[:300]}"
            )
        verified = signature.verify(xml.parse(answer.content), self.keys.find)
        dcc_certificate_check(verified, self._broker)
        response = Response.read(verified.root)
        if response.request_id != request.request_id:
            raise NotServedError("the DCC answers another request")
        return response

    def _turn(self, request: Request) -> AbstractAsyncContextManager[None]:
        """Held while a new counter is on its way: the DCC rejects it after a higher one."""
        if request.command_variant in services.SIGNED_PRE_COMMAND:
            return nullcontext()  # its counter is known already
        return self._turns.setdefault(request.request_id.target, asyncio.Lock())

    def signed(self, request: Request) -> bytes:
        """A request as it goes to the DCC."""
        private_key = self.keys.private_key(self.party, "xml")
        certificate = self.keys.certificate(self.party, "xml")
        if private_key is None or certificate is None:
            raise NotHeldError(
                f"no XML signing key of {self.party.hex()} is held; make the lab's keys with "
                "`./hanlab keys new`"
            )
        return signature.sign(request.tree(), load_private_key(private_key), certificate)
