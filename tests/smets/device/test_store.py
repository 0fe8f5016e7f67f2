import sys
import unittest

from smets.device import store
from smets.device.ram_flash import RamFlash
from smets.device.store import Store
from tests.smets.device.cut_flash import Chance, CutFlash, PowerCut

NAMES = ("a", "b", "counter", "cell-2-0-0", "e", "f", "g" * 40)
CPYTHON = sys.implementation.name == "cpython"
SEEDS = 50 if CPYTHON else 3
COMMITS = 24


class SmallFiles:
    """Files take turns more often."""

    def __init__(self, room):
        self.room = room

    def __enter__(self):
        self.before = store._ROOM
        store._ROOM = self.room

    def __exit__(self, *_error):
        store._ROOM = self.before


def random_changes(chance):
    changes = []
    for _ in range(1 + chance.below(3)):
        name = NAMES[chance.below(len(NAMES))]
        gone = chance.below(5) == 0
        changes.append((name, None if gone else chance.octets(chance.below(120))))
    return changes


def applied(model, changes):
    model = dict(model)
    for name, value in changes:
        model[name] = value
    return model


def content(opened):
    return {name: opened.get(name) for name in NAMES}


class StoreTest(unittest.TestCase):
    def test_values_are_found_by_name_and_survive_a_restart(self):
        flash = RamFlash()
        first = Store(flash)
        self.assertIsNone(first.get("a"))
        first.commit([("a", b"1"), ("b", b""), ("c", bytes(3000))])
        first.commit([("a", b"22"), ("b", None)])
        for opened in (first, Store(flash)):
            self.assertEqual(opened.get("a"), b"22")
            self.assertIsNone(opened.get("b"))
            self.assertEqual(opened.get("c"), bytes(3000))

    def test_of_two_changes_of_a_name_the_later_counts(self):
        flash = RamFlash()
        first = Store(flash)
        first.commit([("a", b"1"), ("a", b"2"), ("b", b"3"), ("b", None)])
        for opened in (first, Store(flash)):
            self.assertEqual(opened.get("a"), b"2")
            self.assertIsNone(opened.get("b"))

    def test_names_with_the_same_check_are_kept_apart(self):
        # CRC-32 of both is 4ddb0c25
        opened = Store(RamFlash())
        opened.commit([("plumless", b"1"), ("buckeroo", b"2")])
        self.assertEqual(opened.get("plumless"), b"1")
        self.assertEqual(opened.get("buckeroo"), b"2")
        opened.commit([("plumless", None)])
        self.assertIsNone(opened.get("plumless"))
        self.assertEqual(opened.get("buckeroo"), b"2")

    def test_files_do_not_grow_for_ever(self):
        flash = RamFlash()
        with SmallFiles(3000):
            opened = Store(flash)
            for number in range(600):
                if number % 20 == 0:
                    opened = Store(flash)
                opened.commit([(NAMES[number % 5], bytes(100)), ("n", number.to_bytes(2, "big"))])
        self.assertEqual(Store(flash).get("n"), (599).to_bytes(2, "big"))
        for file in flash.files.values():
            self.assertLess(len(file), 3000 + 2 * 700)

    def test_what_cannot_be_stored_is_refused_before_anything_is_written(self):
        flash = RamFlash()
        opened = Store(flash)
        for name, value in (("", b""), ("n" * 256, b""), ("a", bytes(0xFFFF))):
            with self.assertRaises(ValueError):
                opened.commit([("ok", b""), (name, value)])
        self.assertEqual(flash.files, {})
        opened.commit([])
        self.assertEqual(flash.files, {})

    def test_a_power_cut_at_any_operation_leaves_all_of_a_commit_or_nothing(self):
        with SmallFiles(300):
            cuts = sum(self.cut_everywhere(seed) for seed in range(SEEDS))
        self.assertGreater(cuts, SEEDS * COMMITS * 2)

    def cut_everywhere(self, seed):
        """Runs the same commits again and again, with the power cut at each operation in turn."""
        cut_at = 0
        while True:
            chance = Chance(seed)
            flash = CutFlash({}, cut_at)
            model = dict.fromkeys(NAMES)
            try:
                opened = Store(flash)
                for _ in range(COMMITS):
                    changes = random_changes(chance)
                    intended = applied(model, changes)
                    opened.commit(changes)
                    model = intended
                self.assertEqual(content(opened), model)
                return cut_at
            except PowerCut:
                left = flash.left(Chance(seed * 1000 + cut_at))
            opened = Store(CutFlash(left))
            found = content(opened)
            self.assertIn(found, (model, intended), f"seed {seed}, cut at {cut_at}")
            # and it goes on from there
            opened.commit([("a", b"after")])
            found["a"] = b"after"
            self.assertEqual(content(opened), found)
            self.assertEqual(content(Store(opened._flash)), found)
            cut_at += 1

    def test_a_second_cut_while_going_on_loses_nothing_either(self):
        with SmallFiles(300):
            for seed in range(SEEDS * 5):
                self.cut_twice(seed)

    def cut_twice(self, seed):
        chance = Chance(seed + 7777)
        files = {}
        possible = [dict.fromkeys(NAMES)]
        for _ in range(6):
            flash = CutFlash(files, chance.below(30))
            try:
                opened = Store(flash)
                model = content(opened)
                self.assertIn(model, possible)
                while True:
                    changes = random_changes(chance)
                    possible = [model, applied(model, changes)]
                    opened.commit(changes)
                    model = possible[1]
            except PowerCut:
                files = flash.left(chance)


if __name__ == "__main__":
    unittest.main()
