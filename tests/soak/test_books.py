"""The books after the kills: what is wrong in one of them is seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dcc_stub.duis.identifiers import RequestId
from host.cli.benchmarks.household import NOW, Commands, make_meter, open_commands
from host.cli.benchmarks.kill import books
from host.cli.benchmarks.kill.books import Answer
from host.cli.benchmarks.kill.user import METER, SUPPLIER, Entry
from smets.gbcs.message import Message


class Run:
    """A meter that carries out service requests, and the answers as the ledger has them."""

    def __init__(self, keys, commands: Commands) -> None:
        self._commands = commands
        self.meter = make_meter(keys, METER)
        self.meter.poll(NOW)
        self.answers: list[Answer] = []

    def ask(self, variant: str, *, told: bool = True) -> None:
        number = len(self.answers)
        pairs = [("ImportMPAN", books.mpan(number).decode())] if variant == "6.20.1" else []
        octets = self.meter.receive(self._commands.make(variant, METER, NOW, pairs), NOW)
        assert octets is not None
        if told:
            entry = Entry(number, variant, promised=True)
            self.answers.append(Answer(entry, Message.decode(octets), octets, True))


@pytest.fixture
def done(keys) -> Iterator[Run]:
    with open_commands(keys, [METER]) as commands:
        found = Run(keys, commands)
        for variant in ("7.2", "7.3", "6.20.1", "7.1", "7.2", "4.1.1"):
            found.ask(variant)
        yield found


def state(run: Run) -> tuple[int, int, int]:
    return (
        books._events(run.meter, run.answers),
        books._last_set(run.meter, run.answers),
        books._last_switch(run.meter, run.answers),
    )


def test_books_that_agree(done):
    assert state(done) == (0, 0, 0)
    assert books._different(done.answers) == 0
    assert books._twice(books._answer_counters(done.answers)) == 0


def test_a_switching_that_nobody_asked_for(done):
    done.ask("7.1", told=False)
    assert state(done) == (1, 0, 1)


def test_a_switching_that_was_answered_and_not_done(done):
    done.answers.append(done.answers[3]._replace(entry=Entry(99, "7.1", promised=True)))
    assert state(done)[0] == 1


def test_a_value_set_behind_the_back(done):
    done.answers.pop(2)
    done.ask("6.20.1", told=False)
    done.ask("6.20.1")
    assert state(done) == (0, 0, 0)
    done.answers[-1].entry.number = 7
    assert state(done) == (0, 1, 0)


def test_two_answers_to_one_command(done):
    first = done.answers[0]
    again = [*done.answers, first]
    assert books._different(again) == 0  # the same document, delivered twice
    other = first._replace(octets=first.octets + b"\x00")
    assert books._different([*done.answers, other]) == 1


def test_a_counter_used_twice(done):
    first = done.answers[0]
    other = first._replace(entry=Entry(99, "7.2", promised=True))
    assert books._twice(books._answer_counters([*done.answers, other])) == 1
    command = RequestId(SUPPLIER, METER, 5)
    assert books._twice([command, command, command]) == 2
