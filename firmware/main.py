"""What a board runs: the device that its configuration names, on its line, clock and flash."""

import json

from image import VERSION

from board.run import run
from board.tables import open_table
from smets.crypto.suite import Suite

with open("board.json") as file:
    config = json.load(file)

if config["kind"] == "ESME":
    from smets.meter.esme import create
else:
    raise SystemExit("board.json names a kind of device that is not here: " + config["kind"])

identifier = bytes.fromhex(config["eui"])
seed = bytes.fromhex(config["seed"])

run(
    config,
    lambda flash: create(identifier, Suite(), flash, open_table, seed, config["solar"]),
    VERSION,
)
