"""The `main.py` of a board whose device keeps books."""

import json

from ledger_device import LedgerDevice

from board.run import run

with open("board.json") as file:
    run(json.load(file), LedgerDevice, "test")
