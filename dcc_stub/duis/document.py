"""The envelope that requests and responses share: root element, header, body, signature."""

from __future__ import annotations

from lxml import etree

from dcc_stub.duis.elements import PREFIX, qualified
from dcc_stub.duis.signature import SIGNATURE
from dcc_stub.duis.types import WHITE_SPACE
from smets.codec.errors import DecodeError

SCHEMA_VERSION = "5.4"
SCHEMA_VERSIONS = ("5.0", "5.1", "5.2", "5.3", "5.4")


def envelope(name: str) -> etree._Element:
    """An empty document. It declares one namespace, so that both canonical forms agree."""
    return etree.Element(qualified(name), nsmap=PREFIX, schemaVersion=SCHEMA_VERSION)


def part(root: etree._Element, name: str) -> etree._Element:
    """Appends the header or the body."""
    return etree.SubElement(root, qualified(name))


def parts(root: etree._Element, name: str) -> tuple[etree._Element, etree._Element]:
    """The header and the body of a document called `name`; DecodeError for another structure."""
    if root.tag != qualified(name):
        raise DecodeError(f"the document is not a {name} of DUIS")
    if root.attrib.keys() != ["schemaVersion"]:
        raise DecodeError(f"{name} has the attribute schemaVersion and no other")
    if root.attrib["schemaVersion"] not in SCHEMA_VERSIONS:
        raise DecodeError(f"schemaVersion is not one of {', '.join(SCHEMA_VERSIONS)}")
    children = [child for child in root if child.tag != SIGNATURE]
    if [child.tag for child in children] != [qualified("Header"), qualified("Body")]:
        raise DecodeError(f"{name} has a Header and a Body")
    texts = [root.text, *(child.tail for child in root)]
    if any(text and text.strip(WHITE_SPACE) for text in texts):
        raise DecodeError(f"{name} holds text between its elements")
    for child in children:
        if child.attrib:
            raise DecodeError("Header and Body have no attributes")
    return children[0], children[1]


def chosen(body: etree._Element) -> str:
    """The local name of the first element in a body, "" when it is empty."""
    return etree.QName(body[0]).localname if len(body) else ""
