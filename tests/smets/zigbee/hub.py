"""A trust centre that speaks with a node over a radio on a string, by the project's own codecs."""

from smets.codec.ticks import TICKS
from smets.crypto.zigbee_suite import ZigbeeSuite
from smets.zigbee import cbke, driver, fragments, zcl, zcl_attributes, zcl_data, zdo
from smets.zigbee.clusters import KEY_ESTABLISHMENT
from smets.zigbee.driver import Capabilities, Datagram, Endpoint, Network
from smets.zigbee.install_code import link_key
from smets.zigbee.node import Node

CODE = bytes.fromhex("83fed3407a939723a5c639b26916d505")
CHF, GPF = 10, 11
SERVES = {0x0000: CHF, 0x000A: CHF, 0x0025: CHF, 0x0704: CHF, 0x0800: CHF}
USES = {0x0702: GPF}
TIME, KEEP_ALIVE, METERING, TUNNELING = 0x000A, 0x0025, 0x0702, 0x0704
NOW = 845_000_000
ADDRESS = 0x1A2B
STEP = 50  # milliseconds
SLEEP = 1800  # seconds between the wakes of a sleepy device


class Radio:
    """A driver; what it does it does at the next step."""

    def __init__(self, hub, eui, capabilities=None):
        self.capabilities = capabilities or Capabilities(82, False, True, True, True)
        self.listener = None
        self.hub = hub
        self.eui = eui
        self.link_key = None
        self.networked = False
        self.remembers = False
        self.polls = 0
        self.largest = 0
        self.log = []
        self._later = []
        self._sleepy = False
        self._held = []  # until a sleepy device asks
        self.block_every = 0  # steps between a sleepy device's blocks; 0: all at once
        self._steps = 0
        self._assembler = fragments.Assembler()
        self._counter = 0

    def later(self, function, *arguments):
        self._later.append((function, arguments))

    def start(self, role, endpoints):
        self.log.append("start")
        self._sleepy = role == driver.SLEEPY_END_DEVICE
        if self.hub.radio_works:
            self.later(self.listener.on_started, self.eui)

    def join(self, key, extended_pan_id, channels):
        self.log.append("join")
        if self.hub.refuses is not None:
            self.later(self.listener.on_join_failed, self.hub.refuses)
        elif key not in self.hub.install_keys:
            self.later(self.listener.on_join_failed, driver.NO_NETWORK_KEY)
        else:
            self.networked = self.remembers = True
            self.later(self.listener.on_joined, self._network(), False)

    def rejoin(self):
        self.log.append("rejoin")
        if self.remembers:
            self.networked = True
            self.later(self.listener.on_joined, self._network(), True)
        else:
            self.later(self.listener.on_join_failed, driver.NO_NETWORK)

    def _network(self):
        return Network(ADDRESS, 0, 0x1234, self.hub.eui, 15, self.hub.eui)

    def leave(self):
        self.later(self.listener.on_left)

    def send(self, tag, datagram):
        delivered = self.networked and not self.hub.deaf
        self.largest = max(self.largest, len(datagram.payload))
        self.later(self.listener.on_sent, tag, delivered)
        if not delivered:
            return
        datagram.counter = tag
        whole = datagram.payload
        if datagram.block != driver.NO_BLOCK:
            whole = self._assembler.add(datagram)
        if whole is not None:
            datagram.payload = whole
            self.hub.receive(self, datagram)

    def set_link_key(self, eui, key):
        self.link_key = key
        self.later(self.listener.on_link_key, eui == self.hub.eui and self.hub.takes_keys)

    def poll(self):
        self.polls += 1
        count = len(self._held)
        if self.block_every:
            count = min(count, self._steps // self.block_every)
        if count:
            self._steps = 0
        for block in self._held[:count]:
            self.later(self.listener.on_message, block)
        self._held = self._held[count:]
        self.later(self.listener.on_polled, True)

    def lose(self):
        """What waits for a sleepy device is lost."""
        self._held = []

    def receive(self, octets):
        pass

    def step(self, ticks):
        self._steps += 1
        later, self._later = self._later, []
        for function, arguments in later:
            function(*arguments)

    def idle(self):
        return not self._later

    def deliver(self, datagram):
        """From the hub, in blocks when it is large."""
        self._counter += 1
        pieces = fragments.cut(datagram.payload, 82, datagram.secured)
        for at, piece in enumerate(pieces):
            block = Datagram(
                0,
                datagram.profile,
                datagram.cluster,
                datagram.source_endpoint,
                datagram.destination_endpoint,
                piece,
                datagram.secured,
                counter=self._counter,
                block=at if len(pieces) > 1 else driver.NO_BLOCK,
                blocks=len(pieces) if len(pieces) > 1 and not at else 0,
            )
            if self._sleepy:
                self._held.append(block)
            else:
                self.later(self.listener.on_message, block)


class Hub:
    """The coordinator; the switches at the top make it misbehave."""

    def __init__(self, example):
        self.example = example
        self.eui = example.v.eui
        self.suite = ZigbeeSuite()
        self.install_keys = [link_key(self.suite, CODE)]
        self.refuses = None
        self.radio_works = True
        self.takes_keys = True
        self.deaf = False
        self.silent = []  # clusters that get no answer
        self.time_status = 3
        self.tunnel_status = 0
        self.stores = True
        self.repeats = False
        self.agreed = None
        self.got = []
        self.queue = []
        self.reports = []
        self.snapshots = []
        self.statuses = []
        self.asked = []
        self.answers = []
        self.flags = 0
        self.tunnel = 0x0100
        self.unsecured = []
        self._responder = None
        self._transaction = 0x80

    def receive(self, radio, datagram):
        if datagram.profile == driver.ZDO_PROFILE:
            self._zdo(radio, datagram)
            return
        frame = zcl.Frame.decode(datagram.payload)
        self.asked.append((datagram.cluster, frame.command))
        if not datagram.secured:
            self.unsecured.append(datagram.cluster)
        if datagram.cluster in self.silent:
            return
        answer = self._answer(datagram, frame, radio)
        if answer is not None:
            self._send(radio, datagram.cluster, answer, datagram.secured)

    def _send(self, radio, cluster, frame, secured=True):
        datagram = Datagram(0, driver.SMART_ENERGY, cluster, CHF, 1, frame.encode(), secured)
        radio.deliver(datagram)

    def _zdo(self, radio, datagram):
        if datagram.cluster & zdo.RESPONSE:
            self.answers.append((datagram.cluster, zdo.read(datagram.cluster, datagram.payload)))
            return
        sequence, values = zdo.read(datagram.cluster, datagram.payload)
        found = [SERVES[each] for each in values[2] if each in SERVES]
        found += [USES[each] for each in values[3] if each in USES]
        cluster = datagram.cluster | zdo.RESPONSE
        payload = zdo.write(cluster, sequence, zdo.SUCCESS, 0, bytes(found))
        radio.deliver(Datagram(0, driver.ZDO_PROFILE, cluster, 0, 0, payload))

    def _answer(self, datagram, frame, radio):
        if datagram.cluster == KEY_ESTABLISHMENT and frame.is_cluster_command:
            return self._key_establishment(frame)
        if not frame.is_cluster_command and frame.command == zcl.READ_ATTRIBUTES:
            return self._read(datagram.cluster, frame)
        if not frame.is_cluster_command:
            return self._general(datagram, frame)
        if datagram.cluster == TUNNELING:
            return self._tunneling(frame, radio)
        if (datagram.cluster, frame.command) == (METERING, 0x01):
            return frame.response(0x01, GPF.to_bytes(2, "little"), True)
        self.snapshots.append(frame.payload)
        return frame.default_response(zcl.SUCCESS)

    def _general(self, datagram, frame):
        if frame.command == zcl.REPORT_ATTRIBUTES:
            records = zcl_attributes.read_values(frame.payload)
            self.reports.append((datagram.cluster, records))
            if records[-1] == (0xFFFE, zcl_data.ENUM8, 1):
                payload = b"\x02" + self.flags.to_bytes(4, "little") + bytes(16)
                return zcl.Frame(zcl.CLUSTER_COMMAND | zcl.NO_DEFAULT_RESPONSE, 1, 9, payload)
            return frame.default_response(zcl.SUCCESS)
        if frame.command == zcl.DEFAULT_RESPONSE:
            self.statuses.append((datagram.cluster, frame.transaction, frame.payload))
            if datagram.cluster == TUNNELING and frame.payload == b"\x01\x00" and self.queue:
                self.queue.pop(0)
        else:
            self.answers.append((datagram.cluster, frame))
        return None

    def _read(self, cluster, frame):
        values = {
            (TIME, 0): (zcl_data.UTC_TIME, self.now),
            (TIME, 1): (zcl_data.BITMAP8, self.time_status),
            (KEEP_ALIVE, 0): (zcl_data.UINT8, 1),
            (KEEP_ALIVE, 1): (zcl_data.UINT16, 10),
        }
        records = []
        for number in zcl_attributes.read_identifiers(frame.payload):
            if (cluster, number) in values:
                records.append((number, 0) + values[cluster, number])
            else:
                records.append((number, zcl.UNSUPPORTED_ATTRIBUTE, 0, None))
        payload = zcl_attributes.statuses(records)
        return frame.response(zcl.READ_ATTRIBUTES_RESPONSE, payload, False)

    now = NOW

    def _key_establishment(self, frame):
        if frame.command == cbke.INITIATE:
            v = self.example.v
            identity = cbke.Identity(
                self.example.suite, v.certificate, v.private_key, self.example.ca_public_key
            )
            self._responder = cbke.Responder(
                self.suite, identity, self.example.u.eui, lambda count: bytes([7]) * count
            )
        if self._responder is None:
            return None
        answer = self._responder.receive(frame.command, frame.payload, 0)
        self.agreed = self._responder.link_key or self.agreed
        return answer and frame.response(answer[0], answer[1], True)

    def _tunneling(self, frame, radio):
        if frame.command == 0x00:
            self.tunnel += 1
            payload = self.tunnel.to_bytes(2, "little") + bytes((self.tunnel_status, 0xDC, 5))
            return frame.response(0x00, payload, True)
        if frame.command != 0x02:
            return frame.default_response(zcl.SUCCESS)
        data = frame.payload[2:]
        if frame.payload[:2] != self.tunnel.to_bytes(2, "little"):
            return frame.response(0x02, frame.payload[:2] + b"\x00", True)
        if data == b"\x01":
            self.give(radio)
            return None
        if self.stores:
            self.got.append(data)
            return frame.default_response(zcl.SUCCESS)
        return None

    def give(self, radio):
        """A sleepy device is given its next message."""
        remaining = max(len(self.queue) - 1, 0)
        message = self.queue[0] if self.queue else b""
        self.transfer(radio, bytes((2, remaining)) + message)

    def transfer(self, radio, data, tunnel=None, secured=True):
        """TransferData to the device."""
        self._transaction = (self._transaction + 1) & 0xFF
        number = self.tunnel if tunnel is None else tunnel
        payload = number.to_bytes(2, "little") + data
        control = zcl.CLUSTER_COMMAND | zcl.TO_CLIENT
        self._send(radio, TUNNELING, zcl.Frame(control, self._transaction, 1, payload), secured)


class Store:
    """Values; each commit is remembered."""

    def __init__(self, values):
        self.values = dict(values)

    def get(self, name):
        return self.values.get(name)

    def commit(self, changes):
        for name, value in changes:
            self.values[name] = value


class Owner:
    """A device that takes whatever it is sent, and says what it is given to say."""

    def __init__(self, example, tables=None):
        self.eui = example.u.eui
        self.store = Store([])
        self.code = CODE
        self.example = example
        self.mirror = None
        self.clock = None
        self.taken = []
        self.says = []
        self.stages = []
        self.takes = True
        self._tables = tables

    def install_code(self):
        return self.code

    def identity(self):
        u = self.example.u
        if u.certificate is None:
            return None
        return cbke.Identity(
            self.example.suite, u.certificate, u.private_key, self.example.ca_public_key
        )

    def now(self):
        return self.clock

    def set_clock(self, now):
        self.clock = now

    def random(self, count):
        return bytes(range(1, 1 + count))

    def suite(self):
        return ZigbeeSuite()

    def forget_suite(self):
        pass

    def open_table(self, name):
        return self._tables(name)

    def forget(self, *modules):
        pass

    def receive(self, message):
        if self.takes and self.clock is not None:
            self.taken.append(bytes(message))
            return True
        return False

    def waiting(self):
        return 1 if self.says else None

    def message(self, number):
        return self.says[0]

    def delivered(self, number):
        self.says.pop(0)

    def attribute(self, cluster, number):
        return {(0x0000, 0x0011): 1, (0x0702, 0x0000): 12345, (0x0800, 0): 2}.get(
            (cluster, number)
        )

    def on_stage(self, stage, reason):
        self.stages.append((stage, reason))


class Lab:
    """A hub, a node, and the time."""

    def __init__(self, example, interval=0, tables=None, capabilities=None, ticks=0):
        self.hub = Hub(example)
        self.radio = Radio(self.hub, example.u.eui, capabilities)
        self.owner = Owner(example, tables)
        self.interval = interval
        self.ticks = ticks
        self.start()

    def start(self):
        """A board that has started; radio, hub and store are what they were."""
        endpoints = (
            Endpoint(
                1, driver.SMART_ENERGY, 0x0501, 0, (0x0000, 0x0702, 0x0800), (0x000A, 0x0704)
            ),
        )
        role = driver.SLEEPY_END_DEVICE if self.interval else driver.ROUTER
        self.node = Node(self.radio, self.owner, role, endpoints, self.interval)

    def run(self, seconds, until=None):
        """Whether `until` has come true within so many seconds."""
        for _ in range(seconds * 1000 // STEP):
            if until is not None and until():
                return True
            self.ticks = (self.ticks + STEP) % TICKS
            self.node.step(self.ticks)
            if self.ticks % 1000 == 0:
                self.hub.now += 1
                if self.owner.clock is not None:
                    self.owner.clock += 1
        return until is None

    def joined(self):
        return self.node.stage == 6
