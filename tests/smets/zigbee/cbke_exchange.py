"""Two engines of key establishment and the exchange between them."""

from smets.crypto.koblitz import curve
from smets.crypto.zigbee_suite import ZigbeeSuite
from smets.zigbee.cbke import Identity, Initiator, Responder

START = 1000  # s


class Given:
    """A random source that makes one private key."""

    def __init__(self, suite, private_key):
        chosen = curve(suite)
        excess = 8 * chosen.private_size - len(f"{chosen.n:b}")
        self.octets = (int.from_bytes(private_key, "big") << excess).to_bytes(
            chosen.private_size, "big"
        )

    def __call__(self, count):
        assert count == len(self.octets)
        return self.octets


def identity(example, side):
    return Identity(example.suite, side.certificate, side.private_key, example.ca_public_key)


def engine(make, example, side, partner, **settings):
    random = Given(example.suite, side.ephemeral_private_key)
    return make(ZigbeeSuite(), identity(example, side), partner, random, **settings)


def pair(example, **settings):
    u, v = example.u, example.v
    return (
        engine(Initiator, example, u, v.eui, **settings),
        engine(Responder, example, v, u.eui, **settings),
    )


def exchange(initiator, responder, change=lambda step, command: command, now=START):
    """Passes commands to and fro, each through `change`; returns those sent."""
    sent = []
    command = initiator.start(now)
    side = responder
    while command is not None:
        sent.append(command)
        command = change(len(sent), command)
        command = side.receive(command[0], command[1], now)
        side = initiator if side is responder else responder
    return sent


def with_payload(step, wanted):
    """A change of the payload of one step."""
    return lambda at, command: (command[0], wanted(command[1])) if at == step else command


def flipped(octets, at):
    changed = bytearray(octets)
    changed[at] ^= 0x01
    return bytes(changed)
