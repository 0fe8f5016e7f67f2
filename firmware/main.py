"""What a board runs: the device that its configuration names, on its line, clock and flash."""

import gc
import json

# What stays is laid down without gaps: garbage goes before it stands between two things that stay.
gc.threshold(1024)
RUNNING_THRESHOLD = 8 * 1024

from image import VERSION  # noqa: E402

from smets.crypto.comb import generator  # noqa: E402

generator()  # a table of 2 KB in one piece, which every signature needs: first of all

from board.flash import Flash  # noqa: E402
from board.tables import open_table  # noqa: E402
from board.warm import warm  # noqa: E402
from smets.crypto.suite import Suite  # noqa: E402
from smets.device.device import Device  # noqa: E402

with open("board.json") as file:
    config = json.load(file)

if config["kind"] == "ESME":
    from smets.meter import esme as kind
elif config["kind"] == "GSME":
    from smets.meter import gsme as kind  # type: ignore[no-redef]
else:
    raise SystemExit("board.json names a kind of device that is not here: " + config["kind"])

if "radio" in config:
    from board.run_han import run
else:
    from board.run import run


def create(flash: Flash) -> Device:
    """The device from its stored state."""
    seed = bytes.fromhex(config["seed"])
    eui = bytes.fromhex(config["eui"])
    own = [config["solar"]] if "solar" in config else []
    device = kind.create(eui, Suite(), flash, open_table, seed, *own)
    gc.collect()
    gc.threshold(RUNNING_THRESHOLD)
    warm(device)
    gc.collect()
    return device


run(config, create, VERSION)
