"""What a device is given for the HAN before it speaks to anybody, and what it agrees there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smets.codec.errors import DecodeError

if TYPE_CHECKING:
    from smets.zigbee.cbke import Identity
    from smets.zigbee.node import Changes, Store

# In the device's store. Provisioning puts these there; the code without its CRC.
INSTALL_CODE = "zigbee.install_code"
CERTIFICATE = "zigbee.certificate"
PRIVATE_KEY = "zigbee.private_key"
CA_PUBLIC_KEY = "zigbee.ca_public_key"
# The link key that key establishment agreed, and the EUI-64 of the trust centre.
LINK_KEY = "zigbee.link_key"
TRUST_CENTRE = "zigbee.trust_centre"

# Suite by octets of its certificate.
_SUITES = {48: 1, 74: 2}


def provision(
    install_code: bytes, certificate: bytes, private_key: bytes, ca_public_key: bytes
) -> Changes:
    """What provisioning commits to the store."""
    return [
        (INSTALL_CODE, install_code),
        (CERTIFICATE, certificate),
        (PRIVATE_KEY, private_key),
        (CA_PUBLIC_KEY, ca_public_key),
    ]


def identity(store: Store) -> Identity | None:
    """What the device proves itself with; None when it has nothing that could be it."""
    from smets.zigbee.cbke import Identity

    certificate = store.get(CERTIFICATE)
    private_key = store.get(PRIVATE_KEY)
    ca_public_key = store.get(CA_PUBLIC_KEY)
    if certificate is None or private_key is None or ca_public_key is None:
        return None
    number = _SUITES.get(len(certificate))
    try:
        return (
            None if number is None else Identity(number, certificate, private_key, ca_public_key)
        )
    except DecodeError:
        return None
