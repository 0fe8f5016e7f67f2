"""Whatever a partner sends, an engine answers or is silent, and has no key."""

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from keys import cbke as ca
from keys import parties
from keys.store import Keystore
from keys.zigbee_suite import ZigbeeSuite
from smets.zigbee import cbke
from smets.zigbee.cbke import Initiator, Responder

SUITE = ZigbeeSuite()
GSME, CHF = parties.GSME.eui, parties.CHF.eui
WORDS = st.one_of(st.binary(max_size=90), st.integers(0, 5))
COMMANDS = st.lists(
    st.tuples(st.one_of(st.integers(0, 3), st.integers(0, 255)), WORDS, st.integers(0, 15)),
    max_size=8,
)


@given(commands=COMMANDS, number=st.sampled_from(ca.SUITES), joins=st.booleans())
@settings(max_examples=250, deadline=None)
def test_no_sequence_of_commands_makes_a_key(
    store: Keystore,
    commands: list[tuple[int, bytes | int, int]],
    number: int,
    joins: bool,
) -> None:
    # Good commands of another exchange, which a word that is a number picks from.
    recorded = conversation(store, number)
    engine: Initiator | Responder
    if joins:
        engine = Initiator(SUITE, store.cbke_identity(GSME, number), CHF, os.urandom)
        engine.start(0)
    else:
        engine = Responder(SUITE, store.cbke_identity(CHF, number), GSME, os.urandom)
    now = 0
    for command, word, pause in commands:
        now += pause
        ended = engine.ended
        if isinstance(word, int):
            answer = engine.receive(*recorded[word], now)
        else:
            answer = engine.receive(command, word, now)
        assert answer is None or ended is None
        assert engine.link_key is None
        if engine.ended is not None:
            assert engine.ended.reason
            assert engine.deadline is None


_recorded: dict[int, list[tuple[int, bytes]]] = {}


def conversation(store: Keystore, number: int) -> list[tuple[int, bytes]]:
    """The six commands of one agreement."""
    if number not in _recorded:
        sides = (
            Responder(SUITE, store.cbke_identity(CHF, number), GSME, os.urandom),
            Initiator(SUITE, store.cbke_identity(GSME, number), CHF, os.urandom),
        )
        sent = []
        command: cbke.Command | None = sides[1].start(0)
        while command is not None:
            sent.append(command)
            command = sides[(len(sent) - 1) % 2].receive(*command, 0)
        assert len(sent) == 6
        _recorded[number] = sent
    return _recorded[number]
