"""Published vectors, one record at a time, on CPython and inside a VM alike.

A VM cannot hold a Wycheproof file. So the runner writes each file of `vectors/` as lines, one JSON
document a line, and tests of the core read those.
"""

import json
import os
import unittest


def vectors(name, **wanted):
    """Yield the records of `vectors/NAME.json`, those alone whose fields equal `wanted`.

    A Wycheproof record is a test with the fields of its group; a record of a file that is a table
    of lists has the list's name as `section`. Without the data: skipped, in CI an error.
    """
    try:
        file = open(os.getenv("HANLAB_VECTORS", "") + "/" + name + ".jsonl")  # noqa: SIM115
    except OSError:
        reason = "no vectors " + name + "; set HANLAB_DATA to the folder that has them"
        if os.getenv("CI"):
            raise AssertionError(reason) from None
        raise unittest.SkipTest(reason) from None
    with file:
        for line in file:
            record = json.loads(line)
            if all(record.get(key) == value for key, value in wanted.items()):
                yield record
