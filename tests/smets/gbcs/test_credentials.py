import unittest

from smets.codec.errors import DecodeError
from smets.gbcs import credentials, credentials_update
from smets.gbcs.credentials import CellIdentifier, CredentialsRequest
from smets.gbcs.credentials_update import CredentialsUpdate
from smets.gbcs.grouping import COMMAND, RESPONSE
from tests.smets.gbcs.test_rtds_messages import messages

DETAILS = ("CS02a", "CS02f")
UPDATES = ("CS02b", "CS02g")


def of(prefixes):
    from smets.gbcs.message import Message

    for name, octets in messages():
        if name.startswith(prefixes):
            yield name, Message.decode(octets)


class ReferenceTest(unittest.TestCase):
    def test_details_are_written_as_they_were_read(self):
        count = 0
        for name, message in of(DETAILS):
            body = message.payload
            if message.header.cra_flag == COMMAND:
                written = CredentialsRequest.decode(body).encode()
            else:
                written = credentials.encode_details(credentials.decode_details(body))
            self.assertEqual(written, body, name)
            count += 1
        self.assertEqual(count, 14)

    def test_responses_to_updates_are_written_as_they_were_read(self):
        count = 0
        for name, message in of(UPDATES):
            if message.header.cra_flag == RESPONSE:
                outcome = credentials_update.decode_response(message.payload)
                written = credentials_update.encode_response(outcome)
                self.assertEqual(written, message.payload, name)
                self.assertEqual(outcome is None, len(written) == 4, name)
                count += 1
        self.assertEqual(count, 21)

    def test_controls_and_certificates_of_updates_are_those_of_the_command(self):
        count = 0
        for name, message in of(UPDATES):
            if message.header.cra_flag == COMMAND:
                update = CredentialsUpdate.decode(message.payload)
                control = update.control
                self.assertIn(control.encode(), message.payload, name)
                self.assertEqual(control.sequence_number, message.header.originator_counter)
                for octets, cell in update.replacements:
                    self.assertIn(octets + cell.encode(), message.payload, name)
                self.assertEqual(len(update.path), 1, name)
                later = "FUTURE_DATED" in name or "CANCELLATION" in name
                self.assertEqual(update.activation is not None, later, name)
                count += 1
        self.assertGreaterEqual(count, 30)

    def test_truncated_payloads_are_refused(self):
        for name, message in of(DETAILS):
            decode = credentials.decode_details
            if message.header.cra_flag == COMMAND:
                decode = CredentialsRequest.decode
            for end in range(len(message.payload)):
                with self.assertRaises(DecodeError):
                    decode(message.payload[:end])
            with self.assertRaises(DecodeError):
                decode(message.payload + b"\0")
            self.assertTrue(name)


class FormsTest(unittest.TestCase):
    def refused(self, decode, *texts):
        for text in texts:
            with self.subTest(text), self.assertRaises(DecodeError):
                decode(bytes.fromhex(text))

    def test_a_cell(self):
        from smets.gbcs.der import DerReader

        for cell, text in (
            (CellIdentifier(4, 4), "300702010403020308"),
            (CellIdentifier(2, 4, 1), "300a02010203020308020101"),
            (CellIdentifier(0, 5), "300702010003020204"),
        ):
            self.assertEqual(cell.encode().hex(), text)
            read = CellIdentifier.read(DerReader.over(bytes.fromhex(text)))
            self.assertEqual(read.key(), cell.key())

    def test_requests_outside_the_form_are_refused(self):
        self.refused(
            CredentialsRequest.decode,
            "300e300702010403020308" + "3003020104" + "00",
            "300e300702010403020308" + "3003020184",  # negative role
            "3011300a02010403020308020100" + "3003020104",  # default cell usage encoded
            "3011300a02010403020308020102" + "3003020104",  # unknown cell usage
            "300e300702010403020106" + "3003020104",  # two key usages
            "300d3006020104030100" + "3003020104",  # none
            "3081" + "0e300702010403020308" + "3003020104",
        )

    def test_updates_outside_the_form_are_refused(self):
        empty = "3000" + "3000"
        self.refused(
            CredentialsUpdate.decode,
            "300d" + "3006" + "020102" + "830164" + "3000",  # no path
            "3010" + "3009" + "020102" + "810100" + "830164" + empty,  # default encoded
            "3010" + "3009" + "020102" + "810102" + "830164" + empty,
            "300d" + "3006" + "830164" + "020102" + empty,  # out of order
            "300a" + "3003" + "020102" + empty,  # no sequence number
            "3011" + "300a" + "020102" + "830164" + "84020001" + empty,  # long integer
        )
        good = CredentialsUpdate.decode(bytes.fromhex("300c" + "3006020102830164" + empty))
        self.assertEqual((good.control.mode, good.control.sequence_number), (2, 0x64))
        self.assertTrue(good.control.check_times)


if __name__ == "__main__":
    unittest.main()
