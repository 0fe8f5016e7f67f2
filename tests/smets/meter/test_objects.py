"""The object table against the use cases that walk it; the host reads its text, CPython alone."""

import pytest

import keys.suite
from smets.codec import table_text
from smets.device.ram_flash import RamFlash
from smets.dlms import data as axdr
from smets.gbcs import use_cases, use_cases_text
from smets.gbcs.roles import ESME
from smets.meter import esme, live, methods, objects, objects_text, registers
from smets.meter.rows import Layout
from tests.smets.meter import support
from tests.smets.meter.test_rtds import NOW, USE_CASES

VM = False

NEEDED = {
    use_cases.GET: objects.GET,
    use_cases.SET: objects.SET,
    use_cases.ACTION: objects.ACTION,
    use_cases.RANGE: objects.RANGE,
}


def members():
    """(use case, access, class, logical name, member), what is encrypted by what encrypts it."""
    for row in use_cases_text.load().all():
        if row.name not in USE_CASES:
            continue
        for member in row.members:
            if member.operation in NEEDED:
                access = NEEDED[member.operation]
                yield row.name, access, member.class_id, member.logical_name, member.member
            ranged = member.operation == use_cases.PROTECTED_RANGE
            for class_id, logical_name, attribute in member.over:
                access = objects.RANGE if ranged else objects.GET
                yield row.name, access, class_id, logical_name, attribute


def entries():
    return [(key, objects.Entry(row)) for key, row in objects_text.tables("meter/objects").rows()]


@pytest.mark.parametrize(
    ("use_case", "access", "class_id", "logical_name", "member"), list(members())
)
def test_every_member_of_the_use_cases_may_be_accessed(
    use_case, access, class_id, logical_name, member
):
    bit = objects.METHOD_BIT if access == objects.ACTION else 0
    key = objects.key(class_id, logical_name, member | bit)
    entry = objects.find(objects_text.tables("meter/objects"), key)
    assert entry is not None, f"{use_case} names {key.hex()}"
    assert entry.access & access


def test_the_use_cases_name_every_entry():
    named = {
        objects.key(
            class_id, name, member | (objects.METHOD_BIT if access == objects.ACTION else 0)
        )
        for _, access, class_id, name, member in members()
    }
    assert {key for key, _ in entries()} - named == set()


def test_factory_values_are_well_formed_and_of_the_type_that_is_set():
    for key, entry in entries():
        if entry.kind == objects.VALUE:
            axdr.decode(entry.body)
            if entry.access & objects.SET:
                assert entry.type[0] == entry.body[0], key.hex()
        assert bool(entry.type) == bool(entry.access & (objects.SET | objects.ACTION))


def test_every_function_that_is_named_is_there_and_the_other_way_round():
    for kind, module in ((objects.LIVE, live), (objects.METHOD, methods)):
        named = {entry.body for _, entry in entries() if entry.kind == kind}
        assert named == {name for name, _ in module.FUNCTIONS}


def test_a_new_meter_answers_every_read():
    meter = support.meter()
    meter.poll(NOW)
    for key, entry in entries():
        what = int.from_bytes(key[:2], "big"), key[2:8], key[8]
        if entry.access & objects.GET:
            axdr.decode(meter.get(*what, NOW))
        if entry.access & objects.RANGE:
            tag, (description, rows) = axdr.decode(meter.get_range(*what, 0, NOW, NOW))
            assert (tag, description, rows) == (
                axdr.COMPACT_ARRAY,
                Layout(entry.body).description,
                b"",
            )


def test_a_meter_is_made_on_a_flash_and_found_there_again():
    flash = RamFlash()
    device = esme.create(support.IDENTIFIER, keys.suite.Suite(), flash, objects_text.tables)
    device.poll(NOW)
    device.poll(NOW + 86400)
    again = esme.create(support.IDENTIFIER, keys.suite.Suite(), flash, objects_text.tables)
    assert device.device_type == ESME
    assert again.objects.registers == device.objects.registers
    assert again.objects.registers[registers.IMPORT] > 0


def test_a_record_of_another_firmware_is_refused():
    with pytest.raises(ValueError, match="8 octets"):
        registers.stored(bytes(8), registers.WORDS)


@pytest.mark.parametrize(
    "text",
    ["array(1,2", "u64", "", "octets(256)", "structure(u32,nothing)"],
)
def test_a_type_that_is_none_is_refused_by_the_table_text(text):
    with pytest.raises(ValueError):  # noqa: PT011 - of int, bytes or ours
        objects_text._type(text)


def test_logical_names_are_written_as_in_the_standard():
    assert table_text.logical_name("1-0:2.8.0.255") == bytes((1, 0, 2, 8, 0, 255))
