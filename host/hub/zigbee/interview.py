"""What the hub asks a new device before they share a key: who it is, over ZDO."""

from dataclasses import dataclass
from typing import Any

from zigpy.zdo import types as zdo

from host.hub.zigbee.coordinator import Coordinator, eui64
from host.hub.zigbee.datagrams import NotDeliveredError
from host.hub.zigbee.radio_errors import LINE_FAILURES
from smets.zigbee.driver import SMART_ENERGY

# Smart Energy 1.4, table 5-1, and the GBCS device type of each; what a metering device meters
# is an attribute of it.
METERING_DEVICE = 0x0501
TYPES = {0x0502: 6, 0x0505: 4, 0x0506: 5, 0x0508: 4}  # in-home display, load control, PPMID


@dataclass(frozen=True)
class Interviewed:
    """`endpoint`: of its Smart Energy application; `device`: what that is."""

    endpoint: int
    device: int
    sleeps: bool


async def interview(coordinator: Coordinator, eui: str) -> Interviewed:
    """NotDeliveredError says what was asked in vain."""
    device = coordinator.devices[eui64(eui)]
    try:
        return await _ask(device)
    except LINE_FAILURES as error:
        raise NotDeliveredError(f"no answer to ZDO requests ({type(error).__name__})") from error


async def _ask(device: Any) -> Interviewed:
    _, _, node = await device.zdo.Node_Desc_req(device.nwk)
    if node is None:
        raise NotDeliveredError("it does not describe itself")
    _, _, endpoints = await device.zdo.Active_EP_req(device.nwk)
    for endpoint in endpoints:
        status, _, found = await device.zdo.Simple_Desc_req(device.nwk, endpoint)
        if status == zdo.Status.SUCCESS and found.profile == SMART_ENERGY:
            return Interviewed(
                int(endpoint), int(found.device_type), not node.is_receiver_on_when_idle
            )
    raise NotDeliveredError("it has no endpoint of the Smart Energy profile")
