"""Messages from devices: responses find their request, alerts their user."""

from __future__ import annotations

import logging
from dataclasses import replace

from dcc_stub.broker import alerts, effects, responses
from dcc_stub.broker.context import Context
from dcc_stub.broker.effects import Effect
from dcc_stub.duis import xml
from dcc_stub.duis.identifiers import write_eui
from dcc_stub.duis.request import Request
from dcc_stub.inventory.device import Device
from dcc_stub.inventory.status import Status
from dcc_stub.store.requests import State
from dcc_stub.transform import outcome
from smets.codec.errors import AuthenticationError, DecodeError
from smets.gbcs import grouping, protection
from smets.gbcs.message import SIGNATURE_LENGTH, Message

log = logging.getLogger("dcc_stub.broker")


class Replies:
    """Takes what hubs bring. Nothing of it is believed before it is checked."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store

    def message(self, hub: bytes, device_eui: bytes, octets: bytes, now: int) -> None:
        """A message that a hub has brought for the first time."""
        try:
            device = self._device(hub, device_eui)
            message = Message.decode(octets)
            self._check(device, message)
        except (DecodeError, AuthenticationError) as error:
            log.warning("dropped a message of %s: %s", write_eui(device_eui), error)
            return
        if device.status is Status.WHITELISTED:
            device = replace(device, status=Status.INSTALLED_NOT_COMMISSIONED)
            self._store.inventory.put(device)
        if message.header.cra_flag == grouping.RESPONSE:
            self._response(message, octets, now)
        else:
            self._alert(device, message, octets, now)

    def joined(self, hub: bytes, device_eui: bytes) -> None:
        """The hub says that a device it was told to let in is there."""
        device = self._store.inventory.find(device_eui)
        if device and device.hub == hub and device.status is Status.WHITELISTED:
            self._store.inventory.put(replace(device, status=Status.INSTALLED_NOT_COMMISSIONED))

    def _device(self, hub: bytes, eui: bytes) -> Device:
        device = self._store.inventory.find(eui)
        if device is None or device.reached_through != hub:
            raise AuthenticationError(f"the inventory has no such device at hub {write_eui(hub)}")
        return device

    def _check(self, device: Device, message: Message) -> None:
        """What the broker can check: a signature always, a MAC when it is meant for the broker."""
        header = message.header
        context = self._context
        if header.originator != device.eui or header.cra_flag == grouping.COMMAND:
            raise AuthenticationError("not a response or alert of this device")
        if message.signature is not None and len(message.signature) == SIGNATURE_LENGTH:
            public_key = context.directory.public_key(device.eui, "ds")
            if public_key is None:
                raise AuthenticationError("the device's digital signing certificate is not known")
            protection.check_signature(context.suite, public_key, message)
        elif message.mac is None:
            raise AuthenticationError("it carries neither a signature nor a MAC")
        if message.mac is not None and header.recipient == context.broker:
            secret = context.shared_secret(device.eui)
            if secret is None:
                raise AuthenticationError("the device's key agreement certificate is not known")
            protection.check_mac(context.suite, secret, message)

    def _response(self, message: Message, octets: bytes, now: int) -> None:
        header = message.header
        held = self._store.requests.commanded(
            header.originator, header.recipient, header.originator_counter, header.message_code
        )
        if held is None or held.state is not State.SENT:
            log.warning(
                "dropped a response of %s: no request waits for %04X with counter %d",
                write_eui(header.originator),
                header.message_code,
                header.originator_counter,
            )
            return
        request = Request.read(xml.parse(held.document))
        self._store.requests.set_state(held.id, State.DONE)
        self._store.wan.withdraw(held.id)
        effects.apply(Effect(self._store.inventory, request, message, now))
        response = responses.service_response(request, now, {"GBCSPayload": octets})
        self._context.deliver(request.request_id.originator, response, now)

    def _alert(self, device: Device, message: Message, octets: bytes, now: int) -> None:
        header = message.header
        if not self._store.wan.is_new_alert(header.originator, header.originator_counter):
            return
        if self._future_dated(message, octets, now):
            return
        alerts.keep_device_log(self._context, message)
        users = alerts.receivers(self._context, device, message)
        if not users:
            log.info("an alert of %s stays with the DCC", write_eui(header.originator))
            return
        try:
            code = outcome.alert_code(message)
        except DecodeError as error:
            log.warning("dropped an alert of %s: %s", write_eui(header.originator), error)
            return
        for user in users:
            alert = responses.device_alert(
                user, header.originator, header.originator_counter, code, octets, now
            )
            self._context.deliver(user, alert, now)

    def _future_dated(self, message: Message, octets: bytes, now: int) -> bool:
        """Whether the alert tells of a future dated command, and so was delivered as such."""
        try:
            told = outcome.future_dated(message)
        except DecodeError as error:
            log.warning("a future dated outcome cannot be read: %s", error)
            return False
        if told is None:
            return False
        header = message.header
        held = self._store.requests.commanded(
            header.originator, header.recipient, told.originator_counter, told.message_code
        )
        if held is None:
            return False
        request = Request.read(xml.parse(held.document))
        effects.apply(Effect(self._store.inventory, request, message, now))
        number = self._store.requests.next_instruction(held.id, header.originator_counter)
        content = {
            "FutureDatedAlertCode": f"{told.alert_code:04X}",
            "GBCSPayload": octets,
            "InstructionNumber": number,
            "TotalCommandInstructions": max(number, told.instructions),
        }
        response = responses.service_response(
            request, now, {"FutureDatedDeviceAlertMessage": content}
        )
        self._context.deliver(request.request_id.originator, response, now)
        return True
