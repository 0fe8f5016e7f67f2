"""Blocks of a message are joined in any order; what cannot be a message is given up."""

import unittest

from smets.zigbee.driver import SMART_ENERGY, Datagram
from smets.zigbee.fragments import LONGEST, MOST_BLOCKS, Assembler, cut

ROOM = 61  # octets of a block that is protected with a link key
MESSAGE = bytes(range(250))
OTHER = bytes(len(MESSAGE))
CREDENTIALS = bytes([number & 0xFF for number in range(1867 + 5)])


def blocks(message, counter=1, peer=0, room=ROOM):
    pieces = [message[at : at + room] for at in range(0, len(message), room)]
    return [
        Datagram(
            peer,
            SMART_ENERGY,
            0x0704,
            1,
            1,
            piece,
            counter=counter,
            block=number,
            blocks=0 if number else len(pieces),
        )
        for number, piece in enumerate(pieces)
    ]


class Joining(unittest.TestCase):
    def setUp(self):
        self.assembler = Assembler()

    def add(self, sent, order=None):
        """What comes of each block."""
        found = []
        for number in order or range(len(sent)):
            whole = self.assembler.add(sent[number])
            found.append(None if whole is None else bytes(whole))
        return found

    def test_in_order(self):
        self.assertEqual(self.add(blocks(MESSAGE)), [None] * 4 + [MESSAGE])

    def test_in_every_turn_of_the_order(self):
        for first in range(5):
            for step in (1, 2, 3, 4):
                order = [(first + step * number) % 5 for number in range(5)]
                found = self.add(blocks(MESSAGE, counter=first * 5 + step), order)
                self.assertEqual(found, [None] * 4 + [MESSAGE])

    def test_repeated_blocks_count_once(self):
        order = [0, 0, 2, 2, 1, 0, 3, 3, 1, 4]
        self.assertEqual(self.add(blocks(MESSAGE), order), [None] * 9 + [MESSAGE])

    def test_credentials_with_the_longest_path(self):
        sent = blocks(CREDENTIALS)
        self.assertEqual(len(sent), 31)
        self.assertEqual(self.add(sent)[-1], CREDENTIALS)
        self.assertEqual(self.add(blocks(CREDENTIALS, 2), range(30, -1, -1))[-1], CREDENTIALS)

    def test_blocks_are_cut_as_they_are_joined(self):
        sent = blocks(CREDENTIALS)
        self.assertEqual(cut(CREDENTIALS, 82, True), [each.payload for each in sent])

    def test_another_message_takes_the_place(self):
        first, second = blocks(MESSAGE, 1), blocks(OTHER, 2)
        self.assertEqual(self.add(first, range(4)), [None] * 4)
        self.assertEqual(self.add(second)[-1], OTHER)
        self.assertEqual(self.assembler.given_up, 1)
        self.assertIsNone(self.assembler.add(first[4]))

    def test_the_counter_of_another_device_is_another_message(self):
        self.add(blocks(MESSAGE, 1), range(4))
        self.assertIsNone(self.assembler.add(blocks(MESSAGE, 1, peer=7)[4]))

    def test_a_message_is_as_long_as_the_buffer_at_most(self):
        self.assertEqual(len(self.add(blocks(bytes(LONGEST)))[-1]), LONGEST)
        self.assertIsNone(self.add(blocks(bytes(LONGEST + 1), 2))[-1])
        ahead = blocks(bytes(LONGEST + 1), 3)
        self.assertIsNone(self.add(ahead, range(len(ahead) - 1, -1, -1))[-1])
        self.assertGreaterEqual(self.assembler.given_up, 2)

    def test_so_many_blocks_at_most(self):
        self.assertEqual(len(self.add(blocks(bytes(MOST_BLOCKS), room=1))[-1]), MOST_BLOCKS)
        found = self.add(blocks(bytes(MOST_BLOCKS + 1), 2, room=1))
        self.assertEqual(found, [None] * (MOST_BLOCKS + 1))

    def test_a_block_beyond_the_last(self):
        sent = blocks(MESSAGE)
        sent[0].blocks = 4
        self.assertEqual(self.add(sent, [4, 0, 1, 2]), [None] * 4)
        self.assertEqual(self.assembler.given_up, 1)
        self.assertEqual(self.add(blocks(MESSAGE, 2))[-1], MESSAGE)


if __name__ == "__main__":
    unittest.main()
