"""A co-processor that a script plays, and the host's driver on its line."""

from smets.codec import ticks as clock
from smets.zigbee import ash, driver, ezsp, ezsp_host, ezsp_status
from smets.zigbee.driver import Endpoint
from smets.zigbee.ezsp_host import EzspHost
from tests.smets.zigbee.ezsp_table import table

EUI = bytes.fromhex("00db1234567890a1")
HUB = bytes.fromhex("00db1234567890a2")
KEY = bytes.fromhex("66b6900981e1ee3ca4206b6b861c02bb")
NETWORK = {
    "extended_pan_id": HUB,
    "pan_id": 0x1A62,
    "transmit_power": 3,
    "channel": 15,
    "join_method": 0,
    "manager": 0,
    "update_id": 0,
    "channels": 0x07FFF800,
}
BEACON = {
    "channel": 15,
    "pan_id": 0x1A62,
    "extended_pan_id": HUB,
    "permit_joining": True,
    "stack_profile": 2,
    "update_id": 0,
    "lqi": 200,
    "rssi": -40,
}
ANSWERS = {
    ezsp_host.GET_EUI64: {"eui": EUI},
    ezsp_host.GET_NODE_ID: {"node_id": 0x4321},
    ezsp_host.GET_PARENT: {"child_count": 0, "parent_eui": HUB, "parent": 0},
    ezsp_host.GET_SECURITY: {"bitmask": 0x14, "trust_centre": HUB},
    ezsp_host.GET_NETWORK_PARAMETERS: dict(NETWORK, node_type=4),
    ezsp_host.FIND_KEY: {"index": 0xFF},
    ezsp_host.SEND_UNICAST: {"sequence": 77},
    ezsp_host.SEND_BROADCAST: {"sequence": 78},
}


class ScriptedNcp:
    """Says OK to everything; `answers` and `then` make it say more."""

    def __init__(self, version):
        self.version = version
        self.frames = ezsp.Frames(table(), version)
        self.ash = ash.Ash(ncp=True)
        self.commands = []
        self.answers = dict(ANSWERS)
        self.then = {}  # command: callbacks (id, values)
        self.silent = False
        self.sequence = 0

    def receive(self, octets):
        for kind, frame in self.ash.receive(octets, 0):
            if kind == ash.RESET:
                self.ash.restart()
            elif not self.silent:
                self.command(frame)
        return self.ash.output(0)

    def command(self, octets):
        self.sequence, _, code, fields, old = ezsp.parse(octets, response=False)
        if code == ezsp.VERSION:
            answer = bytes((self.version, 2, 0x50, 0x74))
            head = (
                ezsp.old_header(self.sequence, 0x80)
                if old
                else ezsp.header(self.sequence, 0x80, code)
            )
            self.ash.send(head + answer)
            return
        frame = self.frames.find(code)
        self.commands.append((code, self.frames.decode(frame.request, fields)))
        values = {"status": ezsp_status.OK}
        values.update(self.answers.get(code, {}))
        fill = values["status"] != ezsp_status.OK
        octets = self.frames.encode(frame.response, values, fill=fill)
        self.ash.send(ezsp.header(self.sequence, 0x80, code) + octets)
        for callback, values in self.then.get(code, ()):
            self.call_back(callback, values)

    def call_back(self, code, values):
        octets = self.frames.encode(self.frames.find(code).response, values)
        self.ash.send(ezsp.header(self.sequence, 0x90, code) + octets, callback=True)


class Listener:
    """Writes down what it is told."""

    def __init__(self):
        self.told = []

    def on_started(self, eui):
        self.told.append(("started", eui))

    def on_joined(self, network, again):
        self.told.append(("joined", again))
        self.network = network

    def on_join_failed(self, reason):
        self.told.append(("join failed", reason))

    def on_left(self):
        self.told.append(("left",))

    def on_message(self, datagram):
        self.told.append(("message",))
        self.datagram = datagram

    def on_sent(self, tag, delivered):
        self.told.append(("sent", tag, delivered))

    def on_link_key(self, installed):
        self.told.append(("link key", installed))

    def on_polled(self, answered):
        self.told.append(("polled", answered))

    def on_failed(self, reason):
        self.told.append(("failed", reason))


class Bench:
    """A driver and the NCP it talks to, over a line without delay."""

    def __init__(self, version=13, role=driver.SLEEPY_END_DEVICE):
        self.ncp = ScriptedNcp(version)
        self.line = []
        self.host = EzspHost(table(), self.line.append)
        self.listener = self.host.listener = Listener()
        self.ticks = clock.TICKS - 500
        self.host.step(self.ticks)
        self.host.start(role, [Endpoint(1, 0x0109, 0x0501, 0, (0, 0x0702), (0x0A,))])
        self.run()

    def run(self):
        """Until nothing is on the line."""
        octets = self.ncp.ash.output(0)
        if octets:
            self.host.receive(octets)
        while self.line:
            answer = self.ncp.receive(self.line.pop(0))
            if answer:
                self.host.receive(answer)

    def pass_time(self, milliseconds):
        self.ticks = (self.ticks + milliseconds) % clock.TICKS
        self.host.step(self.ticks)
        self.run()

    def joined(self):
        self.ncp.then = {
            ezsp_host.START_SCAN: [
                (ezsp_host.NETWORK_FOUND, BEACON),
                (ezsp_host.SCAN_COMPLETE, {"channel": 15, "status": 0}),
            ],
            ezsp_host.JOIN_NETWORK: [(ezsp_host.STACK_STATUS, {"status": ezsp_status.NETWORK_UP})],
        }
        self.host.join(KEY, HUB, 1 << 15)
        self.run()
        return self

    def values(self, code):
        return [values for command, values in self.ncp.commands if command == code]
