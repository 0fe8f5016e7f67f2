"""The key establishment server with the devices of the standard's worked examples."""

import asyncio
import secrets

import pytest

from host.hub.zigbee.datagrams import Datagram
from host.hub.zigbee.endpoints import CHF_ENDPOINT
from host.hub.zigbee.key_server import AT_ONCE, KeyServer
from host.hub.zigbee.stages import Stage
from keys.zigbee_suite import ZigbeeSuite
from smets.zigbee import cbke, zcl
from smets.zigbee.clusters import KEY_ESTABLISHMENT
from tests.smets.zigbee.cbke_exchange import identity
from tests.smets.zigbee.cbke_vectors import examples

EXAMPLES = {example.suite: example for example in examples()}
VALID = 1_700_000_000


class Home:
    """A server with the identities of V, and what it does."""

    def __init__(self, suites=(1, 2), accept=True) -> None:
        self.accept = accept
        self.sent: list[tuple[Datagram, zcl.Frame]] = []
        self.keys: dict[str, bytes] = {}
        self.told: list[tuple[str, Stage, str | None]] = []
        self.server = KeyServer(
            {suite: identity(EXAMPLES[suite], EXAMPLES[suite].v) for suite in suites},
            self._send,
            self._agreed,
            lambda *what: self.told.append(what),
            lambda: VALID,
        )

    async def _send(self, datagram: Datagram) -> None:
        self.sent.append((datagram, zcl.Frame.decode(datagram.payload)))

    async def _agreed(self, eui: str, key: bytes) -> bool:
        if self.accept:
            self.keys[eui] = key
        return self.accept

    async def command(self, eui: str, command: int, payload: bytes) -> tuple[int, bytes] | None:
        """What the server answers a command of a device."""
        before = len(self.sent)
        frame = zcl.Frame(zcl.CLUSTER_COMMAND, 7, command, payload)
        datagram = Datagram(eui, KEY_ESTABLISHMENT, 1, CHF_ENDPOINT, frame.encode())
        await self.server.on_frame(datagram, frame)
        if len(self.sent) == before:
            return None
        ((answer, frame),) = self.sent[before:]
        assert (answer.eui, answer.cluster) == (eui, KEY_ESTABLISHMENT)
        assert not answer.secured
        assert frame.to_client
        assert frame.is_cluster_command
        assert frame.transaction == 7
        return frame.command, frame.payload


def joiner(number, random=secrets.token_bytes):
    example = EXAMPLES[number]
    return cbke.Initiator(
        ZigbeeSuite(), identity(example, example.u), example.v.eui, random
    ), example.u.eui.hex()


async def establish(home, initiator, eui):
    command = initiator.start(0)
    while command is not None:
        answer = await home.command(eui, *command)
        command = initiator.receive(*answer, 0) if answer else None


@pytest.mark.parametrize("number", [1, 2])
async def test_both_ends_have_one_key(number):
    home = Home()
    initiator, eui = joiner(number)
    await establish(home, initiator, eui)
    assert initiator.link_key
    assert home.keys == {eui: initiator.link_key}
    assert [frame.command for _, frame in home.sent] == [0, 1, 2]
    assert not home.told


async def test_a_device_whose_certificate_names_another_is_told_so():
    home = Home()
    initiator, _ = joiner(2)
    other = "00db1234567890a0"
    assert await home.command(other, *initiator.start(0)) == cbke.terminate(
        cbke.INVALID_CERTIFICATE, 0, 2
    )
    assert home.told == [(other, Stage.CBKE, "invalid certificate")]


async def test_a_wrong_confirmation_gives_no_key():
    home = Home()
    initiator, eui = joiner(2)
    command = initiator.start(0)
    for _ in range(2):
        answer = await home.command(eui, *command)
        command = initiator.receive(*answer, 0)
    number, mac = command
    answer = await home.command(eui, number, bytes((mac[0] ^ 1,)) + mac[1:])
    assert answer == cbke.terminate(cbke.BAD_KEY_CONFIRM, 0, 2)
    assert not home.keys
    assert home.told == [(eui, Stage.CBKE, "key confirmation mismatch")]


async def test_a_suite_that_the_hub_has_not_is_refused():
    home = Home(suites=(2,))
    initiator, eui = joiner(1)
    assert await home.command(eui, *initiator.start(0)) == cbke.terminate(
        cbke.UNSUPPORTED_SUITE, 0, 1
    )


async def test_so_many_at_once_and_no_more():
    home = Home()
    initiator, eui = joiner(2)
    start = initiator.start(0)
    certificate = start[1]
    for number in range(AT_ONCE):
        # each with a certificate of its own name, which the standard's CA has not signed: an
        # implicit certificate shows that only later
        name = (0xA000 + number).to_bytes(8, "big")
        changed = certificate.replace(bytes.fromhex(eui), name)
        answer = await home.command(name.hex(), start[0], changed)
        assert answer[0] == cbke.INITIATE
    answer = await home.command(eui, *start)
    assert answer[0] == cbke.TERMINATE
    assert answer[1][0] == cbke.NO_RESOURCES
    assert answer[1][1] > 0


async def test_a_key_that_cannot_be_stored_is_not_confirmed():
    home = Home(accept=False)
    initiator, eui = joiner(2)
    await establish(home, initiator, eui)
    assert initiator.link_key is None
    assert initiator.ended.by_partner
    assert initiator.ended.status == cbke.NO_RESOURCES


async def test_a_device_may_begin_again():
    home = Home()
    first, eui = joiner(2)
    await home.command(eui, *first.start(0))
    second, _ = joiner(2)
    await establish(home, second, eui)
    assert home.keys == {eui: second.link_key}


async def test_nonsense_is_refused_and_strangers_commands_are_passed_over():
    home = Home()
    assert await home.command("00db1234567890a9", cbke.CONFIRM_KEY, bytes(16)) is None
    answer = await home.command("00db1234567890a9", cbke.INITIATE, b"")
    assert answer == cbke.terminate(cbke.BAD_MESSAGE, 0, 2)
    await asyncio.sleep(0)
    assert not home.keys


async def test_a_device_may_begin_while_another_one_fails(monkeypatch):
    home = Home()
    initiator, eui = joiner(2)
    command = initiator.start(0)
    for _ in range(2):
        command = initiator.receive(*await home.command(eui, *command), 0)
    compute = asyncio.to_thread

    async def interrupted(*work):
        monkeypatch.setattr(asyncio, "to_thread", compute)
        answer = await compute(*work)
        assert await home.command("00db1234567890a9", cbke.INITIATE, b"")
        home.sent.pop()
        return answer

    monkeypatch.setattr(asyncio, "to_thread", interrupted)
    number, mac = command
    answer = await home.command(eui, number, bytes((mac[0] ^ 1,)) + mac[1:])
    assert answer == cbke.terminate(cbke.BAD_KEY_CONFIRM, 0, 2)
