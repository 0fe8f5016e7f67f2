"""Takes out of the firmware's sources what only people and type checkers need.

A board holds every name of a loaded module in its heap. So an image has integer constants in
place of their names, across modules, and neither annotations nor blocks under TYPE_CHECKING; then
names are shortened (see `shorten`).
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from host.boards.shorten import shorten

CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*")

_OPERATORS: dict[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
}

# By module, then by name.
Constants = Mapping[str, Mapping[str, int]]


def slim(files: Iterable[tuple[Path, str]]) -> dict[str, str]:
    """The slim sources of (source, name on the board) pairs, by name; `.py` files alone."""
    sources = {name: source.read_text("utf-8") for source, name in files if name.endswith(".py")}
    trees = {name: _Untyped().visit(ast.parse(text)) for name, text in sources.items()}
    constants = _constants({_module(name): tree for name, tree in trees.items()})
    folded = {name: _Folded(_module(name), constants).visit(tree) for name, tree in trees.items()}
    shorten(folded)
    return {name: ast.unparse(ast.fix_missing_locations(tree)) for name, tree in folded.items()}


def _module(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


class _Untyped(ast.NodeTransformer):
    """Drops annotations, docstrings, and what stands under TYPE_CHECKING."""

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt] | None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return [self.visit(statement) for statement in node.orelse] or None
        return self.generic_visit(node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        if node.module == "__future__":
            return None
        if node.module == "typing":
            node.names = [alias for alias in node.names if alias.name != "TYPE_CHECKING"]
            return node if node.names else None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        return ast.copy_location(ast.Assign([node.target], self.visit(node.value)), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        # Viper's annotations are the types of machine code.
        if not node.decorator_list or not _is_machine_code(node.decorator_list[0]):
            node.returns = None
            arguments = node.args
            for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]:
                argument.annotation = None
            for extra in (arguments.vararg, arguments.kwarg):
                if extra is not None:
                    extra.annotation = None
        return self._without_docstring(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._without_docstring(node)

    def visit_Module(self, node: ast.Module) -> ast.AST:
        return self._without_docstring(node)

    def _without_docstring(self, node: ast.FunctionDef | ast.ClassDef | ast.Module) -> ast.AST:
        if ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
        self.generic_visit(node)
        if not node.body and not isinstance(node, ast.Module):
            node.body = [ast.Pass()]
        return node


def _is_machine_code(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Attribute) and decorator.attr in {"viper", "native"}


def _constants(trees: Mapping[str, ast.AST]) -> Constants:
    """Integer constants of each module; those made of other modules' are found round by round."""
    found: dict[str, dict[str, int]] = {module: {} for module in trees}
    stored = {module: _stored(tree) for module, tree in trees.items()}
    growing = True
    while growing:
        growing = False
        for module, tree in trees.items():
            known = _visible(tree, module, found)
            for name, value in _assigned(tree, known):
                once = stored[module].count(name) == 1 and CONSTANT.fullmatch(name)
                if once and name not in found[module]:
                    found[module][name] = value
                    growing = True
    return found


def _stored(tree: ast.AST) -> list[str]:
    """Every name that is bound anywhere in a module but by importing."""
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            names.append(node.id)
        elif isinstance(node, ast.arg):
            names.append(node.arg)
    return names


def _visible(tree: ast.AST, module: str, constants: Constants) -> dict[str, int]:
    """The constants a module can name without a dot: its own and those it imports."""
    visible = dict(constants[module])
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            theirs = constants.get(node.module, {})
            for alias in node.names:
                if alias.name in theirs:
                    visible[alias.asname or alias.name] = theirs[alias.name]
    return visible


def _assigned(tree: ast.AST, known: Mapping[str, int]) -> Iterable[tuple[str, int]]:
    assert isinstance(tree, ast.Module)
    for statement in tree.body:
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            continue
        for target, value in _pairs(statement.targets[0], statement.value):
            number = _evaluate(value, known)
            if isinstance(target, ast.Name) and number is not None:
                yield target.id, number


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    if not isinstance(target, ast.Tuple):
        return [(target, value)]
    if isinstance(value, ast.Tuple):
        return list(zip(target.elts, value.elts, strict=False))
    if (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Name)
        and value.func.id == "range"
    ):
        return [(each, ast.Constant(number)) for number, each in enumerate(target.elts)]
    return []


def _evaluate(node: ast.expr, known: Mapping[str, int]) -> int | None:
    if isinstance(node, ast.Constant):
        return node.value if type(node.value) is int else None
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _evaluate(node.operand, known)
        return None if value is None else -value
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, right = _evaluate(node.left, known), _evaluate(node.right, known)
        if left is None or right is None:
            return None
        return _OPERATORS[type(node.op)](left, right)
    return None


class _Folded(ast.NodeTransformer):
    """Puts values in place of constants and drops their definitions and imports."""

    def __init__(self, module: str, constants: Constants) -> None:
        self._own = constants[module]
        self._module = module
        self._constants = constants
        self._visible: dict[str, int] = {}
        self._modules: dict[str, str] = {}
        self._idle: set[str] = set()

    def visit_Module(self, node: ast.Module) -> ast.AST:
        self._visible = _visible(node, self._module, self._constants)
        for name in set(_stored(node)) - set(self._own):
            self._visible.pop(name, None)
        self._modules = {
            alias.asname or alias.name: f"{each.module}.{alias.name}"
            for each in ast.walk(node)
            if isinstance(each, ast.ImportFrom)
            for alias in each.names
            if f"{each.module}.{alias.name}" in self._constants
        }
        self.generic_visit(node)
        used = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        self._idle = set(self._modules) - used
        return _Imports(self._visible, self._idle, self._constants).visit(node)  # type: ignore[no-any-return]

    def visit_Assign(self, node: ast.Assign) -> ast.AST | None:
        names = [each.id for each in ast.walk(node.targets[0]) if isinstance(each, ast.Name)]
        if names and all(name in self._own for name in names):
            return None
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if isinstance(node.ctx, ast.Load) and node.id in self._visible:
            return _number(self._visible[node.id])
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and isinstance(node.ctx, ast.Load):
            theirs = self._constants.get(self._modules.get(node.value.id, ""), {})
            if node.attr in theirs:
                return _number(theirs[node.attr])
        return self.generic_visit(node)


class _Imports(ast.NodeTransformer):
    """Drops imports of constants, and of modules that nothing names any more."""

    def __init__(self, visible: Mapping[str, int], idle: set[str], constants: Constants) -> None:
        self._visible = visible
        self._idle = idle
        self._constants = constants

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        theirs = self._constants.get(node.module or "", {})
        node.names = [
            alias
            for alias in node.names
            if not (alias.name in theirs and (alias.asname or alias.name) in self._visible)
            and (alias.asname or alias.name) not in self._idle
        ]
        return node if node.names else None

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node


def _number(value: int) -> ast.expr:
    return ast.Constant(value) if value >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-value))
