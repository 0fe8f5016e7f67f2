"""The published XML schemas as a second judge where a lab has them; nothing needs them to work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lxml import etree

from smets.codec.errors import DecodeError

_MAIN = "duis-*.xsd"
_IMPORT = "{http://www.w3.org/2001/XMLSchema}import"


class Schema:
    """The DUIS schema of a folder, with the schemas it imports from the same folder."""

    def __init__(self, path: Path) -> None:
        document = etree.parse(str(path), etree.XMLParser(no_network=True))
        for element in document.iterfind(_IMPORT):
            element.set("schemaLocation", _beside(path, element.get("schemaLocation", "")))
        self._schema = etree.XMLSchema(document)

    @classmethod
    def find(cls, folder: Path) -> Schema | None:
        """The newest DUIS schema in `folder`, None when it has none."""
        paths = sorted(folder.glob(_MAIN))
        return cls(paths[-1]) if paths else None

    def check(self, root: etree._Element) -> None:
        """DecodeError with the first complaint unless the document is valid."""
        if not self._schema.validate(root):
            complaints: Any = self._schema.error_log
            complaint = complaints[0].message
            raise DecodeError(f"the schema refuses it: {complaint[:300]}")


def _beside(path: Path, location: str) -> str:
    """An imported schema's file: `MMC Schema V5.4.xsd` is published as `mmc-5.4.xsd` too."""
    if (path.parent / location).exists():
        return location
    word = location.partition(" ")[0].lower()
    found = sorted(other.name for other in path.parent.glob(f"{word}-*.xsd"))
    return found[-1] if found else location
