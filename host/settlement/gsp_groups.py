"""The 14 grid supply point groups and the distribution licence area that makes each."""

from typing import NamedTuple


class GspGroup(NamedTuple):
    """A grid supply point group; `distributor_id` is the first two digits of its MPANs."""

    identifier: str
    distributor_id: str
    name: str


# There is no _I and no _O. Ids from 24 are independent networks, which lie in any group.
GSP_GROUPS = (
    GspGroup("_A", "10", "East England"),
    GspGroup("_B", "11", "East Midlands"),
    GspGroup("_C", "12", "London"),
    GspGroup("_D", "13", "North Wales, Merseyside and Cheshire"),
    GspGroup("_E", "14", "West Midlands"),
    GspGroup("_F", "15", "North East England"),
    GspGroup("_G", "16", "North West England"),
    GspGroup("_H", "20", "Southern England"),
    GspGroup("_J", "19", "South East England"),
    GspGroup("_K", "21", "South Wales"),
    GspGroup("_L", "22", "South West England"),
    GspGroup("_M", "23", "Yorkshire"),
    GspGroup("_N", "18", "South Scotland"),
    GspGroup("_P", "17", "North Scotland"),
)
GROUP_OF_DISTRIBUTOR = {group.distributor_id: group.identifier for group in GSP_GROUPS}
GROUP_NAMES = {group.identifier: group.name for group in GSP_GROUPS}
