"""What comes from outside: WAN frames and the boards' octets, well-formed and otherwise."""

import json
import random

import pytest

from host.hub import wan_frames
from host.hub.device_log import Entry, Status
from host.hub.han_session import (
    Asked,
    HanSession,
    Identified,
    Received,
    Reported,
    Stored,
)
from host.hub.wan_frames import Ack, Message, WanFrameError
from smets.codec.frame import frame

METER = "00db1234567890a0"
MUTATIONS = 100_000


class TestWanFrames:
    def test_what_the_hub_says(self):
        entries = [Entry(METER, 1, Status.JOINED), Entry("00db1234567890a1", 99, Status.LISTED)]
        said = [
            wan_frames.hello("00db1234567890a2"),
            wan_frames.message("7-1", METER, b"\xdd\x00"),
            wan_frames.ack("8", None),
            wan_frames.ack("9", "not in the device log"),
            wan_frames.status(entries),
        ]
        assert [json.loads(text) for text in said] == [
            {"type": "hello", "hub": "00db1234567890a2", "version": 1},
            {"type": "message", "id": "7-1", "device": METER, "message": "dd00"},
            {"type": "ack", "id": "8"},
            {"type": "ack", "id": "9", "refused": "not in the device log"},
            {
                "type": "status",
                "devices": [
                    {"device": METER, "type": "ESME", "status": "joined"},
                    {"device": "00db1234567890a1", "type": "99", "status": "listed"},
                ],
            },
        ]

    def test_what_the_dcc_says(self):
        assert wan_frames.parse(wan_frames.message("1", METER, b"\x01")) == Message(
            "1", METER, b"\x01"
        )
        assert wan_frames.parse('{"type":"ack","id":"x"}') == Ack("x")
        assert wan_frames.parse('{"type":"news of a later version"}') is None

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "[]",
            "[" * 100_000,
            '{"type":"ack"}',
            '{"type":"ack","id":7}',
            '{"type":"ack","id":""}',
            '{"type":"ack","id":"' + "x" * 201 + '"}',
            '{"type":"message","id":"1","device":"00","message":"00"}',
            '{"type":"message","id":"1","device":"00db1234567890a0","message":"0"}',
            '{"type":"message","id":"1","device":"00db1234567890a0"}',
            '{"type":"message","id":"1","device":null,"message":"00"}',
        ],
    )
    def test_what_is_no_frame_is_told_apart(self, text):
        with pytest.raises(WanFrameError):
            wan_frames.parse(text)

    def test_mutations_do_no_harm(self):
        chance = random.Random(7)
        seeds = [wan_frames.message("1-2", METER, bytes(40)), wan_frames.ack("77", None)]
        understood = 0
        for _ in range(MUTATIONS):
            text = list(chance.choice(seeds))
            for _ in range(chance.randrange(1, 4)):
                place = chance.randrange(len(text))
                text[place : place + chance.randrange(2)] = chance.choice('"{}:,0a\\\x00é[')
            try:
                found = wan_frames.parse("".join(text))
            except WanFrameError:
                continue
            if isinstance(found, Message):
                assert len(bytes.fromhex(found.device)) == 8
            understood += 1
        assert 0 < understood < MUTATIONS


class TestHanSession:
    def test_what_a_board_says(self):
        session = HanSession()
        contents = [
            b"\x11" + bytes.fromhex(METER) + b"\x01\x01",
            b"\x03" + (5).to_bytes(4, "big") + b"message",
            b"\x06" + (6).to_bytes(4, "big"),
            b"\x01",
            b"\x12{}",
        ]
        events = session.feed(b"".join(map(frame, contents)))
        assert events == [
            Identified(METER, 1),
            Received(5, b"message"),
            Stored(6),
            Asked(),
            Reported("{}"),
        ]

    @pytest.mark.parametrize(
        "content",
        [
            b"\x11" + bytes.fromhex(METER) + b"\x01\x02",  # another version
            b"\x11",
            b"\x03\x00\x00\x00\x01",
            b"\x06\x00",
            b"\x01\x00",
            b"\x10\x00\x00\x00\x00",
            b"\x99",
        ],
    )
    def test_what_makes_no_sense_is_passed_over(self, content):
        assert HanSession().feed(frame(content)) == []

    def test_mutations_do_no_harm(self):
        chance = random.Random(8)
        session = HanSession()
        good = frame(b"\x03" + (5).to_bytes(4, "big") + bytes(range(100, 140)))
        for _ in range(MUTATIONS):
            octets = bytearray(good)
            for _ in range(chance.randrange(1, 4)):
                octets[chance.randrange(len(octets))] ^= 1 << chance.randrange(8)
            for event in session.feed(bytes(octets)):
                assert isinstance(event, Received | Stored | Reported)
        assert session.frames_dropped > MUTATIONS // 2
        assert session.feed(b"\x7e" + good) == [Received(5, bytes(range(100, 140)))]
