"""The lower layers of a frame: MAC (IEEE 802.15.4) and network (Zigbee 3.3, 3.4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from host.radio.trace import names
from host.radio.trace.addresses import Addresses
from host.radio.trace.application import Application, Hop
from host.radio.trace.captured import Captured
from host.radio.trace.keys import KeyRing
from host.radio.trace.layer import Dissection, Layer, listed
from smets.codec.errors import DecodeError, SmetsError
from smets.zigbee import mac, nwk, security
from smets.zigbee.mac import Beacon, MacFrame
from smets.zigbee.nwk import NwkFrame

if TYPE_CHECKING:
    from smets.zigbee.mac import Address
    from smets.zigbee.suite import ZigbeeSuite


class Dissector:
    """Takes frames apart in the order of the capture: addresses, keys and blocks carry over."""

    def __init__(self, suite: ZigbeeSuite, keys: dict[bytes, str]) -> None:
        self.addresses = Addresses()
        self._keys = KeyRing(suite, keys)
        self._application = Application(self._keys, self.addresses)

    def dissect(self, captured: Captured) -> Dissection:
        """All layers that its keys open; a layer that cannot be read is the frame's fault."""
        result = Dissection(captured)
        try:
            for layer in self._mac(captured, result):
                result.layers.append(layer)
        except SmetsError as error:
            result.fault = str(error)
        return result

    def _mac(self, captured: Captured, result: Dissection) -> Iterator[Layer]:
        octets = mac.without_fcs(captured.frame) if captured.with_fcs else captured.frame
        if len(octets) + mac.FCS_LENGTH > mac.LONGEST:
            raise DecodeError(f"{len(octets)} octets are no frame of 802.15.4 at 2.4 GHz")
        frame = MacFrame.decode(octets)
        pan = frame.destination_pan if frame.source_pan is None else frame.source_pan
        fields: dict[str, Any] = {"kind": names.MAC_KINDS[frame.kind], "sequence": frame.sequence}
        for name, address in (("source", frame.source), ("destination", frame.destination)):
            if address is not None:
                fields[name] = shown(address)
                result.devices.add(address if isinstance(address, bytes) else (pan or 0, address))
        fields |= {} if pan is None else {"pan": f"{pan:04x}"}
        summary = f"{fields['kind']} {frame.sequence}{_way(fields)}"
        if frame.kind == mac.COMMAND:
            command, more = self._mac_command(frame, pan or 0)
            yield Layer("MAC", f"{command}{_way(fields)} {listed(more)}".strip(), fields | more)
            return
        yield Layer("MAC", summary, fields | {"ack_request": frame.ack_request})
        if frame.kind == mac.BEACON:
            yield _beacon(Beacon.decode(frame.payload))
        elif frame.kind == mac.DATA:
            yield from self._nwk(frame, pan or 0, result)

    def _mac_command(self, frame: MacFrame, pan: int) -> tuple[str, dict[str, Any]]:
        identifier, values = frame.command()
        command, fields = names.MAC_COMMANDS[identifier]
        told: dict[str, Any] = dict(zip(fields, values, strict=True))
        if identifier == mac.ASSOCIATION_RESPONSE:
            if told["status"] == mac.ASSOCIATED and isinstance(frame.destination, bytes):
                self.addresses.learn(pan, told["short_address"], frame.destination)
            told["short_address"] = shown(told["short_address"])
        return command, told

    def _nwk(self, outer: MacFrame, pan: int, result: Dissection) -> Iterator[Layer]:
        frame = NwkFrame.decode(outer.payload)
        result.devices |= {(pan, frame.source), (pan, frame.destination)}
        if frame.source_eui64 is not None:
            self.addresses.learn(pan, frame.source, frame.source_eui64)
        if frame.destination_eui64 is not None:
            self.addresses.learn(pan, frame.destination, frame.destination_eui64)
        fields: dict[str, Any] = {
            "kind": "command" if frame.kind == nwk.COMMAND else "data",
            "source": shown(frame.source),
            "destination": shown(frame.destination),
            "sequence": frame.sequence,
            "radius": frame.radius,
        }
        payload, secured = frame.payload, ""
        if frame.secured:
            payload, opened = self._opened(frame, outer, pan)
            fields |= opened
            secured = f", {opened['key']}, counter {opened['frame_counter']}"
        way = f"{_way(fields)}, sequence {frame.sequence}{secured}"
        if frame.kind == nwk.DATA:
            yield Layer("NWK", f"data{way}", fields)
            hop = Hop(pan, frame.source, frame.destination, result)
            yield from self._application.layers(payload, hop)
            return
        identifier, values = nwk.read_command(payload)
        command, told = names.NWK_COMMANDS[identifier]
        # The addresses that options announce come last, in either's place.
        more = {name: shown_field(name, value) for name, value in zip(told, values, strict=False)}
        yield Layer("NWK", f"{command}{way}, {listed(more)}", fields | {"command": command} | more)

    def _opened(self, frame: NwkFrame, outer: MacFrame, pan: int) -> tuple[bytes, dict[str, Any]]:
        """NWK security is of the hop: its source is who sent the MAC frame."""
        auxiliary, sealed = security.split(frame.payload)
        told = auxiliary.source or (outer.source if isinstance(outer.source, bytes) else None)
        short = outer.source if isinstance(outer.source, int) else frame.source
        source = self.addresses.source(pan, short, told)
        payload, key = self._keys.open(frame.header(), auxiliary, sealed, source)
        # What a wrong MIC says of addresses is not believed.
        self.addresses.learn(pan, short, source)
        return payload, {
            "key": key,
            "key_sequence": auxiliary.key_sequence,
            "frame_counter": auxiliary.frame_counter,
            "secured_by": source,
        }


def _beacon(beacon: Beacon) -> Layer:
    fields = {
        "extended_pan_id": beacon.extended_pan_id,
        "permit_joining": beacon.permit_joining,
        "coordinator": beacon.coordinator,
        "router_capacity": beacon.router_capacity,
        "end_device_capacity": beacon.end_device_capacity,
        "depth": beacon.depth,
        "update_id": beacon.update_id,
    }
    joining = "open to joiners" if beacon.permit_joining else "closed to joiners"
    return Layer("BEACON", f"network {beacon.extended_pan_id.hex()}, {joining}", fields)


def shown(address: Address) -> str:
    """An address as people write it."""
    return f"{address:04x}" if isinstance(address, int) else (address or b"").hex()


def shown_field(name: str, value: Any) -> Any:
    """The value of a field; addresses as people write them."""
    return shown(value) if name in ADDRESSES and isinstance(value, int) else value


ADDRESSES = ("destination_address", "originator", "responder", "short_address")


def _way(fields: dict[str, Any]) -> str:
    source, destination = fields.get("source"), fields.get("destination")
    if source is None:
        return "" if destination is None else f" to {destination}"
    return f" {source} → {destination}" if destination is not None else f" from {source}"
