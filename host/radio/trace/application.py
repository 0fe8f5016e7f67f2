"""The application support layer of a frame (Zigbee 2.2.5, 4.4): security, commands, blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from host.radio.trace import messages, names
from host.radio.trace.addresses import Addresses
from host.radio.trace.blocks import Blocks
from host.radio.trace.keys import KeyRing
from host.radio.trace.layer import Dissection, Layer, listed
from smets.zigbee import aps, security, zdo
from smets.zigbee.aps import ApsFrame


@dataclass(frozen=True)
class Hop:
    """Where an APS frame is on its way; the addresses are those of the network layer."""

    pan: int
    source: int
    destination: int
    result: Dissection


class Application:
    """APS frames of all PANs, with the blocks that wait for their others."""

    def __init__(self, keys: KeyRing, addresses: Addresses) -> None:
        self._keys = keys
        self._addresses = addresses
        self._blocks = Blocks()

    def layers(self, octets: bytes, hop: Hop) -> Iterator[Layer]:
        """APS and what is in it."""
        frame = ApsFrame.decode(octets)
        fields: dict[str, Any] = {"kind": names.APS_KINDS[frame.kind], "counter": frame.counter}
        if frame.cluster is not None and frame.profile is not None:
            fields |= {
                "source_endpoint": frame.source_endpoint,
                "destination_endpoint": frame.destination_endpoint,
                "group": frame.group,
                "profile": frame.profile,
                "cluster": frame.cluster,
            }
        if frame.block is not None:
            fields["block"] = frame.block.number
        payload = frame.payload
        if frame.secured:
            payload, opened = self._opened(frame, hop)
            fields |= opened
        if frame.kind == aps.COMMAND:
            yield from self._command(payload, fields, hop)
            return
        fields["ack_request"] = frame.ack_request
        yield Layer("APS", _summary(frame, fields), fields)
        if frame.kind == aps.DATA:
            yield from self._data(frame, payload, hop)

    def _opened(self, frame: ApsFrame, hop: Hop) -> tuple[bytes, dict[str, Any]]:
        auxiliary, sealed = security.split(frame.payload)
        source = self._addresses.source(hop.pan, hop.source, auxiliary.source)
        payload, key = self._keys.open(frame.header(), auxiliary, sealed, source)
        return payload, {
            "key": key,
            "key_identifier": names.APS_KEYS[auxiliary.key_identifier],
            "frame_counter": auxiliary.frame_counter,
            "secured_by": source,
        }

    def _command(self, payload: bytes, fields: dict[str, Any], hop: Hop) -> Iterator[Layer]:
        identifier, values = aps.read_command(payload)
        if identifier == aps.TRANSPORT_KEY:
            what, told = names.TRANSPORT_KEY[values[0]]
            command = f"transport key: {what}"
        else:
            command, told = names.APS_COMMANDS[identifier]
        more = dict(zip(told, values, strict=False))
        nested = more.pop("frame", None)
        key = more.pop("key", None)
        if key is not None:
            self._keys.learn(key, f"{what} of frame {hop.result.captured.number}")
        hop.result.devices |= {each for each in values if _is_eui64(each)}
        secured = f", {fields['key_identifier']} ({fields['key']})" if "key" in fields else ""
        summary = f"{command}{secured}, counter {fields['counter']}, {listed(more)}"
        yield Layer("APS", summary, fields | {"command": command} | more)
        if nested is not None:
            yield from self.layers(nested, hop)

    def _data(self, frame: ApsFrame, payload: bytes, hop: Hop) -> Iterator[Layer]:
        assert frame.cluster is not None
        if frame.block is not None:
            place = (hop.pan, hop.source, hop.destination, frame.counter)
            whole = self._blocks.add(place, frame.block, payload)
            if whole is None:
                waiting = self._blocks.describe(place)
                yield Layer("BLOCK", waiting, {"octets": len(payload)})
                return
            payload = whole
        if frame.profile == zdo.PROFILE:
            yield messages.zdo_layer(frame.cluster, payload, hop.pan, self._addresses)
        else:
            yield from messages.zcl_layers(frame.cluster, payload)


def _summary(frame: ApsFrame, fields: dict[str, Any]) -> str:
    parts = [fields["kind"]]
    if frame.cluster is not None and frame.profile is not None:
        target = frame.destination_endpoint if frame.group is None else f"group {frame.group:04x}"
        parts[0] += f" endpoint {frame.source_endpoint} → {target}"
        parts.append(messages.topic(frame.profile, frame.cluster))
    parts.append(f"counter {frame.counter}")
    if "key" in fields:
        parts.append(f"{fields['key_identifier']} ({fields['key']})")
    if frame.block is not None:
        first = frame.block.fragment == aps.FIRST_FRAGMENT and frame.block.received is None
        number = frame.block.number
        parts.append(f"first of {number} blocks" if first else f"block {number}")
    return ", ".join(parts)


def _is_eui64(value: Any) -> bool:
    return isinstance(value, bytes) and len(value) == 8
