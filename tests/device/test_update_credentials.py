"""CS02b, supplier by supplier: what replaces a cell, what does not, and what comes of it."""

from datetime import date

import pytest

from smets.gbcs import credentials_update, der, roles
from smets.gbcs.credentials_update import FloorChange, decode_response
from smets.gbcs.message import Message
from tests.device import authorities as a
from tests.device.authorities import AGREEMENT, SIGNING, TOP_UP, WORLD, certificate, control
from tests.smets.device.engine import (
    CLOSE_SWITCH,
    NOW,
    OPERATOR,
    READ_POWER,
    STRANGER,
    SUPPLIER,
    Party,
)

SUCCESS, BAD_CERTIFICATE, NO_TRUST_ANCHOR, NOT_FOUND = 0, 5, 10, 25


def new_key(name):
    return a.private_key("new " + name)


def whole():
    """Certificates for all three cells of a supplier."""
    return [
        (certificate(SUPPLIER, "ds", new_key("ds")), SIGNING),
        (certificate(SUPPLIER, "ka", new_key("ka")), AGREEMENT),
        (certificate(SUPPLIER, "pp-ka", new_key("pp")), TOP_UP),
    ]


def send(device, body, counter=100, party=SUPPLIER, code=a.UPDATE_SUPPLIER):
    command = WORLD.command(code, counter, party, body, signed=True)
    return device.receive(command, NOW)


def outcome(answer):
    message = WORLD.opened(answer)
    assert message.mac is None
    assert len(message.signature) == 64
    assert len(message.header.date_time) == 12
    return decode_response(message.payload)


def statuses(answer):
    return [cell.status for cell in outcome(answer).cells]


def held(device, cell=SIGNING):
    return device.anchors.get(*cell)


class NewSupplier(Party):
    """The supplier with the keys that its new certificates are for."""

    def key(self, use):
        return new_key(use)


NEW_SUPPLIER = NewSupplier(0x10, roles.SUPPLIER)


@pytest.fixture
def device():
    return a.device()


def test_cells_are_replaced_and_their_old_keys_count_no_more(device):
    before = [held(device, cell) for _, cell in whole()]
    found = outcome(send(device, a.update(control(100), whole())))
    assert (found.sequence_number, found.mode, found.floors) == (100, 2, ())
    for cell, (replacing, place), old in zip(found.cells, whole(), before, strict=True):
        assert cell.cell.key() == place
        assert cell.status == SUCCESS
        assert cell.existing == (old.eui, old.identifier)
        assert cell.replacing == (SUPPLIER.eui, replacing.key_identifier)
        assert held(device, place).public_key == replacing.public_key
    assert device.receive(WORLD.command(CLOSE_SWITCH, 101), NOW) is None
    assert device.refusals()[-1].check == "signature"
    assert device.receive(WORLD.command(CLOSE_SWITCH, 101, NEW_SUPPLIER), NOW)
    answer = device.receive(WORLD.command(READ_POWER, 5), NOW)
    assert Message.decode(answer).mac


def test_the_same_command_is_not_carried_out_again(device):
    body = a.update(control(100), whole())
    assert send(device, body)
    assert send(device, body) is None
    assert device.refusals()[-1].check == "signature"


def test_another_party_may_take_over(device):
    taken_over = [(certificate(STRANGER, "ds", STRANGER.key("ds")), SIGNING)]
    assert statuses(send(device, a.update(control(100), taken_over))) == [SUCCESS]
    assert held(device).eui == STRANGER.eui
    assert device.receive(WORLD.command(CLOSE_SWITCH, 101, STRANGER), NOW)


def test_each_cell_has_its_own_status(device):
    other = a.issuer("other issuing", "other root")
    replacements = whole()
    replacements[1] = (certificate(SUPPLIER, "ka", new_key("ka"), other), AGREEMENT)
    before = held(device, AGREEMENT)
    found = outcome(send(device, a.update(control(100), replacements)))
    assert [cell.status for cell in found.cells] == [SUCCESS, NO_TRUST_ANCHOR, SUCCESS]
    assert found.cells[1].replacing == found.cells[1].existing
    assert held(device, AGREEMENT).public_key == before.public_key
    assert held(device).public_key == replacements[0][0].public_key


def test_a_path_to_another_root_leads_nowhere(device):
    other = a.issuer("other issuing", "other root")
    replacements = [(certificate(SUPPLIER, "ds", new_key("ds"), other), SIGNING)]
    body = a.update(control(100), replacements, [other.certificate])
    assert statuses(send(device, body)) == [NO_TRUST_ANCHOR]


def test_an_issuer_that_the_root_did_not_sign_leads_nowhere(device):
    # Same names and key identifiers as the real ones; the signature alone is another's.
    false_root = a.Authority(a.root().certificate, a.private_key("false"))
    public_key = a.points.public_key(a.private_key("issuing"))
    subject = a.issuer().certificate.subject
    forged = a.issue.issuing_authority(false_root, subject, public_key, a.terms(2))
    body = a.update(control(100), whole(), [forged])
    assert statuses(send(device, body)) == [NO_TRUST_ANCHOR] * 3


def test_a_certificate_that_the_issuer_did_not_sign_is_bad(device):
    false_issuer = a.Authority(a.issuer().certificate, a.private_key("false"))
    replacements = [(certificate(SUPPLIER, "ds", new_key("ds"), false_issuer), SIGNING)]
    assert statuses(send(device, a.update(control(100), replacements))) == [BAD_CERTIFICATE]


