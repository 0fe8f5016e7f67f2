"""What a new board is given, and who is refused."""

import base64
import json
import stat

import pytest

from host.boards.cells import cells
from host.boards.image import board_image
from host.boards.provision import ProvisioningError, board_folder, provision_board
from keys import parties, profile
from keys.errors import NotHeldError, ProductionCertificateError
from keys.store import Keystore
from smets.device import zigbee_keys
from smets.device.ram_flash import RamFlash
from smets.device.store import Store
from smets.device.trust_anchors import TrustAnchors
from smets.gbcs import roles

ESME = parties.ESME.eui


def store_of(folder):
    flash = RamFlash()
    for file in (folder / "state").iterdir():
        flash.files[file.name] = bytearray(file.read_bytes())
    return Store(flash)


def test_a_meter_has_its_keys_and_the_parties_of_the_lab(lab):
    keystore = Keystore(lab / "keys")
    store = store_of(board_folder(lab, ESME))
    assert store.get("key.ds") == keystore.private_key(ESME, "ds")
    assert store.get("key.ka") == keystore.private_key(ESME, "ka")
    anchors = TrustAnchors(store)
    supplier = anchors.get(roles.SUPPLIER, roles.KEY_AGREEMENT)
    assert supplier.eui == parties.SUPPLIER.eui
    assert supplier.public_key == keystore.public_key(parties.SUPPLIER.eui, "ka")
    top_up = anchors.get(roles.SUPPLIER, roles.KEY_AGREEMENT, roles.PREPAYMENT_TOP_UP)
    assert top_up.public_key == keystore.public_key(parties.SUPPLIER.eui, "pp-ka")
    root = anchors.get(roles.ROOT, roles.KEY_CERT_SIGN)
    assert root.eui == bytes(8)
    assert root.public_key == keystore.authority(parties.ORGANISATION_ROOT).public_key


def test_a_meter_has_what_it_joins_the_han_with(lab):
    keystore = Keystore(lab / "keys")
    store = store_of(board_folder(lab, ESME))
    held = keystore.zigbee_keys(ESME)
    assert zigbee_keys.install_code(store) == held.install_code
    for suite, authority in keystore.cbke_authority().items():
        identity = zigbee_keys.identity(store, suite)
        assert (identity.number, identity.eui, identity.issuer) == (suite, ESME, authority.issuer)
        assert identity.certificate == held.cbke[suite].certificate
        assert identity.private_key == held.cbke[suite].private_key
        assert identity.ca_public_key == authority.public_key
    assert zigbee_keys.identity(Store(RamFlash())) is None


def test_a_hub_knows_no_supplier_and_a_meter_no_wan_provider(lab):
    keystore = Keystore(lab / "keys")
    chf = {cell[0] for cell in cells(keystore, roles.CHF)}
    esme = {cell[0] for cell in cells(keystore, roles.ESME)}
    assert roles.SUPPLIER not in chf
    assert roles.WAN_PROVIDER in chf
    assert roles.WAN_PROVIDER not in esme
    assert {roles.ROOT, roles.RECOVERY, roles.ACCESS_CONTROL_BROKER} <= chf & esme


def test_private_keys_are_for_their_owner_alone(lab):
    state = board_folder(lab, ESME) / "state"
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in state.iterdir()} == {0o600}


def test_a_board_that_is_there_is_kept_unless_renewed(tmp_path, lab):
    keystore = Keystore(lab / "keys")
    folder = board_folder(tmp_path, ESME)
    provision_board(folder, keystore, ESME)
    with pytest.raises(ProvisioningError, match="--renew"):
        provision_board(folder, keystore, ESME)
    provision_board(folder, keystore, ESME, seed=b"\x07", solar=4000, renew=True)
    configuration = json.loads((folder / "board.json").read_text())
    assert configuration["seed"] == "07"
    assert configuration["solar"] == 4000
    assert [path.name for path in folder.parent.iterdir()] == [ESME.hex()]


def test_a_gas_meter_sleeps_and_has_no_panels(tmp_path, lab):
    keystore, eui = Keystore(lab / "keys"), parties.GSME.eui
    folder = board_folder(tmp_path, eui)
    provision_board(folder, keystore, eui, "GSME", seed=b"\x07")
    configuration = json.loads((folder / "board.json").read_text())
    assert (configuration["type"], configuration["get_interval"]) == (roles.GSME, 1800)
    assert "solar" not in configuration
    provision_board(folder, keystore, eui, "GSME", wakes=60, renew=True)
    assert json.loads((folder / "board.json").read_text())["get_interval"] == 60


def test_a_device_without_keys_and_a_kind_without_firmware_are_refused(tmp_path, lab):
    keystore = Keystore(lab / "keys")
    with pytest.raises(NotHeldError):
        provision_board(board_folder(tmp_path, bytes(8)), keystore, bytes(8))
    with pytest.raises(ProvisioningError, match="GPF"):
        provision_board(board_folder(tmp_path, ESME), keystore, ESME, "GPF")
    assert not board_folder(tmp_path, ESME).exists()


def test_a_certificate_that_is_not_under_a_test_policy_is_refused(tmp_path, lab):
    keys = tmp_path / "keys"
    keys.mkdir()
    for file in (lab / "keys").iterdir():
        (keys / file.name).write_bytes(file.read_bytes())
    supplier = keys / f"{parties.SUPPLIER.eui.hex()}-ds.pem"
    supplier.write_bytes(_production(supplier.read_bytes()))
    with pytest.raises(ProductionCertificateError):
        provision_board(board_folder(tmp_path, ESME), Keystore(keys), ESME)
    assert not board_folder(tmp_path, ESME).exists()


def _production(pem):
    """The certificate with the last arc of its policy changed, its signature left as it was."""
    lines = pem.decode().strip().splitlines()
    der = bytearray(base64.b64decode("".join(lines[1:-1])))
    policy = _object_identifier(profile.ORGANISATION_TEST_POLICY)
    place = der.index(policy)
    der[place + len(policy) - 1] ^= 1
    body = base64.encodebytes(bytes(der)).decode().strip()
    return f"{lines[0]}\n{body}\n{lines[-1]}\n".encode()


def _object_identifier(text):
    first, second, *rest = map(int, text.split("."))
    octets = bytearray((40 * first + second,))
    for arc in rest:
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | arc & 0x7F)
        octets += bytes(reversed(groups))
    return bytes(octets)


def test_an_image_is_made_once_and_holds_no_sources_of_tables(gate_vm):
    image = board_image(gate_vm)
    assert board_image(gate_vm) == image
    names = {path.relative_to(image).as_posix() for path in image.rglob("*") if path.is_file()}
    assert {"main.py", "image.py", "smets/gbcs/use_cases.bin", "smets/meter/objects.bin"} <= names
    assert {name for name in names if name.endswith((".py", ".txt"))} == {"main.py", "image.py"}
    assert not [name for name in names if "_text" in name]
