import unittest

from smets.codec.errors import DecodeError
from smets.dlms import access
from smets.dlms import data as axdr
from smets.dlms.notification import DataNotification

# Green Book, table of the ACCESS example: two gets and two sets
GREEN_BOOK_REQUEST = (
    "d94000000000040100010000600100ff020100080000010000ff0202001400000d0000ff0702001400000d0000ff08"
    "04000001040203090100090cffffffffffffff00000000000901ff0203090101090cffffffffffffff000000000009"
    "01ff0203090102090cffffffffffffff00000000000901ff0203090103090cffffffffffffff00000000000901ff01"
    "04020809010011ff11ff11ff11ff11ff11ff11ff0208090101110211011101110111011101110102080901021102"
    "11ff11ff11ff11ff11ff11ff02080901031101110211021102110211021102"
)


class RequestTest(unittest.TestCase):
    def test_the_green_books_example(self):
        octets = bytes.fromhex(GREEN_BOOK_REQUEST)
        request = access.AccessRequest.decode(octets)
        self.assertEqual(request.flags, 0x40)
        self.assertEqual([s.choice for s in request.specifications], [1, 1, 2, 2])
        self.assertEqual(request.specifications[1].logical_name.hex(), "0000010000ff")
        self.assertEqual(request.encode(), octets)

    def test_a_get_with_selection(self):
        parameter = (
            axdr.STRUCTURE,
            ((axdr.DOUBLE_LONG_UNSIGNED, 1), (axdr.DOUBLE_LONG_UNSIGNED, 2)),
        )
        specification = access.Specification(
            access.GET_WITH_SELECTION, 7, bytes.fromhex("0000630102ff"), 2, 1, parameter
        )
        request = access.AccessRequest(0x3EA, (specification,), (axdr.NULL_DATA,))
        octets = request.encode()
        self.assertEqual(
            octets.hex(), "d9200003ea00010400070000630102ff02010202060000000106000000020100"
        )
        self.assertEqual(
            access.AccessRequest.decode(octets).specifications[0].parameter, parameter
        )

    def test_malformed_requests_are_refused(self):
        good = "d9200003e8000101000100005e2c2214020100"
        access.AccessRequest.decode(bytes.fromhex(good))
        for octets in (
            good + "00",
            good[:-2],
            "da" + good[2:],
            "d9200003e80c" + good[12:],
            "d9200003e8000105000100005e2c2214020100",
            "d9200003e8000101000100005e2c22140200",
            "d9200003e800ff",
            "",
        ):
            with self.assertRaises(DecodeError):
                access.AccessRequest.decode(bytes.fromhex(octets))


class ResponseTest(unittest.TestCase):
    def test_data_and_results(self):
        octets = bytes.fromhex("da200004b1000004060000000a02020f00161e00000401000100010101fa")
        response = access.AccessResponse.decode(octets)
        self.assertEqual(response.results, ((1, 0), (1, 0), (1, 1), (1, 250)))
        self.assertEqual(response.data[0], (axdr.DOUBLE_LONG_UNSIGNED, 10))
        self.assertEqual(response.encode(), octets)

    def test_malformed_responses_are_refused(self):
        for octets in (
            "da200004b100000100",
            "da200004b10000010001",
            "da200004b1000001000104",
            "da200004b100000100010400",
            "da200004b1000001000201000100",
            "da200004b101000100010100",
            "da200004b1000001000101000000",
        ):
            with self.assertRaises(DecodeError):
                access.AccessResponse.decode(bytes.fromhex(octets))


class NotificationTest(unittest.TestCase):
    def test_an_alert(self):
        octets = bytes.fromhex("0f200007d0000202128f30090c07df0101ff000000008000ff")
        notification = DataNotification.decode(octets)
        self.assertEqual(notification.body[1][0], (axdr.LONG_UNSIGNED, 0x8F30))
        self.assertEqual(notification.encode(), octets)

    def test_malformed_notifications_are_refused(self):
        for octets in ("0f200007d00c0202", "0f200007d00000ff", "0e200007d00000"):
            with self.assertRaises(DecodeError):
                DataNotification.decode(bytes.fromhex(octets))


if __name__ == "__main__":
    unittest.main()
