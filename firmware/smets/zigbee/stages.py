"""How far a device is on its way into the HAN, and why it gets no further."""

from __future__ import annotations

RADIO = 0  # the radio starts
ASSOCIATION = 1  # a network is looked for and joined
NETWORK_KEY = 2  # the network key is waited for
INTERVIEW = 3  # the hub's services are looked for
KEY_ESTABLISHMENT = 4
TUNNEL = 5
JOINED = 6  # the way for messages stands

# Reasons: of `driver.on_join_failed` as they are, of key establishment's end with its status
# added, of `driver.on_failed` likewise; others below.
KEY_ESTABLISHMENT_ENDED = 0x10
RADIO_FAILED = 0x30
NO_REASON = 0x00
NO_ANSWER = 0x20
NO_SERVICE = 0x21  # nobody in the network has an endpoint for it
TUNNEL_REFUSED = 0x22
NO_TIME = 0x23  # the hub does not tell the time
PUT_OUT = 0x24  # the hub made the device leave, or its parent is gone
TRUST_CENTRE_LOST = 0x25  # keep-alive stayed unanswered
KEY_NOT_INSTALLED = 0x26  # the radio does not take the link key
NOT_PROVISIONED = 0x27  # no install code, no certificate
WRONG_EUI = 0x28  # the radio has another EUI-64 than the device


class Failure(Exception):  # noqa: N818 - what becomes of a stage; nothing that is wrong with it
    """A stage came to nothing."""

    def __init__(self, reason: int) -> None:
        super().__init__(reason)
        self.reason = reason
