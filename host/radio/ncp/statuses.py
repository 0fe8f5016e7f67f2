"""What the stack says, in EZSP's numbers."""

from __future__ import annotations

from host.radio.stack.types import StackError, Status
from smets.codec.errors import RefusedError
from smets.zigbee import ezsp_status

STATUSES = {
    Status.OK: ezsp_status.OK,
    Status.NETWORK_UP: ezsp_status.NETWORK_UP,
    Status.NETWORK_DOWN: ezsp_status.NETWORK_DOWN,
    Status.NOT_JOINED: ezsp_status.NOT_JOINED,
    Status.INVALID_CALL: ezsp_status.INVALID_STATE,
    Status.INVALID_PARAMETER: ezsp_status.INVALID_PARAMETER,
    Status.MESSAGE_TOO_LONG: ezsp_status.MESSAGE_TOO_LONG,
    Status.NO_BUFFERS: ezsp_status.ALLOCATION_FAILED,
    Status.TABLE_FULL: ezsp_status.FULL,
    Status.NOT_FOUND: ezsp_status.NOT_FOUND,
    Status.DELIVERY_FAILED: ezsp_status.DELIVERY_FAILED,
    Status.NO_LINK_KEY: ezsp_status.APS_ENCRYPTION_ERROR,
    Status.NO_DATA: ezsp_status.MAC_NO_DATA,
    Status.NO_NETWORKS: ezsp_status.NO_BEACONS,
    Status.ASSOCIATION_REFUSED: ezsp_status.NOT_JOINED,
    Status.NO_NETWORK_KEY: ezsp_status.NO_NETWORK_KEY_RECEIVED,
    Status.REJOIN_FAILED: ezsp_status.NOT_JOINED,
    Status.KEY_REFUSED: ezsp_status.NO_LINK_KEY_RECEIVED,
}


def status_of(refusal: RefusedError) -> int:
    """The sl_status of a refusal: the stack's, or the code it was raised with."""
    return STATUSES[refusal.status] if isinstance(refusal, StackError) else refusal.code


def refused(status: int) -> RefusedError:
    """A refusal by the NCP itself."""
    return RefusedError(f"status {status:04x}", status)
