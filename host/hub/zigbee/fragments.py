"""How much of a message fits one frame: EZSP leaves it to the host to cut what is longer.

127 octets of a frame less MAC 11, NWK 8 with 18 of security, APS 8 leave 82; the fragmentation
header takes 2 and security with the link key 9 (GBCS hubs send blocks of 61 or fewer so that a
source route still fits).
"""

WHOLE = 82
WHOLE_SECURED = 73
BLOCK = 61


def cut(payload: bytes, secured: bool) -> list[bytes]:
    """The message as one piece, or as blocks in their order."""
    if len(payload) <= (WHOLE_SECURED if secured else WHOLE):
        return [payload]
    return [payload[at : at + BLOCK] for at in range(0, len(payload), BLOCK)]
