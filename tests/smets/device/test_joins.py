"""CS03, CS04 and CS07: what joins with what, how often, and what an answer says."""

import unittest

from smets.crypto.suite import Suite
from smets.device import joins
from smets.device.joined import CAPACITY, NAME, Joined
from smets.device.refusals import CHECKS, PAYLOAD
from smets.gbcs import der, roles
from tests.smets.device.engine import BROKER, NOW, SUPPLIER, World

VM_HEAP_KIB = 256

WORLD = World(Suite())
PARTNER = bytes.fromhex("00db1234567890b0")
OTHER = bytes.fromhex("00db1234567890b1")
PUBLIC_KEY = WORLD.public_key(b"\x07" * 32)

CS03A1, CS03B, CS03C = 0x000D, 0x000E, 0x00AF
CS04AC, CS04B, CS07 = 0x000F, 0x0010, 0x0013
SIGNED = (CS03A1, CS03C, CS04AC)


def request(method, eui, device_type, certificate=b""):
    fields = der.integer(method) + joins.write_partner(eui, device_type)[2:] + certificate
    return der.element(der.SEQUENCE, fields)


def extension(kind, value, critical=False):
    name = der.element(der.OBJECT_IDENTIFIER, b"\x55\x1d" + bytes((kind,)))
    flag = der.element(der.BOOLEAN, b"\xff") if critical else b""
    return der.element(der.SEQUENCE, name + flag + der.octet_string(value))


def device_certificate(eui, key_usage=roles.KEY_AGREEMENT, critical_policy=True):
    """With a signature of nobody: devices cannot follow the chain."""
    sequence, explicit = der.SEQUENCE, der.CONTEXT | der.CONSTRUCTED
    algorithm = bytes.fromhex("300a06082a8648ce3d040302")
    issuer = der.element(sequence, bytes.fromhex("310b300906035504030c024341"))
    validity = der.element(
        sequence,
        der.element(der.UTC_TIME, b"260101000000Z")
        + der.element(der.GENERALIZED_TIME, b"99991231235959Z"),
    )
    key = bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107034200") + PUBLIC_KEY
    module = der.element(der.OBJECT_IDENTIFIER, b"\x2a\x03") + der.octet_string(eui)
    hardware = bytes.fromhex("06082b06010505070804") + der.element(
        explicit, der.element(sequence, module)
    )
    policy = der.element(sequence, der.element(der.OBJECT_IDENTIFIER, b"\x2a\x03"))
    extensions = (
        extension(15, der.named_bit(key_usage), True)
        + extension(17, der.element(sequence, der.element(explicit, hardware)), True)
        + extension(14, der.octet_string(b"\x40" + bytes(7)))
        + extension(35, der.element(sequence, der.element(der.CONTEXT, b"\x40" + bytes(7))))
        + extension(32, der.element(sequence, policy), critical_policy)
    )
    body = der.element(
        sequence,
        der.element(explicit, der.integer(2))
        + der.integer(5)
        + algorithm
        + issuer
        + validity
        + der.element(sequence, b"")
        + der.element(sequence, key)
        + der.element(explicit | 3, der.element(sequence, extensions)),
    )
    signature = der.element(sequence, der.integer(1) * 2)
    return der.element(sequence, body + algorithm + b"\x03\x09\x00" + signature)


