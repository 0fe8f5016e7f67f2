"""What the core uses of MicroPython's own module."""

from collections.abc import Callable
from typing import TypeVar

_Function = TypeVar("_Function", bound=Callable[..., object])

def const(value: int, /) -> int: ...
def native(function: _Function, /) -> _Function: ...
def viper(function: _Function, /) -> _Function: ...
