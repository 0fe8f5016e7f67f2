"""Elements of a document declared as tables: one declaration reads, checks and writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from dcc_stub.duis.types import WHITE_SPACE, SimpleType
from smets.codec.errors import DecodeError

SERVICE_USER_GATEWAY = "http://www.dccinterface.co.uk/ServiceUserGateway"
PREFIX = {"sr": SERVICE_USER_GATEWAY}

Fields = dict[str, Any]


@dataclass(frozen=True)
class Element:
    """A child element: a simple type, or the particles inside it in their order.

    `minimum` 0 makes it optional; a `maximum` above 1 makes its value a tuple.
    """

    name: str
    content: SimpleType | tuple[Element | Choice, ...]
    minimum: int = 1
    maximum: int = 1


@dataclass(frozen=True)
class Choice:
    """Exactly one of several elements; the name of the one chosen is the key of its value."""

    elements: tuple[Element, ...]
    minimum: int = 1


Particle = Element | Choice
Particles = tuple[Particle, ...]


def optional(name: str, content: SimpleType | Particles) -> Element:
    """An element that may be absent."""
    return Element(name, content, minimum=0)


def qualified(name: str) -> str:
    """The name in the namespace of DUIS, as lxml writes it."""
    return f"{{{SERVICE_USER_GATEWAY}}}{name}"


def read(node: etree._Element, definition: Element) -> Any:
    """The value of an element; DecodeError names the first thing that is not as declared."""
    if node.attrib:
        raise DecodeError(f"{definition.name} may not have attributes")
    content = definition.content
    if isinstance(content, tuple):
        return read_content(node, content, definition.name)
    if len(node):
        raise DecodeError(f"{definition.name} holds elements, a value is expected")
    try:
        return content.parse(node.text or "")
    except DecodeError as error:
        raise DecodeError(f"{definition.name}: {error}") from error


def read_content(node: etree._Element, particles: Particles, path: str) -> Fields:
    """The values of the children of `node`, by name."""
    if _text(node) or (node.text and not particles):
        raise DecodeError(f"{path} holds text where only elements may stand")
    children = list(node)
    fields: Fields = {}
    at = 0
    for particle in particles:
        elements = particle.elements if isinstance(particle, Choice) else (particle,)
        chosen = _declared(children, at, elements)
        if chosen is None:
            if particle.minimum:
                raise DecodeError(f"{path} lacks {' or '.join(e.name for e in elements)}")
            continue
        values: list[Any] = []
        while at < len(children) and children[at].tag == qualified(chosen.name):
            if len(values) == chosen.maximum:
                raise DecodeError(f"{path} has more than {chosen.maximum} {chosen.name}")
            try:
                values.append(read(children[at], chosen))
            except DecodeError as error:
                raise DecodeError(f"{path}/{error}") from error
            at += 1
        fields[chosen.name] = tuple(values) if chosen.maximum > 1 else values[0]
    if at < len(children):
        raise DecodeError(f"{path} may not hold {_printable(children[at])} here")
    return fields


def _declared(
    children: list[etree._Element], at: int, elements: tuple[Element, ...]
) -> Element | None:
    if at < len(children):
        for element in elements:
            if children[at].tag == qualified(element.name):
                return element
    return None


def _printable(node: etree._Element) -> str:
    return etree.QName(node).localname[:64]


def _text(node: etree._Element) -> bool:
    texts = [node.text, *(child.tail for child in node)]
    return any(text and text.strip(WHITE_SPACE) for text in texts)


def write(parent: etree._Element, definition: Element, value: Any) -> None:
    """Appends an element with its value; DecodeError when the value is not as declared."""
    node = etree.SubElement(parent, qualified(definition.name))
    content = definition.content
    if isinstance(content, tuple):
        write_content(node, content, value, definition.name)
        return
    try:
        node.text = content.format(value) or None
    except (DecodeError, ValueError) as error:  # lxml: characters that XML cannot carry
        raise DecodeError(f"{definition.name}: {error}") from error


def write_content(
    node: etree._Element, particles: Particles, fields: Mapping[str, Any], path: str
) -> None:
    """Appends children for `fields`; a missing or unknown one is a DecodeError."""
    known = {element.name for element in declared(particles)}
    unknown = [name for name in fields if name not in known]
    if unknown:
        raise DecodeError(f"{path} may not hold {', '.join(sorted(unknown))}")
    for particle in particles:
        elements = particle.elements if isinstance(particle, Choice) else (particle,)
        present = [element for element in elements if element.name in fields]
        if len(present) > 1:
            raise DecodeError(f"{path} may hold only one of {', '.join(e.name for e in present)}")
        if not present:
            if particle.minimum:
                raise DecodeError(f"{path} lacks {' or '.join(e.name for e in elements)}")
            continue
        (element,) = present
        value = fields[element.name]
        values = value if element.maximum > 1 else (value,)
        if not element.minimum <= len(values) <= element.maximum:
            raise DecodeError(f"{path} may hold at most {element.maximum} {element.name}")
        for each in values:
            try:
                write(node, element, each)
            except DecodeError as error:
                raise DecodeError(f"{path}/{error}") from error


def declared(particles: Particles) -> Iterator[Element]:
    """The elements of a content model, those of its choices too."""
    for particle in particles:
        if isinstance(particle, Choice):
            yield from particle.elements
        else:
            yield particle
