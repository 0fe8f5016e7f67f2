"""The unittest of the VMs says what CPython's says about the same tests."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from host.boards.vm import Vm
from tests.vm.plugin import SHIM

CASES = """
import unittest

LOG = []

class Outcomes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        LOG.append("class")

    def setUp(self):
        self.addCleanup(LOG.append, "cleanup")

    def test_passes(self):
        self.assertEqual(LOG[0], "class")
        with self.assertRaises(ValueError) as caught:
            int("x")
        self.assertIsInstance(caught.exception, ValueError)
        self.assertRaises(KeyError, {}.__getitem__, 1)

    def test_every_part_runs(self):
        for number in range(4):
            with self.subTest(number=number):
                self.assertEqual(number % 2, 0)

    def test_fails(self):
        self.assertIn(1, [2])

    def test_breaks(self):
        {}["missing"]

    def test_wrong_error_is_no_pass(self):
        with self.assertRaises(ValueError):
            {}["missing"]

    def test_no_error_is_no_pass(self):
        with self.assertRaises(ValueError):
            pass

    @unittest.skip("not today")
    def test_skipped_by_a_decorator(self):
        self.fail()

    def test_skipped_from_inside(self):
        raise unittest.SkipTest("not now")

    def test_the_teardown_of_all_before_came_after(self):
        # Tests run in the order of their names; a skipped set-up has nothing to clean.
        self.assertEqual(LOG.count("cleanup"), 6)


class Empty(unittest.TestCase):
    def helper(self):
        self.fail("is no test")
"""


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    (tmp_path / "cases.py").write_text(CASES)
    return tmp_path


def test_the_verdicts_are_those_of_cpython(cases: Path, vm: Vm) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "unittest", "cases"],
        check=False,
        cwd=cases,
        capture_output=True,
        text=True,
    ).stderr
    run = int(re.findall(r"Ran (\d+) tests", told)[0])
    bad = len(set(re.findall(r"^(?:FAIL|ERROR): (\w+)", told, re.MULTILINE)))
    skipped = int(re.findall(r"skipped=(\d+)", told)[0])
    assert (run, skipped) == (9, 2)
    shutil.copy(SHIM, cases)
    command = vm.command("-c", "import unittest; unittest.main('cases')")
    said = subprocess.check_output(command, env=vm.environment([cases]), text=True)
    assert said.splitlines()[-1] == f"RESULT {run} {bad} {skipped}"
    assert set(re.findall(r"^FAILED Outcomes\.(\w+)", said, re.MULTILINE)) == set(
        re.findall(r"^(?:FAIL|ERROR): (\w+)", told, re.MULTILINE)
    )


def test_a_failure_shows_where_it_was(cases: Path, gate_vm: Vm) -> None:
    shutil.copy(SHIM, cases)
    command = gate_vm.command("-c", "import unittest; unittest.main('cases')")
    said = subprocess.check_output(command, env=gate_vm.environment([cases]), text=True)
    assert "FAILED Outcomes.test_every_part_runs number=3" in said
    assert re.search(r'cases.py", line \d+, in test_fails', said)
    assert "AssertionError: 1 not in [2]" in said
