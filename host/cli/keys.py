"""`hanlab keys`: makes, shows, verifies and exports the lab's test PKI."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from keys import export, files, parties, pki, profile, zigbee_folder
from keys.errors import KeystoreError
from keys.profile import DEVICE_TYPES, DeviceType
from keys.store import Held, Keystore
from keys.validate import Problem
from keys.verify import Report
from keys.verify import verify as verify_keystore
from smets.zigbee import cbke_certificate

_lab = click.option(
    "--lab",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("lab"),
    show_default=True,
    help="The lab's folder; its keys are in the folder `keys` in it.",
)
_keystore = click.option(
    "--keystore",
    type=click.Path(file_okay=False, path_type=Path),
    help="Another keystore folder instead of the lab's.",
)
_as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


@click.group()
def keys() -> None:
    """The lab's test PKI: authorities, parties and devices.

    Test keys only: they protect nothing of worth, and certificates that may be of the live
    system are refused.
    """


@keys.command(
    epilog="\b\nExample: ./hanlab keys new\n"
    "         ./hanlab keys new --device 00-DB-12-34-56-78-90-A0 --type esme"
)
@_lab
@click.option("--device", "devices", multiple=True, metavar="EUI", help="Add a device.")
@click.option("--type", "types", multiple=True, type=click.Choice(DEVICE_TYPES), help="Its type.")
@click.option("--from", "first_day", metavar="YYYY-MM-DD", help="First valid day; today (UTC).")
@click.option("--seed", help="Makes the same keys each time. For tests only: no secret is left.")
@_as_json
def new(
    lab: Path,
    devices: Sequence[str],
    types: Sequence[DeviceType],
    first_day: str | None,
    seed: str | None,
    as_json: bool,
) -> None:
    """Make what is missing of the PKI; keys that are there are always kept."""
    if len(devices) != len(types):
        raise click.UsageError("give one --type for each --device")
    valid_from = _date(first_day) if first_day else datetime.now(UTC).date()
    seed_octets = None if seed is None else seed.encode()
    path = lab / "keys"
    euis = [profile.parsed_eui(device) for device in devices]
    outcomes = [pki.create(path, valid_from=valid_from, seed=seed_octets)]
    outcomes += [
        pki.add_device(path, eui, device_type, valid_from=valid_from, seed=seed_octets)
        for eui, device_type in zip(euis, types, strict=True)
    ]
    made = [stem for outcome in outcomes for stem in outcome.made]
    kept = [stem for outcome in outcomes for stem in outcome.kept]
    if as_json:
        _print_json({"keystore": str(path), "made": made, "kept": kept})
        return
    click.echo(f"{path}: {len(made)} certificates and key files made, {len(kept)} kept")
    if seed is not None and made:
        click.echo("Keys made from a seed are no secret: use them for tests only.", err=True)


@keys.command(epilog="\b\nExample: ./hanlab keys show\n         ./hanlab keys show --json | jq .")
@_lab
@_keystore
@_as_json
def show(lab: Path, keystore: Path | None, as_json: bool) -> None:
    """List the certificates."""
    store = Keystore(keystore or lab / "keys")
    rows = [_row(store, held) for held in store.certificates()]
    rows += [row for eui in store.zigbee_euis() for row in _cbke_rows(store, eui)]
    if as_json:
        _print_json(rows)
        return
    table = Table("EUI-64", "for", "who", "valid to", "key", box=None, pad_edge=False)
    for row in rows:
        table.add_row(
            row["eui"],
            row["usage"],
            row["party"] or row["device_type"] or row["subject"],
            row["not_after"][:10] if row["not_after"] else "",
            "yes" if row["private_key"] else "no",
        )
    Console().print(table)


@keys.command(epilog="\b\nExample: ./hanlab keys verify --times")
@_lab
@_keystore
@click.option("--times", is_flag=True, help="Check that every certificate is valid now.")
@_as_json
def verify(lab: Path, keystore: Path | None, times: bool, as_json: bool) -> None:
    """Check profile, chain and signature of every certificate, its key and its file."""
    path = keystore or lab / "keys"
    report = verify_keystore(path, at=datetime.now(UTC) if times else None)
    if as_json:
        _print_json(_report_json(path, report))
    else:
        for problem, names in _names_by_problem(report).items():
            click.echo(f"{_few(names)}: {problem.check}: {problem.reason}")
        click.echo(
            f"{path}: {report.certificates} certificates, {report.bare_public_keys} bare public "
            f"keys, {report.private_keys} private keys, {report.cbke_certificates} certificates "
            f"for key establishment, {len(report.findings)} problems"
        )
    if report.findings:
        raise click.exceptions.Exit(1)


_NAMES_SHOWN = 3
_WRITERS = {
    "pem": export.pem,
    "keystore-json": export.keystore_json,
    "cbke-json": export.cbke_json,
}
FORMS = ("pem", "der", "keystore-json", "cbke-json")


@keys.command(
    name="export",
    epilog="\b\nExample: ./hanlab keys export --form keystore-json --private --out keystore.json",
)
@_lab
@_keystore
@click.option("--form", type=click.Choice(FORMS), default="pem", show_default=True)
@click.option("--private", is_flag=True, help="With private keys; needs --out.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="The file to write, for der the folder; otherwise it goes to stdout.",
)
def export_(lab: Path, keystore: Path | None, form: str, private: bool, out: Path | None) -> None:
    """Write the certificates for other programs.

    pem: one file. der: a folder with one file each. keystore-json: the form that DCC user tools
    read, EUI-64 by key usage by serial number. cbke-json: the certificates for key establishment
    in the HAN, with --private install codes too.
    """
    if form == "der" and (private or out is None):
        raise click.UsageError("der writes certificates alone, and needs --out FOLDER")
    if private and out is None:
        raise click.UsageError("--private needs --out FILE: private keys are not printed")
    store = Keystore(keystore or lab / "keys")
    if form == "der":
        assert out is not None
        _write_folder(out, export.der(store))
        return
    octets = _WRITERS[form](store, private=private)
    if out is None:
        click.echo(octets.decode("ascii"), nl=False)
    else:
        files.write_over(out, octets, files.SECRET_MODE if private else files.PUBLIC_MODE)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"{text!r} is not a date: write YYYY-MM-DD") from None


def _row(store: Keystore, held: Held) -> dict[str, Any]:
    certificate = held.certificate
    eui = certificate.eui
    party = parties.party_of(eui) if eui else None
    role = certificate.role
    return {
        "file": f"{held.stem}.pem",
        "eui": profile.eui_text(eui) if eui else None,
        "party": party.name if party else None,
        "device_type": store.device_type(eui) if eui and certificate.is_device else None,
        "role": f"{role:02X} {role.name.lower()}" if role is not None else None,
        "usage": held.label.usage if held.label else None,
        "subject": certificate.subject_name,
        "issuer": certificate.issuer_name,
        "serial": f"{certificate.serial:x}",
        "key_identifier": certificate.key_identifier.hex() if certificate.key_identifier else None,
        "not_before": certificate.not_before.isoformat(),
        "not_after": certificate.not_after.isoformat(),
        "octets": len(certificate.encoded),
        "private_key": store.private_key_of(held.stem) is not None,
    }


def _cbke_rows(store: Keystore, eui: bytes) -> Iterator[dict[str, Any]]:
    """A device's certificates for key establishment, in the form of the others."""
    for key in store.require_zigbee_keys(eui).cbke.values():
        certificate = cbke_certificate.decode(key.suite, key.certificate)
        valid_from = certificate.valid_from
        yield {
            "file": f"{zigbee_folder.device_stem(eui)}.json",
            "eui": profile.eui_text(certificate.subject),
            "party": None,
            "device_type": store.device_type(eui),
            "role": None,
            "usage": f"cbke-{key.suite}",
            "subject": "",
            "issuer": certificate.issuer.hex(),
            "serial": certificate.serial.hex() if certificate.serial else None,
            "key_identifier": None,
            "not_before": None
            if valid_from is None
            else datetime.fromtimestamp(valid_from, UTC).isoformat(),
            "not_after": None,  # the lab's never expire
            "octets": len(key.certificate),
            "private_key": True,
        }


def _names_by_problem(report: Report) -> dict[Problem, list[str]]:
    names: dict[Problem, list[str]] = {}
    for finding in report.findings:
        names.setdefault(finding.problem, []).append(finding.name)
    return names


def _few(names: list[str]) -> str:
    shown = ", ".join(names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _report_json(path: Path, report: Report) -> dict[str, Any]:
    return {
        "keystore": str(path),
        "certificates": report.certificates,
        "bare_public_keys": report.bare_public_keys,
        "private_keys": report.private_keys,
        "cbke_certificates": report.cbke_certificates,
        "problems": [
            {"name": name, "check": problem.check, "reason": problem.reason}
            for name, problem in report.findings
        ],
    }


def _write_folder(out: Path, contents: Iterator[tuple[str, bytes]]) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KeystoreError(f"{out} cannot be made: {error.strerror}") from error
    for name, octets in contents:
        files.write_over(out / name, octets, files.PUBLIC_MODE)


def _print_json(document: object) -> None:
    click.echo(json.dumps(document, indent=2))
