"""What the radio heard since it was last written down: one commit for many frames."""

from host.hub.device_log import DeviceLog
from host.hub.trust_centre import Contact


class Hearing:
    """The signal of each frame that came, and how often a device did not acknowledge one."""

    def __init__(self) -> None:
        self._contacts: list[tuple[str, Contact]] = []
        self._silences: list[str] = []

    def __bool__(self) -> bool:
        """Whether there is anything to write down."""
        return bool(self._contacts or self._silences)

    def heard(self, eui: str, contact: Contact) -> None:
        """A frame has come."""
        self._contacts.append((eui, contact))

    def silent(self, eui: str) -> None:
        """A device did not acknowledge what it was sent."""
        self._silences.append(eui)

    def write(self, device_log: DeviceLog, now: int) -> None:
        """Writes it down, inside the caller's transaction."""
        for eui, contact in self._contacts:
            device_log.heard(eui, contact, now)
        for eui in self._silences:
            device_log.communications.silent(eui)
        self._contacts, self._silences = [], []
