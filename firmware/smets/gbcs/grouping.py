"""The grouping header: DLMS general-signing with the fields of GBCS 7.2.6."""

from __future__ import annotations

from smets.codec.errors import DecodeError
from smets.codec.reader import Reader, write_length

COMMAND = 1
RESPONSE = 2
ALERT = 3
CRA_FLAGS = (COMMAND, RESPONSE, ALERT)

GENERAL_SIGNING = 0xDF
TRANSACTION_ID_LENGTH = 9
SHORTEST_CERTIFICATE = 64


class GroupingHeader:
    """Who speaks to whom, about what, and the counter that makes it fresh.

    Identifiers are EUI-64s of 8 octets, `date_time` has 0 or 12. The supplementary fields stand in
    messages for unknown remote parties only; absent ones are b"" or None.
    """

    def __init__(
        self,
        cra_flag: int,
        originator_counter: int,
        originator: bytes,
        recipient: bytes,
        message_code: int,
        date_time: bytes = b"",
        supplementary_remote_party: bytes = b"",
        supplementary_remote_party_counter: int | None = None,
        supplementary_originator_counter: int | None = None,
        supplementary_certificate: bytes = b"",
    ) -> None:
        self.cra_flag = cra_flag
        self.originator_counter = originator_counter
        self.originator = originator
        self.recipient = recipient
        self.message_code = message_code
        self.date_time = date_time
        self.supplementary_remote_party = supplementary_remote_party
        self.supplementary_remote_party_counter = supplementary_remote_party_counter
        self.supplementary_originator_counter = supplementary_originator_counter
        self.supplementary_certificate = supplementary_certificate

    @property
    def transaction_id(self) -> bytes:
        """CRA flag and originator counter, 9 octets."""
        return bytes((self.cra_flag,)) + self.originator_counter.to_bytes(8, "big")

    @staticmethod
    def read(reader: Reader) -> GroupingHeader:
        """Reads from the general-signing tag up to the content length, exclusive."""
        reader.expect(
            bytes((GENERAL_SIGNING, TRANSACTION_ID_LENGTH)), "start of a grouping header"
        )
        cra_flag = reader.octet()
        if cra_flag not in CRA_FLAGS:
            raise DecodeError(f"unknown CRA flag {cra_flag}")
        counter = reader.unsigned(8)
        reader.expect(b"\x08", "length of the originator")
        originator = reader.take(8)
        reader.expect(b"\x08", "length of the recipient")
        recipient = reader.take(8)
        size = reader.octet()
        if size not in {0, 12}:
            raise DecodeError(f"date-time of {size} octets in a grouping header")
        date_time = reader.take(size)
        header = GroupingHeader(cra_flag, counter, originator, recipient, 0, date_time)
        header._read_other_information(reader.sub(reader.length()))
        return header

    def _read_other_information(self, reader: Reader) -> None:
        self.message_code = reader.unsigned(2)
        if reader.remaining():
            self.supplementary_remote_party = reader.take(8)
        if reader.remaining():
            self.supplementary_remote_party_counter = reader.unsigned(8)
        if reader.remaining() == 8:
            self.supplementary_originator_counter = reader.unsigned(8)
        elif reader.remaining():
            if reader.remaining() < SHORTEST_CERTIFICATE:
                raise DecodeError("other information of unknown shape")
            self.supplementary_certificate = reader.take(reader.remaining())

    def _other_information(self) -> bytes:
        out = bytearray(self.message_code.to_bytes(2, "big"))
        out.extend(self.supplementary_remote_party)
        if self.supplementary_remote_party_counter is not None:
            out.extend(self.supplementary_remote_party_counter.to_bytes(8, "big"))
        if self.supplementary_originator_counter is not None:
            out.extend(self.supplementary_originator_counter.to_bytes(8, "big"))
        out.extend(self.supplementary_certificate)
        return bytes(out)

    def write(self, out: bytearray) -> None:
        out.append(GENERAL_SIGNING)
        out.append(TRANSACTION_ID_LENGTH)
        out.extend(self.transaction_id)
        out.append(8)
        out.extend(self.originator)
        out.append(8)
        out.extend(self.recipient)
        out.append(len(self.date_time))
        out.extend(self.date_time)
        other_information = self._other_information()
        write_length(out, len(other_information))
        out.extend(other_information)
