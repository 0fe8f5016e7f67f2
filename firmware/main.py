"""What a board runs: the device that its configuration names, on its line, clock and flash."""

import json

from image import VERSION

from board.run import run
from smets.crypto.suite import Suite

with open("board.json") as file:
    config = json.load(file)

if config["kind"] == "ESME":
    from smets.meter.esme import create
else:
    raise SystemExit(
        "board.json names no kind of device that this firmware has: " + config["kind"]
    )

run(config, lambda flash: create(config, Suite(), flash), VERSION)
