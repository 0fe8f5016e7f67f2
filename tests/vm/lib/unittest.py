"""The part of `unittest` that the tests of the core use, for MicroPython.

`main(module)` runs a module's tests and prints one line `RESULT run failed skipped` at the end.
"""

import gc
import re
import sys


class SkipTest(Exception):
    pass


class _Raises:
    def __init__(self, expected, pattern=None):
        self.expected = expected
        self.pattern = pattern
        self.exception = None

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _trace):
        if kind is None:
            raise AssertionError("%r not raised" % (self.expected,))
        if not issubclass(kind, self.expected):
            return False
        self.exception = error
        if self.pattern and not re.search(self.pattern, str(error)):
            raise AssertionError("%r does not match %r" % (self.pattern, str(error)))
        return True


class _SubTest:
    def __init__(self, case, label):
        self.case = case
        self.label = label

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _trace):
        if kind is None:
            return False
        if issubclass(kind, SkipTest) or not issubclass(kind, Exception):
            return False
        self.case._failures.append((self.label, error))
        return True


def _check(holds, message, text, *values):
    if not holds:
        text = text % tuple(_short(value) for value in values)
        raise AssertionError(text if message is None else "%s: %s" % (text, message))


def _short(value):
    text = repr(value)
    return text if len(text) <= 600 else text[:600] + "..."


class TestCase:
    maxDiff = None
    _skipped = None
    failureException = AssertionError

    def __init__(self):
        self._failures = []
        self._cleanups = []

    def setUp(self):
        pass

    def tearDown(self):
        pass

    @classmethod
    def setUpClass(cls):
        pass

    @classmethod
    def tearDownClass(cls):
        pass

    def addCleanup(self, function, *arguments, **named):
        self._cleanups.append((function, arguments, named))

    def subTest(self, message=None, **parameters):
        label = " ".join("%s=%s" % pair for pair in sorted(parameters.items()))
        return _SubTest(self, label if message is None else "%s %s" % (message, label))

    def skipTest(self, reason):
        raise SkipTest(reason)

    def fail(self, msg=None):
        raise AssertionError(msg or "failed")

    def assertEqual(self, first, second, msg=None):
        _check(first == second, msg, "%s != %s", first, second)

    def assertNotEqual(self, first, second, msg=None):
        _check(first != second, msg, "%s == %s", first, second)

    assertListEqual = assertTupleEqual = assertDictEqual = assertSetEqual = assertEqual
    assertSequenceEqual = assertMultiLineEqual = assertEqual

    def assertCountEqual(self, first, second, msg=None):
        self.assertEqual(sorted(first), sorted(second), msg)

    def assertTrue(self, value, msg=None):
        _check(value, msg, "%s is not true", value)

    def assertFalse(self, value, msg=None):
        _check(not value, msg, "%s is not false", value)

    def assertIs(self, first, second, msg=None):
        _check(first is second, msg, "%s is not %s", first, second)

    def assertIsNot(self, first, second, msg=None):
        _check(first is not second, msg, "%s is %s", first, second)

    def assertIsNone(self, value, msg=None):
        _check(value is None, msg, "%s is not None", value)

    def assertIsNotNone(self, value, msg=None):
        _check(value is not None, msg, "%s is None", value)

    def assertIn(self, member, container, msg=None):
        _check(member in container, msg, "%s not in %s", member, container)

    def assertNotIn(self, member, container, msg=None):
        _check(member not in container, msg, "%s in %s", member, container)

    def assertIsInstance(self, value, kind, msg=None):
        _check(isinstance(value, kind), msg, "%s is no %s", value, kind)

    def assertNotIsInstance(self, value, kind, msg=None):
        _check(not isinstance(value, kind), msg, "%s is a %s", value, kind)

    def assertLess(self, first, second, msg=None):
        _check(first < second, msg, "%s not less than %s", first, second)

    def assertLessEqual(self, first, second, msg=None):
        _check(first <= second, msg, "%s greater than %s", first, second)

    def assertGreater(self, first, second, msg=None):
        _check(first > second, msg, "%s not greater than %s", first, second)

    def assertGreaterEqual(self, first, second, msg=None):
        _check(first >= second, msg, "%s less than %s", first, second)

    def assertAlmostEqual(self, first, second, places=7, msg=None):
        _check(round(abs(first - second), places) == 0, msg, "%s not near %s", first, second)

    def assertRegex(self, text, pattern, msg=None):
        _check(re.search(pattern, text), msg, "%s does not match %s", text, pattern)

    def assertRaises(self, expected, function=None, *arguments, **named):
        return self._raises(_Raises(expected), function, arguments, named)

    def assertRaisesRegex(self, expected, pattern, function=None, *arguments, **named):
        return self._raises(_Raises(expected, pattern), function, arguments, named)

    def _raises(self, context, function, arguments, named):
        if function is None:
            return context
        with context:
            function(*arguments, **named)
        return None


class _Skipped:
    """Stands where a test stood that is not to run, nor what would set it up."""

    def __init__(self, reason):
        self.reason = reason


def skip(reason):
    def decorate(test):
        if isinstance(test, type):
            test._skipped = _Skipped(reason)
            return test
        return _Skipped(reason)

    return decorate


def skipIf(condition, reason):
    return skip(reason) if condition else _same


def skipUnless(condition, reason):
    return _same if condition else skip(reason)


def _same(function):
    return function


def _is_case(value):
    return isinstance(value, type) and issubclass(value, TestCase) and value is not TestCase


def _run_one(case, name):
    """Run one test method; True when it was skipped."""
    test = case._skipped or getattr(case, name)
    if isinstance(test, _Skipped):
        print("skipped", name, test.reason)
        return True
    skipped = False
    try:
        case.setUp()
        try:
            test()
        finally:
            case.tearDown()
    except SkipTest as reason:
        print("skipped", name, reason)
        skipped = True
    except Exception as error:
        case._failures.append(("", error))
    for function, arguments, named in reversed(case._cleanups):
        try:
            function(*arguments, **named)
        except Exception as error:
            case._failures.append(("cleanup", error))
    return skipped


def main(module="__main__"):
    """Run every test of a module, in the order of their names."""
    found = __import__(module, None, None, ("*",))
    run = failed = skipped = 0
    for kind in [getattr(found, name) for name in sorted(dir(found))]:
        if not _is_case(kind):
            continue
        if not kind._skipped:
            kind.setUpClass()
        for name in sorted(set(dir(kind))):
            if not name.startswith("test"):
                continue
            gc.collect()
            case = kind()
            run += 1
            skipped += _run_one(case, name)
            failed += bool(case._failures)
            for label, error in case._failures:
                print("FAILED", kind.__name__ + "." + name, label)
                sys.print_exception(error, sys.stdout)
        if not kind._skipped:
            kind.tearDownClass()
    print("RESULT", run, failed, skipped)
