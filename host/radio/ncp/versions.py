"""The versions of EZSP that the co-processor speaks."""

# Versions of EmberZNet that speak them: major, minor, patch, special.
STACK_VERSIONS = {
    13: (7, 4, 5, 0),
    14: (8, 0, 2, 0),
    16: (8, 1, 1, 0),
    17: (8, 2, 0, 0),
    18: (8, 2, 1, 0),
    19: (9, 0, 0, 0),
}
DEFAULT = 13  # bellows 1.2.1 loses fragmented messages with any later one
