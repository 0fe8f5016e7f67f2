"""The files of a keystore folder for the HAN: `cbke-ca.json`, and `EUI-zigbee.json` of a device.

They hold secrets, so they are for the owner alone; octets are in hexadecimal digits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from keys import files
from keys.cbke import INSTALL_CODE_OCTETS, ISSUER, SUITES, CbkeAuthority, CbkeKey, ZigbeeKeys
from keys.errors import KeystoreError
from smets.zigbee.cbke_certificate import POINT_SIZES, PRIVATE_KEY_SIZES, SIZES

AUTHORITY_STEM = "cbke-ca"
DEVICE_SUFFIX = "-zigbee"
Keys = TypeVar("Keys")

_DEVICE_NAME = re.compile(f"([0-9a-f]{{16}}){DEVICE_SUFFIX}", re.ASCII)


def device_stem(eui: bytes) -> str:
    """The file name without its suffix: `00db1234567890a1-zigbee`."""
    return f"{eui.hex()}{DEVICE_SUFFIX}"


def euis(path: Path) -> list[bytes]:
    """The devices whose files are in the folder, sorted."""
    names = (_DEVICE_NAME.fullmatch(file.stem) for file in path.glob("*.json"))
    return sorted(bytes.fromhex(name[1]) for name in names if name)


def is_secret(file: Path) -> bool:
    """Whether a file of the folder is one of these."""
    named = file.stem == AUTHORITY_STEM or _DEVICE_NAME.fullmatch(file.stem)
    return bool(named) and file.suffix == ".json"


def write_authority(path: Path, authorities: Mapping[int, CbkeAuthority]) -> bool:
    """Notes the CA's keys; False, and nothing done, when there is one already."""
    document = {
        "issuer": ISSUER.hex(),
        "suites": {
            suite: {"public_key": ca.public_key.hex(), "private_key": ca.private_key.hex()}
            for suite, ca in authorities.items()
        },
    }
    return _write(path, AUTHORITY_STEM, document)


def read_authority(path: Path) -> Mapping[int, CbkeAuthority] | None:
    """The CA's keys by suite; None when there is no CA."""

    def read(document: Any) -> Mapping[int, CbkeAuthority]:
        issuer = _octets(document["issuer"], len(ISSUER))
        return {
            suite: CbkeAuthority(
                suite,
                issuer,
                _octets(part["public_key"], POINT_SIZES[suite]),
                _octets(part["private_key"], PRIVATE_KEY_SIZES[suite]),
            )
            for suite, part in _by_suite(document)
        }

    return _read(path, AUTHORITY_STEM, read)


def write_device(path: Path, eui: bytes, keys: ZigbeeKeys) -> bool:
    """Notes a device's keys; False, and nothing done, when they are noted already."""
    document = {
        "install_code": keys.install_code.hex(),
        "suites": {
            suite: {"certificate": key.certificate.hex(), "private_key": key.private_key.hex()}
            for suite, key in keys.cbke.items()
        },
    }
    return _write(path, device_stem(eui), document)


def read_device(path: Path, eui: bytes) -> ZigbeeKeys | None:
    """A device's keys; None when there are none."""

    def read(document: Any) -> ZigbeeKeys:
        return ZigbeeKeys(
            _octets(document["install_code"], INSTALL_CODE_OCTETS),
            {
                suite: CbkeKey(
                    suite,
                    _octets(part["certificate"], SIZES[suite]),
                    _octets(part["private_key"], PRIVATE_KEY_SIZES[suite]),
                )
                for suite, part in _by_suite(document)
            },
        )

    return _read(path, device_stem(eui), read)


def _file(path: Path, stem: str) -> Path:
    return path / f"{stem}.json"


def _write(path: Path, stem: str, document: object) -> bool:
    text = json.dumps(document, indent=2) + "\n"
    return files.write_new(_file(path, stem), text.encode(), files.SECRET_MODE)


def _read(path: Path, stem: str, read: Callable[[Any], Keys]) -> Keys | None:
    """What `read` makes of a file's document; None when there is no such file."""
    file = _file(path, stem)
    try:
        document = json.loads(file.read_bytes())
        return None if document is None else read(document)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise KeystoreError(f"{file} cannot be read: {error.strerror}") from error
    except (KeyError, TypeError, ValueError):
        # The decoder's own error carries the whole text.
        raise _malformed(file) from None


def _by_suite(document: Any) -> list[tuple[int, Any]]:
    return [(suite, document["suites"][str(suite)]) for suite in SUITES]


def _octets(text: object, size: int) -> bytes:
    if not isinstance(text, str):
        raise TypeError
    octets = bytes.fromhex(text)
    if len(octets) != size:
        raise ValueError
    return octets


def _malformed(file: Path) -> KeystoreError:
    return KeystoreError(
        f"{file} is not as `hanlab keys new` writes it: restore it, or remove it and run that "
        "again"
    )
