"""Host side of the stages: what they and their failures are called. Not on the board."""

from __future__ import annotations

from smets.zigbee import cbke, driver, stages

STAGES = {
    stages.RADIO: "radio",
    stages.ASSOCIATION: "association",
    stages.NETWORK_KEY: "network key",
    stages.INTERVIEW: "interview",
    stages.KEY_ESTABLISHMENT: "key establishment",
    stages.TUNNEL: "tunnel",
    stages.JOINED: "joined",
}
REASONS = {
    stages.NO_REASON: "",
    driver.NO_NETWORK: "no network found",
    driver.NOT_PERMITTED: "no network lets devices in now",
    driver.NOT_ASSOCIATED: "the network refused the device, or did not answer",
    driver.NO_NETWORK_KEY: "no network key: not whitelisted, or another install code",
    driver.UNSECURED_KEY: "the network key came unprotected",
    stages.NO_ANSWER: "the hub does not answer",
    stages.NO_SERVICE: "nobody in the network offers the service",
    stages.TUNNEL_REFUSED: "the hub refused the tunnel",
    stages.NO_TIME: "the hub does not tell the time",
    stages.PUT_OUT: "out of the network",
    stages.TRUST_CENTRE_LOST: "the hub is gone",
    stages.KEY_NOT_INSTALLED: "the radio did not take the link key",
    stages.NOT_PROVISIONED: "the device has no install code or no certificate",
    stages.WRONG_EUI: "the radio has another EUI-64 than the device",
    stages.RADIO_FAILED + driver.NO_ANSWER: "the radio does not answer",
    stages.RADIO_FAILED + driver.WRONG_VERSION: "the radio has another version",
    stages.RADIO_FAILED + driver.REFUSED: "the radio refused a command",
    stages.RADIO_FAILED + driver.RESTARTED: "the radio started anew",
}


def stage(number: int) -> str:
    """A stage in words."""
    return STAGES[number]


def reason(number: int) -> str:
    """Why a stage came to nothing, in words."""
    status = number - stages.KEY_ESTABLISHMENT_ENDED
    if 0 <= status < len(cbke.REASONS):
        return str(cbke.REASONS[status])
    return REASONS.get(number, f"reason {number:02x}")
