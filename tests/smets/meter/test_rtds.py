"""Every command and response of RTDS about the meter: what a response reports is loaded, then the
engine carries the command out on the meter's objects and has to arrive at the same octets.

What class 30 encrypts is compared in the clear; that it is refused and encrypted as it should be,
the device's own tests show.
"""

import gc
import unittest

from smets.codec.reader import Reader
from smets.device import access
from smets.device.admission import Command
from smets.device.device import Device
from smets.dlms import data as axdr
from smets.dlms import date_time
from smets.gbcs.grouping import COMMAND, GroupingHeader
from smets.gbcs.message import Message
from smets.gbcs.protected_attributes import ProtectedRequest
from smets.gbcs.roles import ESME
from smets.gbcs.use_cases import ACTION, GET, PROTECTED, PROTECTED_RANGE, RANGE, UseCases
from tests.smets.meter import support
from tests.smets.meter.opening import tables
from tests.vm.vectors import vectors

SLOW = True
VM_HEAP_KIB = 160  # the reference data come as JSON, which takes its share

NOW = date_time.days_since_2000(2015, 1, 1) * 86400  # when RTDS was made

USE_CASES = (  # noqa: SIM905 - a table
    "ECS17a ECS17b ECS17c ECS17d ECS17e ECS21a ECS21c ECS22a ECS22b ECS22c ECS23 ECS24 ECS26a "
    "ECS26b ECS26c ECS26d ECS26e ECS26f ECS26i ECS26j ECS26m ECS27 ECS34 ECS35a ECS35b ECS39a "
    "ECS39b ECS40 ECS42 ECS43 ECS44 ECS45 ECS52 ECS66 ECS70 ECS70Commission ECS82"
).split()
ABSENT = ("ECS22a", "ECS26a", "ECS40")  # of these the data set has no messages
PAIRS = 60
CLOCK = 8
SUPPLIER = bytes.fromhex("90b3d51f30010000")


def message(code, payload):
    """The command with as much of a header as the engine looks at when it carries it out."""
    counter = int.from_bytes(payload[2:5], "big")
    return Message(GroupingHeader(COMMAND, counter, SUPPLIER, support.IDENTIFIER, code), payload)


def results(payload):
    """(result octet, encoded data) of each part of a response."""
    reader = Reader(payload)
    reader.skip(7)
    data = [axdr.skip(reader) for _ in range(reader.length())]
    return [(reader.unsigned(2) & 0xFF, data[number]) for number in range(reader.length())]


def protected_request(payload):
    """The request of a command whose only access is to a class 30 object."""
    reader = Reader(payload)
    reader.skip(7)
    reader.skip(10)
    reader.expect(b"\1", "number of data")
    return ProtectedRequest.decode(axdr.skip(reader))


def pairs():
    """(message code, name of the response, command, response, plaintexts)."""
    command = None
    for record in vectors("dlms/rtds_dlms_payloads"):
        use_case, _, rest = record["name"].partition("_")
        if use_case not in USE_CASES:
            continue
        payload = bytes.fromhex(record["payload_hex"])
        if rest.endswith("_COMMAND_GBCS.HEX"):
            command = record["name"].replace("COMMAND", "RESPONSE"), payload
        elif command and record["name"] == command[0]:
            code = int(record["message_code"], 16)
            texts = [bytes.fromhex(one["plaintext_hex"]) for one in record.get("protected", ())]
            yield code, command[0], command[1], payload, texts


class RtdsTest(unittest.TestCase):
    def test_what_is_loaded_is_answered_octet_for_octet(self):
        self.use_cases = UseCases(tables("gbcs/use_cases"))
        count = 0
        seen = set()
        for code, name, command, response, plaintexts in pairs():
            gc.collect()
            with self.subTest(name):
                self.replay(code, command, response, plaintexts)
            count += 1
            seen.add(name.split("_")[0])
        self.assertEqual(count, PAIRS)
        self.assertEqual(seen, set(USE_CASES) - set(ABSENT))

    def replay(self, code, command, response, plaintexts):
        meter = support.meter()
        meter.poll(NOW)
        use_case = self.use_cases.find(code)
        if use_case.members[0].operation in {PROTECTED, PROTECTED_RANGE}:
            self.replay_protected(meter, use_case, command, plaintexts)
            return
        device = Device(support.IDENTIFIER, ESME, None, meter.state.store, self.use_cases, meter)
        expected = results(response)
        for number, member in enumerate(use_case.members):
            result, data = expected[number]
            what = member.class_id, member.logical_name, member.member
            if result:
                device.faults.inject(*what, result, member.operation == ACTION)
            elif member.operation in {GET, RANGE} and member.class_id != CLOCK:
                meter.load(*what, data, NOW)  # but a clock has to be right by itself
        asked = Command(message(code, command), use_case, -1, False)
        self.assertTrue(access.is_supported(device, asked))
        self.assertEqual(access.execute(device, asked, None, NOW, []), response)

    def replay_protected(self, meter, use_case, command, plaintexts):
        attributes = protected_request(command).attributes
        self.assertEqual(len(attributes), len(use_case.members[0].over))
        for number, each in enumerate(attributes):
            what = each.class_id, each.logical_name, each.attribute
            self.assertTrue(meter.has(*what, False))
            if plaintexts:
                value = plaintexts[number][2:]  # in a structure of one
                meter.load(*what, value, NOW)
                if each.period:
                    self.assertEqual(meter.get_range(*what, *each.period, NOW), value)
                else:
                    self.assertEqual(meter.get(*what, NOW), value)


if __name__ == "__main__":
    unittest.main()
