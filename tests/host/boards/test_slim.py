"""Slim sources mean the same: constants folded across modules, types and docstrings gone."""

from pathlib import Path

import pytest

from host.boards.image import board_files
from host.boards.slim import slim


def slimmed(tmp_path: Path, **sources: str) -> dict[str, str]:
    files = []
    for name, text in sources.items():
        path = tmp_path / f"{name}.py"
        path.write_text(text)
        files.append((path, f"{name}.py"))
    return slim(files)


def test_constants_are_folded_across_modules(tmp_path):
    out = slimmed(
        tmp_path,
        numbers="A, B = 1, 2\nC = A << 4 | B\nD, E = range(2)\nNAME = 'text'\nMINUS = -C\n",
        user="from numbers import C as SEA, NAME\n\ndef f(x=SEA):\n    return x + SEA, NAME\n",
    )
    assert out["numbers.py"] == "NAME = 'text'"
    space: dict[str, object] = {}
    exec(out["user.py"].replace("from numbers import NAME", "NAME = 'text'"), space)
    assert space["f"]() == (36, "text")
    assert "SEA" not in out["user.py"]


def test_constants_of_a_module_named_by_alias(tmp_path):
    out = slim(
        [
            _file(tmp_path, "pack/__init__.py", ""),
            _file(tmp_path, "pack/roles.py", "ROOT = 0\nOTHER = 127\nROLES = (ROOT, OTHER)\n"),
            _file(
                tmp_path,
                "pack/one.py",
                "from pack import roles\n\ndef f():\n    return roles.OTHER\n",
            ),
            _file(
                tmp_path,
                "pack/two.py",
                "from pack import roles as r\n\ndef f():\n    return r.OTHER, r.ROLES\n",
            ),
        ]
    )
    assert "import" not in out["pack/one.py"]
    assert "return 127" in out["pack/one.py"]
    assert "return (127, r.ROLES)" in out["pack/two.py"]
    assert "ROLES = (0, 127)" in out["pack/roles.py"]


def test_what_is_bound_twice_or_shadowed_stays(tmp_path):
    text = "LIMIT = 1\nLIMIT = 2\n\ndef f(SIZE):\n    return SIZE\nSIZE = 3\nFLAG = True\n"
    out = slimmed(tmp_path, module=text)["module.py"]
    space: dict[str, object] = {}
    exec(out, space)
    assert space["LIMIT"] == 2
    assert space["f"](7) == 7
    assert space["FLAG"] is True


def test_types_and_docstrings_go(tmp_path):
    out = slimmed(
        tmp_path,
        module='"""Doc."""\nfrom __future__ import annotations\nfrom typing import TYPE_CHECKING\n'
        "if TYPE_CHECKING:\n    from x import Y\n\n"
        'class A:\n    """Doc."""\n    field: int\n\n    def f(self, a: Y, *b: int) -> Y:\n'
        '        """Doc."""\n        value: int = 1\n        return value\n',
    )["module.py"]
    for word in ("Doc", "TYPE_CHECKING", "annotations", "int", "Y"):
        assert word not in out
    space: dict[str, object] = {}
    exec(out, space)
    assert space["A"]().f(0) == 1


def test_machine_code_keeps_its_types(tmp_path):
    text = "import micropython\n@micropython.viper\ndef f(a: int) -> int:\n    return a\n"
    assert "a: int" in slimmed(tmp_path, module=text)["module.py"]


def test_the_whole_firmware_shrinks_and_compiles():
    sources = slim(board_files())
    assert len(sources) > 50
    for name, text in sources.items():
        compile(text, name, "exec")
        assert "if TYPE_CHECKING" not in text
    before = sum(path.stat().st_size for path, name in board_files() if name.endswith(".py"))
    assert sum(map(len, sources.values())) < 0.8 * before


def _file(tmp_path: Path, name: str, text: str) -> tuple[Path, str]:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path, name


@pytest.mark.parametrize("operation", ["1 / 2", "f()", "'a'", "1.5"])
def test_only_whole_numbers_are_folded(tmp_path, operation):
    out = slimmed(tmp_path, module=f"VALUE = {operation}\n")["module.py"]
    assert "VALUE" in out
