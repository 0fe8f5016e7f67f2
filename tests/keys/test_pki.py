"""Making the PKI: nothing is ever destroyed, and secrets are for the owner alone."""

import hashlib
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from keys import files, parties, pki, profile, randomness
from keys.errors import KeysError, KeystoreError, NotHeldError
from keys.store import Keystore
from keys.suite import ORDER
from keys.verify import verify
from smets.gbcs import roles
from tests.keys.conftest import FIRST_DAY, SEED

FEW = (parties.SUPPLIER, parties.ACCESS_CONTROL_BROKER)


def contents(path: Path) -> dict[str, str]:
    return {
        each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in sorted(path.iterdir())
    }


def test_a_second_run_keeps_everything(tmp_path: Path) -> None:
    first = pki.create(tmp_path, valid_from=FIRST_DAY, organisations=FEW)
    device = pki.add_device(tmp_path, parties.ESME.eui, "esme", valid_from=FIRST_DAY)
    before = contents(tmp_path)
    again = pki.create(tmp_path, valid_from=date(2026, 1, 1), organisations=FEW)
    device_again = pki.add_device(tmp_path, parties.ESME.eui, "esme", valid_from=FIRST_DAY)
    assert contents(tmp_path) == before
    assert (again.made, again.kept) == ((), first.made)
    assert (device_again.made, device_again.kept) == ((), device.made)
    assert len(first.made) == len(parties.AUTHORITIES) + 4 + 3 + 1
    assert device.made[2:] == (f"{parties.ESME.eui.hex()}-zigbee",)


def test_parties_that_come_later_are_added(tmp_path: Path) -> None:
    pki.create(tmp_path, valid_from=FIRST_DAY, organisations=FEW[:1])
    before = contents(tmp_path)
    outcome = pki.create(tmp_path, valid_from=FIRST_DAY, organisations=FEW)
    assert len(outcome.made) == 3
    assert before.items() <= contents(tmp_path).items()
    assert verify(tmp_path).findings == ()


def test_an_interrupted_run_is_completed_with_the_keys_it_made(tmp_path: Path) -> None:
    pki.create(tmp_path, valid_from=FIRST_DAY, organisations=FEW)
    certificate = tmp_path / f"{parties.SUPPLIER.eui.hex()}-ka.pem"
    public_key = Keystore(tmp_path).public_key(parties.SUPPLIER.eui, "ka")
    certificate.unlink()
    outcome = pki.create(tmp_path, valid_from=FIRST_DAY, organisations=FEW)
    assert outcome.made == (certificate.stem,)
    assert Keystore(tmp_path).public_key(parties.SUPPLIER.eui, "ka") == public_key


def test_two_runs_at_once_make_one_pki(tmp_path: Path) -> None:
    def run(_: int) -> pki.Outcome:
        return pki.create(tmp_path, valid_from=FIRST_DAY, organisations=FEW)

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(run, range(4)))
    stems = [stem for outcome in outcomes for stem in outcome.made]
    assert sorted(stems) == sorted((*Keystore(tmp_path).stems(), "cbke-ca"))
    report = verify(tmp_path)
    assert (report.findings, report.private_keys) == ((), len(stems) - 1)


def test_only_the_owner_may_read_private_keys(tmp_path: Path) -> None:
    path = tmp_path / "lab" / "keys"
    pki.create(path, valid_from=FIRST_DAY, organisations=FEW)
    assert stat.S_IMODE(path.stat().st_mode) == 0o700
    modes = {each.suffix: stat.S_IMODE(each.stat().st_mode) for each in path.iterdir()}
    assert modes == {".key": 0o600, ".pem": 0o644, ".json": 0o600}


def test_a_seed_repeats_keys_and_certificates(tmp_path: Path) -> None:
    for name in ("one", "two"):
        pki.create(tmp_path / name, valid_from=FIRST_DAY, seed=SEED, organisations=FEW)
    pki.create(tmp_path / "other", valid_from=FIRST_DAY, seed=b"other", organisations=FEW)
    pki.create(tmp_path / "fresh", valid_from=FIRST_DAY, organisations=FEW)
    one, two, other, fresh = (
        set(contents(tmp_path / name).values()) for name in ("one", "two", "other", "fresh")
    )
    assert one == two
    assert not one & other
    assert not one & fresh
    assert len(one) == 2 * (len(parties.AUTHORITIES) + 7) + 1