@pytest.mark.parametrize(
    ("party", "usage", "cell", "role"),
    [
        (SUPPLIER, "ka", SIGNING, None),
        (SUPPLIER, "ds", AGREEMENT, None),
        (OPERATOR, "ds", SIGNING, None),
        (SUPPLIER, "ds", SIGNING, roles.LOAD_CONTROLLER),
    ],
)
def test_a_certificate_that_does_not_fit_its_cell_is_bad(device, party, usage, cell, role):
    wrong = [(certificate(party, usage, new_key("x"), role=role), cell)]
    before = held(device, cell).public_key
    assert statuses(send(device, a.update(control(100), wrong))) == [BAD_CERTIFICATE]
    assert held(device, cell).public_key == before


def test_what_is_no_certificate_is_bad(device):
    body = a.update(control(100), whole()[:1])
    good = whole()[0][0].encoded
    mangled = bytearray(good)
    mangled[10] ^= 1  # of the version
    body = body.replace(good, bytes(mangled))
    assert statuses(send(device, body)) == [BAD_CERTIFICATE]


def test_a_cell_that_the_device_lacks_is_not_found(device):
    device.anchors.put(changes := [], *TOP_UP, None)
    device.store.commit(changes)
    found = outcome(send(device, a.update(control(100), whole())))
    assert [cell.status for cell in found.cells] == [SUCCESS, SUCCESS, NOT_FOUND]
    assert found.cells[2].existing == (bytes(8), bytes(8))


def test_times_count_when_they_are_to_and_the_clock_is_reliable(device):
    early = [(certificate(SUPPLIER, "ds", new_key("ds"), first_day=date(2027, 1, 1)), SIGNING)]
    body = a.update(control(100), early)
    device.objects.time_known = True
    assert statuses(send(device, body)) == [BAD_CERTIFICATE]
    body = a.update(control(101, check_times=False), early)
    assert statuses(send(device, body, 101)) == [SUCCESS]


def test_times_do_not_count_before_the_clock_is_reliable(device):
    early = [(certificate(SUPPLIER, "ds", new_key("ds"), first_day=date(2027, 1, 1)), SIGNING)]
    assert statuses(send(device, a.update(control(100), early))) == [SUCCESS]


def test_floors_are_told_and_count(device):
    body = a.update(control(100, floor=7, specialist=((0, 9),)), whole())
    found = outcome(send(device, body))
    assert [each.encode() for each in found.floors] == [
        FloorChange(roles.SUPPLIER, 7, ((0, 9),)).encode()
    ]
    assert device.counters.accepted(roles.SUPPLIER) == 7
    assert device.store.get("counter.2.top-up") == (9).to_bytes(8, "big")
    assert device.receive(WORLD.command(CLOSE_SWITCH, 8, NEW_SUPPLIER), NOW)


def test_a_lower_floor_lets_nothing_in_again_while_the_signing_key_stays(device):
    replacements = whole()[1:]
    outcome(send(device, a.update(control(100, floor=7), replacements)))
    assert device.counters.accepted(roles.SUPPLIER) == 100
    outcome(send(device, a.update(control(101, floor=500), replacements), 101))
    assert device.counters.accepted(roles.SUPPLIER) == 500


def test_one_for_later_is_not_supported_yet(device):
    later = der.element(der.GENERALIZED_TIME, b"20300115000000Z")
    message = WORLD.opened(send(device, a.update(control(100), whole(), activation=later)))
    assert message.header.message_code == 0x0120
    assert held(device).public_key == WORLD.public_key(SUPPLIER.key("ds"))


def test_one_for_a_time_that_has_passed_is_carried_out(device):
    past = der.element(der.GENERALIZED_TIME, b"20100115000000Z")
    body = a.update(control(100), whole(), activation=past)
    assert statuses(send(device, body)) == [SUCCESS] * 3


def refused_bodies():
    good = control(100)
    cells = whole()
    operator_cell = (roles.NETWORK_OPERATOR, roles.DIGITAL_SIGNATURE, 0)
    by_agreement = credentials_update.CellIdentifier(*AGREEMENT)
    return {
        "another mode": a.update(credentials_update.Control(3, 100, good.authorising), cells),
        "another counter": a.update(control(101), cells),
        "no authorising cell": a.update(credentials_update.Control(2, 100), cells),
        "another authorising cell": a.update(
            credentials_update.Control(2, 100, by_agreement), cells
        ),
        "a cell twice": a.update(good, [cells[0], cells[0]]),
        "no cell": a.update(good, []),
        "another role's cell": a.update(good, [(cells[0][0], operator_cell)]),
        "another role's floor": a.update(
            control(100, others=(FloorChange(roles.NETWORK_OPERATOR, 0),)), cells
        ),
        "an unknown kind of floor": a.update(control(100, floor=1, specialist=((1, 1),)), cells),
        "a symmetric key": a.update(control(100, symmetric_key=bytes(16)), cells),
        "octets too many": a.update(good, cells) + b"\0",
        "a length too long": _longer_length(a.update(good, cells)),
        "no DER": b"\x30\x03\x02\x01",
    }


def _longer_length(body):
    assert body[1] == 0x82
    return body[:1] + b"\x83\x00" + body[2:]


@pytest.mark.parametrize("name", refused_bodies())
def test_a_command_that_contradicts_itself_is_refused(device, name):
    before = dict(device.store._flash.files)
    assert before
    assert send(device, refused_bodies()[name]) is None
    assert device.refusals()[-1].check == "payload"
    assert held(device).public_key == WORLD.public_key(SUPPLIER.key("ds"))
    assert device.counters.accepted(roles.SUPPLIER) == 0


def test_only_the_holder_of_the_cell_may_replace(device):
    body = a.update(control(100), whole())
    assert send(device, body, party=OPERATOR) is None
    assert device.refusals()[-1].check == "role"
