"""Messages in blocks of many senders at once."""

from host.radio.stack.reassembly import MESSAGES, Reassembly
from host.radio.stack.types import Limits
from smets.zigbee import aps

FIRST = aps.Block(aps.FIRST_FRAGMENT, 2)  # of two blocks
SECOND = aps.Block(aps.NEXT_FRAGMENT, 1)


def test_a_sender_that_finishes_nothing_leaves_room_for_others():
    reassembly = Reassembly(Limits())
    for counter in range(2 * MESSAGES):
        reassembly.add(0x1111, counter, FIRST, b"never ", 0.0)
    for source in (0x2222, 0x3333):
        reassembly.add(source, 1, FIRST, b"to ", 1.0)
    for source in (0x2222, 0x3333):
        assert reassembly.add(source, 1, SECOND, b"the end", 2.0)[1] == b"to the end"


def test_a_sender_may_have_two_messages_under_way():
    reassembly = Reassembly(Limits())
    for counter in (1, 2):
        reassembly.add(0x1111, counter, FIRST, bytes((counter,)), 0.0)
    for counter in (1, 2):
        whole = reassembly.add(0x1111, counter, SECOND, b".", 0.0)[1]
        assert whole == bytes((counter,)) + b"."
    assert reassembly.failed == 0
