"""Requests to devices: transform, sign, send."""

from __future__ import annotations

import logging
from http import HTTPStatus

from dcc_stub.broker import responses
from dcc_stub.broker.access import Access, check_device
from dcc_stub.broker.context import Context
from dcc_stub.broker.errors import RefusedError, RejectedError
from dcc_stub.broker.users import cell_of
from dcc_stub.duis import services, xml
from dcc_stub.duis.request import Request
from dcc_stub.duis.response import Response
from dcc_stub.duis.response_codes import ResponseCode
from dcc_stub.duis.services import CommandVariant, FutureDating
from dcc_stub.store.requests import Held, State
from dcc_stub.transform import command
from dcc_stub.transform.asked import Asked, OtherDevice
from dcc_stub.transform.command import Address
from dcc_stub.transform.errors import NotKnownError
from dcc_stub.transform.rows import Sender
from smets.codec.errors import AuthenticationError
from smets.gbcs import protection, roles
from smets.gbcs.message import Message

log = logging.getLogger("dcc_stub.broker")

_BY_DSP = (FutureDating.DSP, FutureDating.BOTH)


class Commands:
    """Turns requests into commands and puts these on their way."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store

    def request(
        self, request: Request, variant: CommandVariant, document: bytes, now: int
    ) -> Response:
        """A request that carries its parameters: to be transformed, or sent at once."""
        access = check_device(request, variant, self._context.directory, self._store)
        message = self._message(request, access, now)
        held = self._store.requests.add(request.request_id, document, State.DONE, now)
        if variant.number == services.TRANSFORM:
            pre_command = message.encode()
            self._store.requests.transformed(held, message.header.message_code, pre_command)
            content = {
                "GBCSVersion": str(access.device.gbcs_version),
                "GBCSPayload": pre_command,
            }
            return responses.response(request, ResponseCode.SUCCESS, now, {"PreCommand": content})
        if access.row.signed:
            self._context.sign_message(message)
        return self._protect_and_send(request, access, message, held, now)

    def signed_pre_command(
        self, request: Request, variant: CommandVariant, held: Held | None, now: int
    ) -> Response:
        """A pre-command that comes back signed by the user, under the same RequestID."""
        if held is None or held.state is not State.TRANSFORMED or held.pre_command is None:
            raise RejectedError(
                HTTPStatus.CONFLICT,
                "no transformed request with this RequestID awaits a signature",
            )
        original = Request.read(xml.parse(held.document))
        if request.service != original.service:
            raise RejectedError(HTTPStatus.CONFLICT, "another service reference was transformed")
        asked = request.fields.get("ExecutionDateTime", original.fields.get("ExecutionDateTime"))
        if asked != original.fields.get("ExecutionDateTime"):
            raise RejectedError(HTTPStatus.CONFLICT, "another ExecutionDateTime was transformed")
        message = Message.decode(request.fields["GBCSPayload"])
        if message.mac is not None:
            raise RejectedError(HTTPStatus.CONFLICT, "a pre-command carries no MAC")
        if message.to_be_signed() != Message.decode(held.pre_command).to_be_signed():
            raise RejectedError(
                HTTPStatus.CONFLICT, "this is not the pre-command of the transform"
            )
        self._check_signature(message)
        access = check_device(original, variant, self._context.directory, self._store)
        return self._protect_and_send(original, access, message, held.id, now)

    def _check_signature(self, message: Message) -> None:
        public_key = self._context.directory.public_key(message.header.originator, "ds")
        if public_key is None:
            raise RejectedError(
                HTTPStatus.FORBIDDEN, "the originator's digital signing certificate is not known"
            )
        try:
            protection.check_signature(self._context.suite, public_key, message)
        except AuthenticationError as error:
            raise RejectedError(HTTPStatus.FORBIDDEN, f"pre-command: {error}") from error

    def _message(self, request: Request, access: Access, now: int) -> Message:
        asked = self._asked(request, access)
        address = self._address(request, access, now)
        try:
            return command.build(request, asked, access.device, access.row, address, now)
        except NotKnownError as error:
            raise RejectedError(HTTPStatus.CONFLICT, str(error)) from error

    def _asked(self, request: Request, access: Access) -> Asked:
        """The request's fields, and what the DCC knows of the other device that they name."""
        device = access.other
        if device is None:
            return Asked(request.fields)
        certificate = self._context.directory.certificate(device.eui, "ka")
        other = OtherDevice(device, certificate.encoded if certificate else b"")
        backup = self._store.inventory.device_log(device.eui) or b""
        return Asked(request.fields, other, backup)

    def _address(self, request: Request, access: Access, now: int) -> Address:
        """Whose message it is: the user's where the device knows the user (GBCS 4.3.2)."""
        context = self._context
        user, _, counter = request.request_id
        case = command.use_case(access.row)
        if access.row.sender is Sender.BROKER:
            return Address(context.broker, self._broker_counter(now))
        cell = cell_of(access.role, access.device.type)
        if cell is not None and case.may_come_from(cell):
            holder = self._store.inventory.holder(access.device.eui, cell)
            if holder in (None, user):
                return Address(user, counter)
        if not case.may_come_from(roles.ACCESS_CONTROL_BROKER):
            raise RefusedError(
                ResponseCode.NOT_AUTHORISED_FOR_DEVICE,
                "the device does not hold the user's certificates, which this command needs",
            )
        certificate = context.directory.certificate(user, "ka")
        return Address(
            context.broker,
            self._broker_counter(now),
            user,
            counter,
            certificate.encoded if certificate else b"",
        )

    def _broker_counter(self, now: int) -> int:
        return self._store.requests.next_broker_counter(self._context.broker, now)

    def _protect_and_send(
        self, request: Request, access: Access, message: Message, held: int, now: int
    ) -> Response:
        """Adds the MAC; the command goes out, or is returned for local delivery."""
        context = self._context
        device = access.device
        secret = context.shared_secret(device.eui)
        if secret is None:
            raise RefusedError(
                ResponseCode.DEVICE_UNKNOWN, "the device's key agreement certificate is not known"
            )
        message.mac = protection.message_mac(context.suite, secret, message)
        octets = message.encode()
        requests = self._store.requests
        if access.variant.returns_command:
            requests.set_state(held, State.DONE)
            content = {"LocalCommand": {"GBCSPayload": octets}}
            return responses.response(request, ResponseCode.SUCCESS, now, content)
        if context.anomaly(request, now):
            return self._quarantine(request, held, now)
        hub = device.reached_through
        if hub is None:
            raise RefusedError(
                ResponseCode.CANNOT_COMMUNICATE, "no communications hub is known for the device"
            )
        due = self._due(request, now)
        header = message.header
        deadline = due + context.settings.respond_within(device.type)
        requests.sent(
            held,
            header.message_code,
            header.originator,
            header.originator_counter,
            due,
            deadline,
        )
        self._store.wan.put(hub, device.eui, octets, held, due)
        return responses.response(request, ResponseCode.ACCEPTED, now)

    def _due(self, request: Request, now: int) -> int:
        """When the DCC lets the command go: at once, unless it is the one that has to wait."""
        execution = request.fields.get("ExecutionDateTime")
        if execution is None or request.service.future_dating not in _BY_DSP:
            return now
        return max(now, int(execution))

    def _quarantine(self, request: Request, held: int, now: int) -> Response:
        log.warning("quarantined %s: unusual for its user", request.request_id)
        self._store.requests.set_state(held, State.QUARANTINED)
        alert = responses.quarantined(request, held, now)
        self._context.deliver(request.request_id.originator, alert, now)
        return responses.response(request, ResponseCode.ACCEPTED, now)
