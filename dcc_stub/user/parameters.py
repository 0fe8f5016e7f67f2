"""Request fields from `name=text` pairs, by the declarations of the request bodies.

A name is that of an element, or several with dots between where one is not enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from dcc_stub.duis.elements import Choice, Element, Fields, Particles, declared
from dcc_stub.duis.types import Boolean, DateTime, Enumeration, Integer
from dcc_stub.user.errors import ParameterError
from smets.codec.errors import DecodeError

Pairs = Sequence[tuple[str, str]]


class Parameter(NamedTuple):
    """A value that a request takes: where it stands, what it may be, whether it is needed."""

    path: tuple[str, ...]
    element: Element
    required: bool

    @property
    def name(self) -> str:
        """The name in its longest form."""
        return ".".join(self.path)

    def is_called(self, name: str) -> bool:
        """Whether a name means this parameter."""
        wanted = tuple(name.split("."))
        return self.path[-len(wanted) :] == wanted

    @property
    def kind(self) -> str:
        """What may be given, in a few words."""
        content = self.element.content
        if isinstance(content, Enumeration):
            return "|".join(content.values)
        for known, words in ((DateTime, "date-time"), (Boolean, "true|false")):
            if isinstance(content, known):
                return words
        if isinstance(content, Integer):
            return f"{content.minimum}..{content.maximum}"
        return type(content).__name__.lower()


def parameters(body: Element) -> list[Parameter]:
    """What a request body takes."""
    assert isinstance(body.content, tuple)
    return list(_parameters(body.content, (), required=True))


def _parameters(
    particles: Particles, path: tuple[str, ...], *, required: bool
) -> Iterator[Parameter]:
    for particle in particles:
        elements = particle.elements if isinstance(particle, Choice) else (particle,)
        for element in elements:
            needed = required and bool(element.minimum) and not isinstance(particle, Choice)
            inside = (*path, element.name)
            if isinstance(element.content, tuple) and element.content:
                yield from _parameters(element.content, inside, required=needed)
            else:
                yield Parameter(inside, element, needed)


def fields(body: Element, pairs: Pairs) -> Fields:
    """The fields of a body; ParameterError for a name or value that it does not take."""
    known = parameters(body)
    for name, _ in pairs:
        matching = [each for each in known if each.is_called(name)]
        if len(matching) != 1:
            problem = "has several parameters called" if matching else "has no parameter"
            takes = ", ".join(each.name for each in (matching or known)) or "none"
            raise ParameterError(f"{body.name} {problem} {name}; it takes {takes}")
    assert isinstance(body.content, tuple)
    return _fields(body.content, (), pairs, known)


def _fields(
    particles: Particles, path: tuple[str, ...], pairs: Pairs, known: list[Parameter]
) -> Fields:
    found: Fields = {}
    for element in declared(particles):
        inside = (*path, element.name)
        if isinstance(element.content, tuple) and element.content:
            value = _fields(element.content, inside, pairs, known)
            if value or (element.minimum and not _in_choice(particles, element)):
                found[element.name] = value
            continue
        texts = [text for name, text in pairs if _means(name, inside, known)]
        if texts:
            found[element.name] = _value(element, texts)
    return found


def _in_choice(particles: Particles, element: Element) -> bool:
    choices = [each for each in particles if isinstance(each, Choice)]
    return any(element in choice.elements for choice in choices)


def _means(name: str, path: tuple[str, ...], known: list[Parameter]) -> bool:
    return any(each.path == path and each.is_called(name) for each in known)


def _value(element: Element, texts: Iterable[str]) -> Any:
    content = element.content
    if isinstance(content, tuple):
        return {}
    try:
        values = tuple(content.parse(text) for text in texts)
    except DecodeError as error:
        raise ParameterError(f"{element.name}: {error}") from error
    if element.maximum > 1:
        return values
    if len(values) > 1:
        raise ParameterError(f"{element.name} may be given once")
    return values[0]