class JoinsTest(unittest.TestCase):
    def setUp(self):
        self.device = WORLD.device()
        self.counter = 100

    def ask(self, code, body, device_type=roles.ESME):
        """The payload of the answer, None when the command is refused."""
        self.device.device_type = device_type
        self.counter += 1
        signed = code in SIGNED
        party = SUPPLIER if signed else BROKER
        answer = self.device.receive(
            WORLD.command(code, self.counter, party, body, signed=signed), NOW
        )
        return None if answer is None else WORLD.opened(answer, party).payload

    def code(self, *arguments):
        payload = self.ask(*arguments)
        self.assertEqual(payload[:2], b"\x02\x01")
        return payload[2]

    def listed(self, device_type=roles.ESME):
        return self.ask(CS07, b"\x05\x00", device_type)

    def test_a_join_is_told_and_ended(self):
        join = request(joins.A_INITIATOR, PARTNER, roles.HCALCS)
        self.assertEqual(self.code(CS03A1, join), joins.JOINED)
        entries = joins.write_partner(PARTNER, roles.HCALCS)
        found = der.element(der.SEQUENCE, entries)
        self.assertEqual(self.listed(), der.element(der.SEQUENCE, b"\x02\x01\x00" + found))
        self.assertEqual(self.code(CS04AC, der.octet_string(OTHER)), joins.NOT_JOINED)
        self.assertEqual(self.code(CS04AC, der.octet_string(PARTNER)), joins.UNJOINED)
        self.assertEqual(self.code(CS04AC, der.octet_string(PARTNER)), joins.NOT_JOINED)
        self.assertEqual(self.listed(), bytes.fromhex("30050201003000"))

    def test_the_same_join_again_changes_nothing(self):
        for _ in range(2):
            join = request(joins.B, PARTNER, roles.GPF)
            self.assertEqual(self.code(CS03B, join, roles.GSME), joins.JOINED)
        self.assertEqual(len(Joined(self.device.store).all()), 1)

    def test_a_partner_cannot_be_two_things(self):
        first = request(joins.A_INITIATOR, PARTNER, roles.HCALCS)
        second = request(joins.A_INITIATOR, PARTNER, roles.PPMID)
        self.assertEqual(self.code(CS03A1, first), joins.JOINED)
        self.assertEqual(self.code(CS03A1, second), joins.INCOMPATIBLE_ENTRY)

    def test_methods_and_partners_that_do_not_go_together(self):
        for code, method, partner, device_type, wanted in (
            (CS03A1, joins.B, roles.HCALCS, roles.ESME, joins.WRONG_METHOD_FOR_MESSAGE),
            (CS03A1, joins.A_INITIATOR, roles.GPF, roles.ESME, joins.WRONG_METHOD_OR_PARTNER),
            (CS03B, joins.B, roles.PPMID, roles.GSME, joins.WRONG_METHOD_OR_PARTNER),
            (CS03B, joins.B, roles.ESME, roles.GPF, joins.WRONG_METHOD_OR_PARTNER),
            (CS03C, joins.C, roles.GPF, roles.GSME, joins.WRONG_METHOD_OR_PARTNER),
        ):
            found = self.code(code, request(method, PARTNER, partner), device_type)
            self.assertEqual(found, wanted)
        self.assertEqual(Joined(self.device.store).all(), [])

    def test_a_log_that_is_full(self):
        for number in range(CAPACITY + 1):
            eui = bytes(7) + bytes((number,))
            found = self.code(CS03B, request(joins.B, eui, roles.TYPE2), roles.GPF)
            self.assertEqual(found, joins.JOINED if number < CAPACITY else joins.LOG_FULL)

    def test_the_partner_of_method_c_is_certified(self):
        certificate = device_certificate(PARTNER, critical_policy=False)
        join = request(joins.C, PARTNER, roles.PPMID, certificate)
        self.assertEqual(self.code(CS03C, join, roles.GSME), joins.JOINED)
        self.assertEqual(Joined(self.device.store).key(PARTNER), PUBLIC_KEY)
        unjoin = der.octet_string(PARTNER)
        self.assertEqual(self.code(CS04B, unjoin, roles.GSME), joins.NOT_JOINED)
        self.assertEqual(self.code(CS04AC, unjoin, roles.GSME), joins.UNJOINED)
        self.assertIsNone(Joined(self.device.store).key(PARTNER))

    def test_certificates_that_are_none(self):
        signing = device_certificate(PARTNER, roles.DIGITAL_SIGNATURE)
        for certificate in (b"", b"\x30\x00", device_certificate(OTHER), signing):
            join = request(joins.C, PARTNER, roles.PPMID, certificate)
            self.assertEqual(self.code(CS03C, join, roles.GSME), joins.BAD_CERTIFICATE)
        join = request(joins.C, PARTNER, roles.PPMID, device_certificate(PARTNER))
        self.assertEqual(self.code(CS03C, join, roles.GSME), joins.JOINED)

    def test_what_is_stored_and_cannot_be_read_is_said(self):
        self.device.store.commit([(NAME, b"\x01")])
        self.assertEqual(self.listed(), bytes.fromhex("3003020101"))
        unjoin = der.octet_string(PARTNER)
        self.assertEqual(self.code(CS04AC, unjoin), joins.OTHER_FAILURE)
        join = request(joins.A_INITIATOR, PARTNER, roles.HCALCS)
        self.assertEqual(self.code(CS03A1, join), joins.WRITE_FAILURE)

    def test_other_payloads_are_refused(self):
        whole = request(joins.B, PARTNER, roles.GPF)
        for code, body in (
            (CS07, b"\x05\x01\x00"),
            (CS07, b"\x05\x00\x00"),
            (CS03B, whole[:-1]),
            (CS03B, whole + b"\x00"),
            (CS03B, b"\x30\x00"),
            (CS04B, der.octet_string(PARTNER[1:])),
            (CS04B, der.octet_string(PARTNER) + b"\x05\x00"),
        ):
            self.assertIsNone(self.ask(code, body, roles.GSME))
            self.assertEqual(self.device.refusals()[-1].check, CHECKS[PAYLOAD])
        self.assertEqual(Joined(self.device.store).all(), [])
