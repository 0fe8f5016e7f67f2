"""The packed tables; the host packs them, so this runs on CPython alone."""

import pytest

from smets.codec import table_text

VM = False

ROWS = [(bytes((0, key)), bytes((key,)) * (key % 5)) for key in range(7, 90, 3)]


def test_every_row_is_found_and_no_other():
    table = table_text.in_memory(table_text.pack(reversed(ROWS)))
    assert len(table) == len(ROWS)
    assert list(table.rows()) == ROWS
    found = {key: table.find(bytes((0, key))) for key in range(256)}
    assert {key: row for key, row in found.items() if row is not None} == {
        key[1]: row for key, row in ROWS
    }


def test_keys_are_unique_and_of_one_size():
    with pytest.raises(ValueError, match="twice"):
        table_text.pack([(b"a", b""), (b"a", b"")])
    with pytest.raises(ValueError, match="not of 1"):
        table_text.pack([(b"a", b""), (b"bc", b"")])


def test_text_is_read_as_entries():
    text = "# note\n\nhead one\n  below a\n  below b\nhead two\n"
    assert list(table_text.entries(text)) == [
        ("head one", ["below a", "below b"]),
        ("head two", []),
    ]
    assert list(table_text.entries("# nothing\n")) == []


def test_logical_names():
    assert table_text.logical_name("1-0:2.8.0.255").hex() == "0100020800ff"
    with pytest.raises(ValueError, match="not a logical name"):
        table_text.logical_name("1-0:2.8.0")
