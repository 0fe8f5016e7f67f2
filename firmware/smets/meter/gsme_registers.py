"""What the gas meter counts, in dm3: the numbers of its registers in the record (`registers`)."""

from __future__ import annotations

# 0 and 1 are the book-keeping that both meters have
PERIOD = 2  # the open half hour so far
CONSUMPTION = 3
TOU = 4
BLOCK = 8
# network data log (GCS31): when sampling began, and CONSUMPTION as the last sample ended
SAMPLING = 12
SAMPLED = 13
WORDS = 14

TOU_COUNT = 4
BLOCK_COUNT = 4
