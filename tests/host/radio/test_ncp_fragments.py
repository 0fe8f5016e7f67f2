"""Blocks joined in the co-processor, for hosts that cannot."""

from __future__ import annotations

from host.radio.ncp.fragments import MESSAGES, TIMEOUT, Fragments
from host.radio.ncp.values import LONGEST_MESSAGE
from host.radio.stack.events import Delivery, Message
from host.radio.stack.types import ApsFrame, ApsOption


def block(number: int, count: int, payload: bytes, sequence: int = 1, source: int = 5) -> Message:
    group = number or count << 8
    options = ApsOption.FRAGMENT | ApsOption.RETRY
    aps = ApsFrame(0x0109, 0x0704, 1, 1, options, group, sequence)
    return Message(Delivery.UNICAST, source, None, aps, payload, 255, -40)


class TestFragments:
    def test_in_any_order_and_more_than_once(self) -> None:
        fragments = Fragments()
        for number in (2, 0, 2, 0):
            assert not fragments.add(block(number, 3, bytes((number,)) * 10), 0)
        (whole,) = fragments.add(block(1, 3, bytes((1,)) * 10), 1)
        assert whole.payload == bytes(10) + b"\x01" * 10 + b"\x02" * 10
        assert whole.aps.options == ApsOption.RETRY
        assert whole.aps.group == 0

    def test_messages_of_two_devices_are_kept_apart(self) -> None:
        fragments = Fragments()
        fragments.add(block(0, 2, b"one "), 0)
        fragments.add(block(0, 2, b"two ", source=6), 0)
        fragments.add(block(0, 2, b"other ", sequence=2), 0)
        assert fragments.add(block(1, 2, b"end", source=6), 0)[0].payload == b"two end"
        assert fragments.add(block(1, 2, b"end"), 0)[0].payload == b"one end"

    def test_what_one_ezsp_frame_cannot_carry_goes_on_in_blocks(self) -> None:
        fragments = Fragments()
        half = bytes(LONGEST_MESSAGE // 2 + 1)
        first, second = block(0, 2, half), block(1, 2, half)
        fragments.add(first, 0)
        assert list(fragments.add(second, 0)) == [first, second]

    def test_what_stays_incomplete_is_forgotten(self) -> None:
        fragments = Fragments()
        fragments.add(block(0, 2, b"old"), 0)
        assert not fragments.add(block(1, 2, b"new"), TIMEOUT + 1)

    def test_there_is_an_end_to_messages_begun(self) -> None:
        fragments = Fragments()
        for source in range(MESSAGES + 1):
            fragments.add(block(0, 2, b"a", source=source), 0)
        assert fragments.add(block(1, 2, b"b", source=0), 0)
        assert not fragments.add(block(1, 2, b"b", source=MESSAGES), 0)
