"""What a node counts."""

NAMES = (
    "mac sent",
    "mac not acknowledged",
    "mac received",
    "mac malformed",
    "mac refused",  # associations that nobody is let in by, or that nobody asked for
    "indirect expired",
    "indirect overflow",
    "nwk sent",
    "nwk received",
    "nwk relayed",
    "nwk malformed",
    "nwk unsecured",  # refused: has to be secured
    "nwk unknown key",
    "nwk forged",
    "nwk replayed",
    "nwk duplicate",  # of a broadcast
    "nwk no route",
    "aps sent",
    "aps retried",
    "aps failed",
    "aps received",
    "aps duplicate",
    "aps malformed",
    "aps no key",
    "aps forged",
    "aps replayed",
    "aps reassembly failed",
    "commands refused",  # from one who may not give them
    "joins denied",
    "children aged out",
    "zdo malformed",
)


class Counters(dict[str, int]):
    """All start at 0; a name that is not in the list is a KeyError."""

    def __init__(self) -> None:
        super().__init__(dict.fromkeys(NAMES, 0))
