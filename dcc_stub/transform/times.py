"""Points in time as the DER of commands has them."""

from __future__ import annotations

from datetime import timedelta

from dcc_stub.duis.types import EPOCH
from smets.gbcs import der

# In a request this date-time cancels a future dated change; in a command the last one there is.
_CANCEL = 31_588_444_800  # 3000-12-31T00:00:00Z
_NEVER = b"99991231235959Z"


def element(seconds: int) -> bytes:
    """A GeneralizedTime; `seconds` since 2000."""
    text = (EPOCH + timedelta(seconds=seconds)).strftime("%Y%m%d%H%M%SZ").encode()
    return der.element(der.GENERALIZED_TIME, _NEVER if seconds == _CANCEL else text)
