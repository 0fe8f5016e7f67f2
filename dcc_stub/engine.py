"""The DCC without sockets: documents, messages and the time in, documents and messages out."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import NamedTuple

from dcc_stub.broker import access, hubs, inventory_requests, responses, timeouts
from dcc_stub.broker.commands import Commands
from dcc_stub.broker.context import Context
from dcc_stub.broker.errors import RefusedError, RejectedError
from dcc_stub.broker.replies import Replies
from dcc_stub.duis import services, signature, xml
from dcc_stub.duis.request import Request, UnknownBodyError
from dcc_stub.duis.response import Response
from dcc_stub.duis.response_codes import ResponseCode
from dcc_stub.duis.services import CommandVariant, Kind, WebService
from dcc_stub.duis.signature import Verified
from dcc_stub.store.deliveries import Delivery
from dcc_stub.store.requests import State
from smets.codec.errors import AuthenticationError, DecodeError

log = logging.getLogger("dcc_stub")

XML = "application/xml"
TEXT = "text/plain; charset=utf-8"


class Answer(NamedTuple):
    """What the sender of a document gets at once."""

    status: int
    content_type: str
    body: bytes


class DccStub:
    """Each call is one transaction; several may share an outer one of `context.store`.

    Times are UTC seconds since 2000-01-01.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.store = context.store
        self._commands = Commands(context)
        self._replies = Replies(context)
        _ = context.signer, context.private_key("ka"), context.private_key("ds")

    def handle(self, web_service: WebService, octets: bytes, now: int) -> Answer:
        """A document posted to one of the three services."""
        try:
            with self.store.transaction():
                response = self._serve(web_service, octets, now)
        except RejectedError as error:
            return _rejected(web_service, error.status, str(error))
        except UnknownBodyError as error:
            return _rejected(web_service, HTTPStatus.NOT_IMPLEMENTED, str(error))
        except DecodeError as error:
            return _rejected(web_service, HTTPStatus.BAD_REQUEST, str(error))
        except AuthenticationError as error:
            return _rejected(web_service, HTTPStatus.FORBIDDEN, str(error))
        return Answer(HTTPStatus.OK, XML, self.context.sign(response))

    def hub_connected(self, hub: bytes) -> bool:
        """Whether a hub that says hello may stay."""
        with self.store.transaction():
            return hubs.connect(self.context, hub)

    def wan_message(
        self, hub: bytes, message_id: str, device: bytes, message: bytes, now: int
    ) -> None:
        """A message of a device; it may be acknowledged after this. A repetition does nothing."""
        with self.store.transaction():
            if self.store.wan.is_new(hub, message_id, now):
                self._replies.message(hub, device, message, now)

    def wan_acknowledged(self, hub: bytes, identifier: str, refused: str | None, now: int) -> None:
        """A hub has stored a message of ours; `refused` says why it goes no further, if so."""
        with self.store.transaction():
            outgoing = self.store.wan.outgoing(identifier)
            request = None
            if outgoing is not None:
                request = self.store.wan.acknowledge(hub, outgoing, now)
            held = self.store.requests.by_number(request) if refused and request else None
            if held is not None:
                timeouts.undeliverable(self.context, held, refused or "", now)

    def device_joined(self, hub: bytes, device: bytes) -> None:
        """A hub reports that a device of its log is on the HAN."""
        with self.store.transaction():
            self._replies.joined(hub, device)

    def poll(self, now: int) -> int:
        """Gives up what is overdue; how many requests those were."""
        with self.store.transaction():
            return timeouts.give_up_overdue(self.context, now)

    def deliveries(self, now: int, limit: int = 1000) -> list[Delivery]:
        """The documents that are due at users' webhooks."""
        return self.store.deliveries.waiting(now, limit)

    def delivered(self, delivery: int) -> None:
        """A user's webhook has taken a document."""
        with self.store.transaction():
            self.store.deliveries.delivered(delivery)

    def delivery_failed(self, delivery: int, attempts: int, reason: str, now: int) -> None:
        """A user's webhook did not take a document; it is tried again, or given up."""
        settings = self.context.settings
        with self.store.transaction():
            if attempts + 1 >= settings.delivery_attempts:
                log.warning("document %d is a dead letter: %s", delivery, reason)
                self.store.deliveries.give_up(delivery, reason)
            else:
                due = now + settings.retry_after(attempts)
                self.store.deliveries.put_off(delivery, due, reason)

    def _serve(self, web_service: WebService, octets: bytes, now: int) -> Response:
        verified = self._verified(octets, now)
        request = Request.read(verified.root)
        try:
            access.check_party(request, verified.certificate, self.context.directory)
            return self._authentic(web_service, request, verified, now)
        except RefusedError as error:
            log.warning(
                "refused %s service%s: %s: %s",
                request.request_id,
                web_service,
                error.code,
                error,
            )
            return responses.response(request, error.code, now)

    def _verified(self, octets: bytes, now: int) -> Verified:
        root = xml.parse(octets)
        at = now if self.context.settings.check_validity else None
        verified = signature.verify(root, self.context.directory.find, at)
        if self.context.schema is not None:
            self.context.schema.check(verified.root)
        return verified

    def _authentic(
        self, web_service: WebService, request: Request, verified: Verified, now: int
    ) -> Response:
        """A request of the party that it names; its RequestID is used up, whatever comes of it."""
        requests = self.store.requests
        signed = request.command_variant in services.SIGNED_PRE_COMMAND
        if not signed and not requests.is_fresh(request.request_id):
            raise RejectedError(
                HTTPStatus.CONFLICT, "the counter of the RequestID was used or passed before"
            )
        document = xml.serialise(verified.root)
        try:
            with self.store.transaction():
                variant = access.check_service(
                    request, web_service, self.context.directory, self.store
                )
                return self._carry_out(request, variant, document, now)
        except RefusedError:
            if not signed:
                requests.add(request.request_id, document, State.REFUSED, now)
            raise

    def _carry_out(
        self, request: Request, variant: CommandVariant, document: bytes, now: int
    ) -> Response:
        if variant.kind is Kind.NON_DEVICE:
            return self._answer_ourselves(request, document, now)
        if variant.number in services.SIGNED_PRE_COMMAND:
            held = self.store.requests.find(request.request_id)
            return self._commands.signed_pre_command(request, variant, held, now)
        return self._commands.request(request, variant, document, now)

    def _answer_ourselves(self, request: Request, document: bytes, now: int) -> Response:
        function = inventory_requests.find(request.service.variant)
        if function is None:
            raise RejectedError(
                HTTPStatus.NOT_IMPLEMENTED, f"{request.service.variant} is not offered here"
            )
        if request.request_id.target != self.context.broker:
            raise RefusedError(
                ResponseCode.DEVICE_UNKNOWN, "a non-device request is addressed to the DCC"
            )
        content = function(self.store.inventory, request.fields)
        self.store.requests.add(request.request_id, document, State.DONE, now)
        code = ResponseCode.SUCCESS if content else ResponseCode.ACCEPTED
        return responses.response(request, code, now, content)


def _rejected(web_service: WebService, status: HTTPStatus, reason: str) -> Answer:
    log.warning("rejected a document for service%s: %d %s", web_service, status, reason)
    return Answer(status, TEXT, f"{reason}\n".encode())
