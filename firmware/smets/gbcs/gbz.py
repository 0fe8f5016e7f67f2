"""GBZ: Zigbee Smart Energy commands and responses as GBCS carries them (GBCS 7.2.10)."""

from __future__ import annotations

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader

PROFILE_SMART_ENERGY = b"\x01\x09"

LAST = 0x01
ENCRYPTED = 0x02
FROM_DATE_TIME = 0x10
_KNOWN_CONTROL = LAST | ENCRYPTED | FROM_DATE_TIME


class Component:
    """One ZCL command: its header in the clear, and its payload, clear or as ciphered information.

    `frame_counter` (None unless encrypted) numbers the encrypted parts; `from_date_time` (None
    unless given) is in seconds since 2000.
    """

    def __init__(
        self,
        cluster: int,
        zcl_header: bytes,
        payload: bytes,
        frame_counter: int | None = None,
        from_date_time: int | None = None,
    ) -> None:
        self.cluster = cluster
        self.zcl_header = zcl_header
        self.payload = payload
        self.frame_counter = frame_counter
        self.from_date_time = from_date_time

    @staticmethod
    def read(reader: Reader, last: bool) -> Component:
        control = reader.octet()
        if control & ~_KNOWN_CONTROL:
            raise DecodeError(f"unknown GBZ control {control:02x}")
        if bool(control & LAST) != last:
            raise DecodeError("the last GBZ component, and only that, is marked so")
        cluster = reader.unsigned(2)
        body = reader.sub(reader.unsigned(2))
        frame_counter = None
        if control & ENCRYPTED:
            body.expect(b"\x00", "additional header control")
            frame_counter = body.octet()
        from_date_time = body.unsigned(4) if control & FROM_DATE_TIME else None
        zcl_header = body.take(3)
        if control & ENCRYPTED:
            payload = body.take(body.unsigned(2))
            body.finish()
        else:
            payload = body.take(body.remaining())
        return Component(cluster, zcl_header, payload, frame_counter, from_date_time)

    def write(self, out: bytearray, last: bool) -> None:
        control = LAST if last else 0
        body = bytearray()
        if self.frame_counter is not None:
            control |= ENCRYPTED
            body.append(0)
            body.append(self.frame_counter)
        if self.from_date_time is not None:
            control |= FROM_DATE_TIME
            body.extend(self.from_date_time.to_bytes(4, "big"))
        body.extend(self.zcl_header)
        if self.frame_counter is not None:
            body.extend(len(self.payload).to_bytes(2, "big"))
        body.extend(self.payload)
        out.append(control)
        out.extend(self.cluster.to_bytes(2, "big"))
        out.extend(len(body).to_bytes(2, "big"))
        out.extend(body)


def read_components(reader: Reader, count: int) -> tuple[Component, ...]:
    """`count` components, the last of them marked so."""
    return tuple([Component.read(reader, index == count - 1) for index in range(count)])


def write_components(out: bytearray, components: tuple[Component, ...]) -> None:
    """Appends components and marks the last."""
    for index, component in enumerate(components):
        component.write(out, index == len(components) - 1)


class Gbz:
    """The payload of a command or response."""

    def __init__(self, components: tuple[Component, ...]) -> None:
        self.components = components

    @staticmethod
    def decode(octets: bytes) -> Gbz:
        reader = Reader(octets)
        reader.expect(PROFILE_SMART_ENERGY, "profile of a GBZ payload")
        components = read_components(reader, reader.octet())
        reader.finish()
        return Gbz(components)

    def encode(self) -> bytes:
        out = bytearray(PROFILE_SMART_ENERGY)
        out.append(len(self.components))
        write_components(out, self.components)
        return bytes(out)


class GbzAlert:
    """The payload of an alert: code, time in seconds since 2000, and content of the use case.

    `components` are those of GCS53; other alerts keep what follows in `content`.
    """

    def __init__(
        self,
        count: int,
        alert_code: int,
        time: int,
        content: bytes,
        components: tuple[Component, ...],
    ) -> None:
        self.count = count
        self.alert_code = alert_code
        self.time = time
        self.content = content
        self.components = components

    @staticmethod
    def decode(octets: bytes, with_components: bool) -> GbzAlert:
        """`with_components`: the use case carries ZCL commands (GCS53), not plain content."""
        reader = Reader(octets)
        reader.expect(PROFILE_SMART_ENERGY, "profile of a GBZ payload")
        count = reader.octet()
        alert_code, time = reader.unsigned(2), reader.unsigned(4)
        components: tuple[Component, ...] = ()
        content = b""
        if with_components:
            components = read_components(reader, count)
        else:
            content = reader.take(reader.remaining())
        reader.finish()
        return GbzAlert(count, alert_code, time, content, components)

    def encode(self) -> bytes:
        out = bytearray(PROFILE_SMART_ENERGY)
        out.append(self.count)
        out.extend(self.alert_code.to_bytes(2, "big"))
        out.extend(self.time.to_bytes(4, "big"))
        out.extend(self.content)
        write_components(out, self.components)
        return bytes(out)
