"""Makes a board's folder: who it is, its keys and trust anchors in its stored state.

Test keys only: the keystore refuses certificates that are not under a test policy.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from host.boards.cells import cells
from host.boards.vm import HEAP_GATE, RADIO_HEAP_GATE
from keys.cbke import SUITES
from keys.store import Keystore
from smets.device import zigbee_keys
from smets.device.provisioning import provision
from smets.device.ram_flash import RamFlash
from smets.device.store import Store
from smets.gbcs import roles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smets.device.objects import Changes

CONFIGURATION = "board.json"
FASTEST = 3600  # virtual seconds in one
STATE = "state"  # as `board.flash` has it

KINDS = {"ESME": roles.ESME, "GSME": roles.GSME}
ALWAYS_AWAKE = 0
WAKES = 1800  # s between two wakes of a gas meter, which is at most 30 minutes


class ProvisioningError(Exception):
    """A board cannot be provisioned; the message says why."""


def board_folder(lab: Path, eui: bytes) -> Path:
    """Where a lab keeps a board."""
    return lab / "boards" / eui.hex()


def heap_of(folder: Path) -> int:
    """Octets of heap that the board has: more with a radio (see `host.boards.vm`)."""
    return RADIO_HEAP_GATE if has_radio(folder) else HEAP_GATE


def has_radio(folder: Path) -> bool:
    """Whether the board joins a Zigbee HAN."""
    return "radio" in json.loads((folder / CONFIGURATION).read_text())


def provision_board(
    folder: Path,
    keystore: Keystore,
    eui: bytes,
    kind: str = "ESME",
    *,
    seed: bytes = b"",
    solar: int = 0,
    wakes: int = WAKES,
    renew: bool = False,
    dcc_controlled: bool = False,
    radio: str | None = None,
    speed: int = 1,
    suites: Sequence[int] = SUITES,
) -> None:
    """Makes `folder` whole or not at all.

    `seed` is that of the load (none: the EUI-64); `solar`, the panels' peak power in W, is an
    ESME's, `wakes`, the seconds from which to which it sleeps (0: never), a GSME's.
    `renew` replaces a board that is there, with all that it has measured. `dcc_controlled`: see
    `cells`. A board with a `radio` ("sim" or "ezsp") joins a Zigbee HAN through the co-processor
    on its line, its time goes `speed` times as fast as ours, and it has certificates for key
    establishment of these `suites`.
    """
    if kind not in KINDS:
        raise ProvisioningError(f"there is no firmware for {kind!r}; one of {', '.join(KINDS)}")
    if (folder / CONFIGURATION).exists() and not renew:
        raise ProvisioningError(f"{folder} holds a board already; --renew replaces it")
    configuration: dict[str, object] = {
        "eui": eui.hex(),
        "kind": kind,
        "type": KINDS[kind],
        "link": {},
        "clock": "told",
        "get_interval": wakes if KINDS[kind] == roles.GSME else ALWAYS_AWAKE,
        "seed": seed.hex(),
    }
    if KINDS[kind] == roles.ESME:
        configuration["solar"] = solar
    if radio:
        configuration |= {"radio": radio, "clock": "running", "speed": speed}
    state = _state(keystore, eui, KINDS[kind], dcc_controlled, suites)
    unfinished = folder.with_name(folder.name + ".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    (unfinished / STATE).mkdir(parents=True, mode=0o700)
    (unfinished / CONFIGURATION).write_text(json.dumps(configuration, indent=2) + "\n")
    for name, content in state.items():
        file = unfinished / STATE / name
        file.touch(mode=0o600)
        file.write_bytes(content)
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


def provision_store(
    store: Store,
    keystore: Keystore,
    eui: bytes,
    device_type: int,
    dcc_controlled: bool = False,
    suites: Sequence[int] = SUITES,
) -> None:
    """Puts a device's private keys, trust anchors and keys for the HAN into its store."""
    provision(
        store,
        keystore.require_private_key(eui, "ds"),
        keystore.require_private_key(eui, "ka"),
        cells(keystore, device_type, dcc_controlled),
    )
    changes: Changes = []
    zigbee_keys.put(
        changes,
        keystore.require_zigbee_keys(eui).install_code,
        [keystore.cbke_identity(eui, suite) for suite in suites],
    )
    store.commit(changes)


def _state(
    keystore: Keystore,
    eui: bytes,
    device_type: int,
    dcc_controlled: bool,
    suites: Sequence[int],
) -> dict[str, bytes]:
    flash = RamFlash()
    provision_store(Store(flash), keystore, eui, device_type, dcc_controlled, suites)
    return {name: bytes(content) for name, content in flash.files.items()}
