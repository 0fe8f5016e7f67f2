"""What pytest makes of what a VM printed."""

import pytest

from tests.vm.plugin import VmTestError, judge


def test_a_file_passes_when_tests_ran_and_none_failed() -> None:
    judge("i386", "noise\nRESULT 5 0 4\n", 0)


@pytest.mark.parametrize(
    ("output", "code", "complaint"),
    [
        ("RESULT 5 2 0\n", 0, "2 of 5 tests failed in i386"),
        ("RESULT 0 0 0\n", 0, "no test of this file ran"),
        ("MemoryError\n", 1, "ended with 1 before the tests did"),
        ("", 0, "ended with 0 before the tests did"),
        ("RESULT 5 0 0\nFatal error\n", 0, "before the tests did"),
        ("RESULT 5 0 0\n", -9, "ended with -9"),
    ],
)
def test_anything_else_fails(output: str, code: int, complaint: str) -> None:
    with pytest.raises(VmTestError, match=complaint):
        judge("i386", output, code)


def test_a_file_of_skipped_tests_is_skipped() -> None:
    with pytest.raises(pytest.skip.Exception, match="no vectors here"):
        judge("i386", "skipped test_it no vectors here\nRESULT 1 0 1\n", 0)
