"""Every command and response of RTDS that the meter's objects answer, access by access."""

import gc
import unittest

from smets.codec.reader import Reader
from smets.device.objects import AccessFailure
from smets.dlms import access, date_time
from smets.dlms import data as axdr
from smets.gbcs.use_cases import ACTION, GET, SET
from tests.smets.meter import support
from tests.vm.vectors import vectors

NOW = date_time.days_since_2000(2015, 1, 1) * 86400  # when RTDS was made

USE_CASES = (  # noqa: SIM905 - a table
    "ECS17a ECS17b ECS17c ECS17d ECS17e ECS21a ECS21c ECS22a ECS22b ECS22c ECS23 ECS24 ECS26a "
    "ECS26b ECS26c ECS26d ECS26e ECS26f ECS26i ECS26j ECS26m ECS27 ECS34 ECS35a ECS35b ECS39a "
    "ECS39b ECS40 ECS42 ECS43 ECS44 ECS45 ECS52 ECS66 ECS70 ECS70Commission ECS82"
).split()
# Of these the data set has no messages.
ABSENT = ("ECS22a", "ECS26a", "ECS40")
PAIRS = 60
PROTECTION = 30
STRUCTURE_OF_ONE = 2  # octets before the value that a class 30 method reads
CLOCK = 8


class Access:
    """What one part of a command does, and what the response says of it."""

    def __init__(self, choice, class_id, logical_name, member, data, result, limits=None):
        self.choice = choice
        self.class_id = class_id
        self.logical_name = logical_name
        self.member = member
        self.data = data  # given by SET and ACTION, encoded
        self.result = result  # octet, encoded data
        self.limits = limits

    def load(self, meter):
        code, data = self.result
        if code:
            method = self.choice == ACTION
            meter.load_fault(self.class_id, self.logical_name, self.member, code, method)
        elif self.choice == GET and self.class_id != CLOCK:  # whose values must come by themselves
            meter.load(self.class_id, self.logical_name, self.member, data, NOW)

    def perform(self, meter, changes):
        """(result octet, encoded data) as the engine would answer."""
        name = (self.class_id, self.logical_name, self.member)
        try:
            if self.choice == SET:
                meter.set(*name, self.data, NOW, changes)
                return 0, b"\0"
            if self.choice == ACTION:
                return 0, meter.act(*name, self.data, NOW, changes)
            if self.limits:
                return 0, meter.get_range(*name, *self.limits, NOW)
            return 0, meter.get(*name, NOW)
        except AccessFailure as failure:
            return failure.result, b"\0"


def results(response):
    """(result octet, encoded data) of each part of a response; never decoded, to save memory."""
    reader = Reader(response)
    reader.skip(7)
    data = [axdr.skip(reader) for _ in range(reader.length())]
    return [(reader.unsigned(2) & 0xFF, data[number]) for number in range(reader.length())]


def accesses(request, response, plaintexts):
    for specification, given, result in zip(  # noqa: B905 - MicroPython has no strict
        request.specifications, request.data, results(response)
    ):
        what = specification.class_id, specification.logical_name, specification.member
        if specification.class_id == PROTECTION:
            yield from protected(given, result[0], plaintexts)
        elif specification.choice == access.GET_WITH_SELECTION:
            _, start, end = specification.parameter[1][:3]
            yield Access(GET, *what, None, result, (start[1], end[1]))
        else:
            yield Access(specification.choice, *what, axdr.encode(given), result)


def protected(given, code, plaintexts):
    """What a class 30 method reads on behalf of its caller."""
    for number, (_, fields) in enumerate(given[1][0][1]):
        class_id, logical_name, attribute, _, (_, restriction) = fields
        limits = None
        if restriction[0][1] == 1:
            limits = tuple([date_time.decode(limit[1]) for limit in restriction[1][1]])
        result = code, b"\0"
        if plaintexts:
            result = code, plaintexts[number][STRUCTURE_OF_ONE:]
        yield Access(GET, class_id[1], logical_name[1], attribute[1], None, result, limits)


def pairs():
    """(name, request, response, plaintexts) of every command that has a response."""
    command = None
    for record in vectors("dlms/rtds_dlms_payloads"):
        use_case, _, rest = record["name"].partition("_")
        if use_case not in USE_CASES:
            continue
        payload = bytes.fromhex(record["payload_hex"])
        if rest.endswith("_COMMAND_GBCS.HEX"):
            command = record["name"].replace("COMMAND", "RESPONSE"), payload
        elif command and record["name"] == command[0]:
            texts = [bytes.fromhex(one["plaintext_hex"]) for one in record.get("protected", ())]
            yield command[0], access.AccessRequest.decode(command[1]), payload, texts


class RtdsTest(unittest.TestCase):
    def test_what_is_loaded_is_answered_octet_for_octet(self):
        count = 0
        seen = set()
        for name, request, response, plaintexts in pairs():
            with self.subTest(name):
                gc.collect()
                self.replay(list(accesses(request, response, plaintexts)))
            count += 1
            seen.add(name.split("_")[0])
        self.assertEqual(count, PAIRS)
        self.assertEqual(seen, set(USE_CASES) - set(ABSENT))

    def replay(self, parts):
        meter = support.meter()
        meter.poll(NOW)
        for part in parts:
            part.load(meter)
        changes = []
        for part in parts:
            self.assertEqual(part.perform(meter, changes), part.result)