def test_seeded_keys_are_an_hkdf_expansion_below_the_order() -> None:
    source = randomness.SeededSource(SEED)
    secret = source._secret
    info = b"private key some label"
    wide = HKDFExpand(hashes.SHA256(), 40, info).derive(secret)
    expected = int.from_bytes(wide, "big") % (ORDER - 1) + 1
    assert source.private_key("some label") == expected.to_bytes(32, "big")
    assert source.private_key("some label") != source.private_key("another label")
    assert secret.hex() not in repr(source)
    assert repr(secret) not in repr(source)


def test_fresh_keys_and_serial_numbers_never_repeat() -> None:
    source = randomness.SystemSource()
    assert len({source.private_key("same") for _ in range(50)}) == 50
    serials = {source.serial("same") for _ in range(50)}
    assert len(serials) == 50
    assert {serial.bit_length() for serial in serials} == {127}


def test_a_device_needs_an_authority(tmp_path: Path) -> None:
    files.make_folder(tmp_path)
    with pytest.raises(NotHeldError, match="no private key of the authority device-issuing"):
        pki.add_device(tmp_path, parties.ESME.eui, "esme", valid_from=FIRST_DAY)
    with pytest.raises(NotHeldError, match="there is no keystore"):
        pki.add_device(tmp_path / "none", parties.ESME.eui, "esme", valid_from=FIRST_DAY)


def test_a_device_cannot_change_its_type_or_be_a_party(tmp_path: Path) -> None:
    pki.create(tmp_path, valid_from=FIRST_DAY, organisations=FEW)
    pki.add_device(tmp_path, parties.ESME.eui, "esme", valid_from=FIRST_DAY)
    with pytest.raises(KeystoreError, match="of type esme already, not gsme"):
        pki.add_device(tmp_path, parties.ESME.eui, "gsme", valid_from=FIRST_DAY)
    with pytest.raises(KeystoreError, match="is a party, not a device"):
        pki.add_device(tmp_path, parties.SUPPLIER.eui, "esme", valid_from=FIRST_DAY)
    with pytest.raises(KeysError, match="8 octets"):
        pki.add_device(tmp_path, b"\x01", "esme", valid_from=FIRST_DAY)
    (tmp_path / f"{parties.GSME.eui.hex()}.json").write_text("{}")
    with pytest.raises(KeystoreError, match="not of the form"):
        Keystore(tmp_path).device_type(parties.GSME.eui)


@pytest.mark.parametrize("day", [date(1949, 12, 31), date(2050, 1, 1)])
def test_days_that_a_certificate_cannot_start_on_are_refused(tmp_path: Path, day: date) -> None:
    with pytest.raises(KeysError, match="choose 1950 to 2049"):
        pki.create(tmp_path, valid_from=day)


def test_a_leap_day_ends_ten_years_later(tmp_path: Path) -> None:
    pki.create(tmp_path, valid_from=date(2024, 2, 29), organisations=FEW[:1])
    certificate = Keystore(tmp_path).require_certificate(parties.SUPPLIER.eui, "ds")
    assert f"{certificate.not_after:%Y-%m-%d %H:%M:%S}" == "2034-02-28 23:59:59"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KeystoreError, match="cannot be made a keystore"):
        pki.create(tmp_path / "file" / "keys", valid_from=FIRST_DAY)


def test_files_are_put_in_place_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "file"
    assert files.write_new(file, b"first", files.SECRET_MODE)
    assert not files.write_new(file, b"second", files.SECRET_MODE)
    assert file.read_bytes() == b"first"
    files.write_over(file, b"third", files.PUBLIC_MODE)
    assert file.read_bytes() == b"third"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
    with pytest.raises(KeystoreError, match="cannot be written"):
        files.write_new(tmp_path / "absent" / "file", b"", files.PUBLIC_MODE)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_device_types_are_those_of_gbcs() -> None:
    assert sorted(profile.DEVICE_TYPES) == sorted(name.lower() for name, _ in roles.DEVICE_TYPES)


def test_parties_are_found_by_name_and_eui() -> None:
    for party in parties.PARTIES:
        assert parties.party(party.name) is party
        assert parties.party_of(party.eui) is party
    assert parties.party_of(parties.ESME.eui) is None
    with pytest.raises(NotHeldError, match=r"choose one of recovery, .*, supplier-2,"):
        parties.party("nobody")
