"""How far a device has come into the HAN, in order; each is kept with its time for the user."""

from enum import StrEnum

from host.hub.database import Database


class Stage(StrEnum):
    """What has happened to a device, each after the one before it."""

    WHITELISTED = "whitelisted"
    ASSOCIATED = "associated"
    NETWORK_KEY = "network key"
    INTERVIEW = "interview"
    CBKE = "CBKE"
    TUNNEL = "tunnel"
    GBCS_JOIN = "GBCS join"
    COMMISSIONED = "commissioned"

    def follows(self, other: "Stage") -> bool:
        """Whether it comes after the other."""
        return STAGES.index(self) > STAGES.index(other)


STAGES = tuple(Stage)
_RADIO_LOST = "radio_lost"
STRANGERS = 100  # devices that are not in the device log: so many of the last ones are kept


class Stages:
    """The table `stages`: when each device reached, or failed at, each stage."""

    def __init__(self, database: Database) -> None:
        self._database = database
        database.execute(
            "CREATE TABLE IF NOT EXISTS stages"
            " (eui TEXT, stage TEXT, at REAL, failure TEXT, PRIMARY KEY (eui, stage))"
        )

    def reached(self, eui: str, stage: Stage, at: float) -> None:
        """At `at`, Unix time; failures of this stage are forgotten."""
        self._database.execute(
            "INSERT OR REPLACE INTO stages VALUES (?, ?, ?, NULL)", eui, stage, at
        )

    def failed(self, eui: str, stage: Stage, at: float, reason: str) -> None:
        """Why a device did not get past a stage."""
        self._database.execute(
            "INSERT OR REPLACE INTO stages VALUES (?, ?, ?, ?)", eui, stage, at, reason
        )
        if stage is Stage.WHITELISTED:
            self._database.execute(
                "DELETE FROM stages WHERE stage = ? AND eui NOT IN"
                " (SELECT eui FROM stages WHERE stage = ? ORDER BY at DESC LIMIT ?)",
                stage,
                stage,
                STRANGERS,
            )

    def forget(self, eui: str) -> None:
        """A device begins anew."""
        self._database.execute("DELETE FROM stages WHERE eui = ?", eui)

    @property
    def radio_lost(self) -> str | None:
        """Why no device gets anywhere: the radio is away for this reason."""
        row = self._database.execute("SELECT value FROM hub WHERE key = ?", _RADIO_LOST).fetchone()
        return str(row[0]) if row else None

    @radio_lost.setter
    def radio_lost(self, reason: str | None) -> None:
        self._database.execute("DELETE FROM hub WHERE key = ?", _RADIO_LOST)
        if reason:
            self._database.execute("INSERT INTO hub VALUES (?, ?)", _RADIO_LOST, reason)

    def of(self, eui: str) -> list[tuple[Stage, float, str | None]]:
        """Stages in their order: when, and why it failed there."""
        rows = self._database.execute("SELECT stage, at, failure FROM stages WHERE eui = ?", eui)
        found = [(Stage(stage), at, failure) for stage, at, failure in rows]
        return sorted(found, key=lambda row: STAGES.index(row[0]))

    def failures(self, stage: Stage) -> list[tuple[str, float, str]]:
        """Devices that failed at a stage, in the order of time: EUI-64, when and why."""
        return self._database.execute(
            "SELECT eui, at, failure FROM stages"
            " WHERE stage = ? AND failure IS NOT NULL ORDER BY at",
            stage,
        ).fetchall()
