"""Mutated messages: none makes the engine fail, none but the good ones is carried out."""

import pytest

from tests.device.fuzz import fuzz


def check(seed, count):
    ended = fuzz(seed, count)
    assert sum(ended.values()) == count
    # every check is reached, and the good ones among them pass
    seen = {name.partition(": ")[2] for name in ended}
    assert seen >= {
        "answered",
        "decode",
        "recipient",
        "mac",
        "signature",
        "counter",
        "role",
        "use_case",
        "payload",
    }


def test_mutated_messages():
    check(1, 3000)


@pytest.mark.slow
def test_many_mutated_messages():
    check(2, 15_000)
