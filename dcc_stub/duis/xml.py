"""Reading XML from strangers: no document types, entities, network, instructions; bounded size.

Comments are dropped, as both canonical forms of the signature do.
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from smets.codec.errors import DecodeError

# The largest document DUIS needs is far smaller: a handover with six certificates has 12 KB.
LARGEST_DOCUMENT = 256 * 1024
DEEPEST_ELEMENT = 16

_ENCODINGS = ("UTF-8", "US-ASCII", "ASCII")


def parse(octets: bytes) -> etree._Element:
    """The root element of a document; DecodeError when it is not plain, bounded UTF-8 XML."""
    if len(octets) > LARGEST_DOCUMENT:
        raise DecodeError(f"the document has {len(octets)} octets, allowed are {LARGEST_DOCUMENT}")
    if b"<!DOCTYPE" in octets or b"<!ENTITY" in octets:
        raise DecodeError("a document type is not allowed")
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
    )
    try:
        root = etree.fromstring(octets, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DecodeError(f"not well-formed XML: {_reason(error)}") from error
    document: Any = root.getroottree().docinfo
    if document.doctype or document.internalDTD is not None:
        raise DecodeError("a document type is not allowed")
    if (document.encoding or "UTF-8").upper() not in _ENCODINGS:
        raise DecodeError("the encoding has to be UTF-8")
    _check_tree(root)
    return root


def _check_tree(root: etree._Element) -> None:
    if root.getprevious() is not None or root.getnext() is not None:
        raise DecodeError("processing instructions and entities are not allowed")
    depth = 0
    for event, node in etree.iterwalk(root, events=("start", "end", "pi")):
        if event == "pi" or isinstance(node, etree._Entity):
            raise DecodeError("processing instructions and entities are not allowed")
        depth += 1 if event == "start" else -1
        if depth > DEEPEST_ELEMENT:
            raise DecodeError(f"elements are nested more than {DEEPEST_ELEMENT} deep")


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else "empty document"


def serialise(root: etree._Element) -> bytes:
    """The document with its XML declaration, as it goes over the wire."""
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=False)
