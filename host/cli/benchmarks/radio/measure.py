"""`hanlab bench radio`."""

from host.cli.benchmarks.radio.attacks import attacks
from host.cli.benchmarks.radio.bad_air import bad_air
from host.cli.benchmarks.radio.many import full, many
from host.cli.benchmarks.report import Report


def measure(hans: int, requests: int, seed: int) -> Report:
    """Everything that is simulated below the serial line, in virtual time."""
    return Report(
        "radio",
        {"HANs": hans, "seed": seed},
        [many(hans), full(), bad_air(requests, seed), attacks(requests, seed)],
        ["The air, its radios and their Zigbee stacks are simulated; the frames are real."],
    )
