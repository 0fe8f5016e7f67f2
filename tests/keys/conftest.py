from datetime import date
from pathlib import Path

import pytest

from keys import parties, pki
from keys.issue import Authority
from keys.store import Keystore

FIRST_DAY = date(2025, 3, 1)
SEED = b"tests"


@pytest.fixture(scope="session")
def lab_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A keystore folder with the lab's PKI and its devices; read only."""
    path = tmp_path_factory.mktemp("lab") / "keys"
    pki.create(path, valid_from=FIRST_DAY, seed=SEED)
    for device in parties.DEVICES:
        pki.add_device(path, device.eui, device.type, valid_from=FIRST_DAY, seed=SEED)
    return path


@pytest.fixture(scope="session")
def store(lab_keys: Path) -> Keystore:
    return Keystore(lab_keys)


def authority(store: Keystore, stem: str) -> Authority:
    private_key = store.private_key_of(stem)
    assert private_key is not None
    return Authority(store.authority(stem), private_key)
