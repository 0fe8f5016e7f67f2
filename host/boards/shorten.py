"""Shortens what a board keeps of a source that nobody on the board reads.

MicroPython keeps each name once for the whole program and never lets go of it. Names that a module
keeps to itself, and arguments that are never passed by name, therefore share a few short names.
Texts of errors go: a board acts on the class of an error, and refusals are named by their check.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

OWN = "_%d"
ARGUMENT = "a%d"


def shorten(trees: Mapping[str, ast.Module]) -> None:
    """Changes the modules, which are all that run together, in place."""
    shared = _shared_names(trees)
    spoken = _spoken_names(trees)
    for tree in trees.values():
        _Silent().visit(tree)
        _OwnNames(shared).rename(tree)
        _Arguments(spoken).visit(tree)


def _is_own(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _shared_names(trees: Mapping[str, ast.Module]) -> set[str]:
    """Underscored names that more than their own module may mean: those of classes that are
    inherited elsewhere, and those imported."""
    classes = {
        node.name: node
        for tree in trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    shared: set[str] = set()
    for tree in trees.values():
        here = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                shared.update(alias.name for alias in node.names if _is_own(alias.name))
            elif isinstance(node, ast.ClassDef):
                bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
                for base in bases:
                    if base in classes and base not in here:
                        shared |= _own_names(classes[base]) | _own_names(node)
    return shared


def _own_names(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        for name in _names(node):
            if _is_own(name):
                names.add(name)
    return names


def _names(node: ast.AST) -> Iterable[str]:
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute):
        return [node.attr]
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Global | ast.Nonlocal):
        return node.names
    if isinstance(node, ast.alias):
        return [node.asname] if node.asname else []
    return []


def _spoken_names(trees: Mapping[str, ast.Module]) -> set[str]:
    """Names that a call may pass by name: keywords, and every text, for `**`."""
    spoken = set()
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg:
                spoken.add(node.arg)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                spoken.add(node.value)
    return spoken


class _Silent(ast.NodeTransformer):
    """Takes the text out of errors that are raised."""

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        error = node.exc
        if isinstance(error, ast.Call) and isinstance(error.func, ast.Name):
            is_error = error.func.id.endswith("Error")
            if is_error and error.args and not isinstance(error.args[0], ast.Name):
                error.args[0] = ast.Constant("")
        return self.generic_visit(node)


class _OwnNames(ast.NodeTransformer):
    """Gives the names a module keeps to itself short ones, the most frequent first."""

    def __init__(self, shared: set[str]) -> None:
        self._shared = shared
        self._short: dict[str, str] = {}

    def rename(self, tree: ast.Module) -> None:
        """Renames throughout a module."""
        uses: dict[str, int] = {}
        taken: set[str] = set()
        for node in ast.walk(tree):
            taken.update(_names(node))
            for name in _names(node):
                if _is_own(name) and name not in self._shared:
                    uses[name] = uses.get(name, 0) + 1
        free = (OWN % number for number in range(10_000) if OWN % number not in taken)
        self._short = {name: next(free) for name in sorted(uses, key=lambda each: -uses[each])}
        self.visit(tree)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self._short.get(node.id, node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        node.attr = self._short.get(node.attr, node.attr)
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self._short.get(node.name, node.name)
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.name = self._short.get(node.name, node.name)
        return self.generic_visit(node)

    def visit_Global(self, node: ast.Global) -> ast.AST:
        node.names = [self._short.get(name, name) for name in node.names]
        return node

    def visit_alias(self, node: ast.alias) -> ast.AST:
        if node.asname:
            node.asname = self._short.get(node.asname, node.asname)
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg = self._short.get(node.arg, node.arg)
        return node


class _Arguments(ast.NodeTransformer):
    """Gives arguments that are never passed by name the names of their places."""

    def __init__(self, spoken: set[str]) -> None:
        self._spoken = spoken

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        if node.decorator_list and any(
            isinstance(each, ast.Attribute) for each in node.decorator_list
        ):
            return node  # machine code names its arguments' types
        inner = {
            argument.arg
            for each in ast.walk(node)
            if isinstance(each, ast.FunctionDef | ast.Lambda) and each is not node
            for argument in _all_arguments(each)
        }
        short = {}
        for place, argument in enumerate(node.args.args):
            name = argument.arg
            if name not in self._spoken and name not in inner:
                short[name] = ARGUMENT % place
        if set(short.values()) & inner:
            return node
        for each in ast.walk(node):
            if isinstance(each, ast.Name):
                each.id = short.get(each.id, each.id)
            elif isinstance(each, ast.Nonlocal):
                each.names = [short.get(name, name) for name in each.names]
        for argument in node.args.args:
            argument.arg = short.get(argument.arg, argument.arg)
        return node


def _all_arguments(node: ast.FunctionDef | ast.Lambda) -> list[ast.arg]:
    arguments = node.args
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
