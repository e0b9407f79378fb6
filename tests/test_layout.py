"""Imports go one way: a module uses its own folder and the floors below it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]

#: part of the package → floor; parts on one floor do not import each other
FLOORS = {
    "models.runtime": 0,
    "models.registry": 1,
    "models.compat": 1,
    "models.builder": 2,
    "models.structures": 3,
    "models.layers": 3,
    "models.codecs": 4,
    "models.evaluation": 5,
    "models.pipelines": 5,
    "models.synthetic": 5,
    "models.datasets": 6,
    "models.backbones": 6,
    "models.heads": 6,
    "models.losses": 6,
    "models.posenets": 7,
    "models.deploy": 8,
    "models.complexity": 8,
    "models.visualization": 8,
    "models.engine": 9,
    "models.inference": 9,
    "models.analysis": 10,
    "models.benchmark": 10,
}


def part_of(module: str) -> str:
    return ".".join(module.split(".")[:2])


def module_name(path: Path) -> str:
    name = ".".join(path.relative_to(REPOSITORY).with_suffix("").parts)
    return name.removesuffix(".__init__")


def imports(path: Path) -> set[str]:
    """Modules of the package that a file imports, at any depth of its code."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            if node.module == "models":
                found.update(f"models.{alias.name}" for alias in node.names)
            else:
                found.add(node.module)
    return {name for name in found if name.startswith("models.")}


SOURCES = sorted((REPOSITORY / "models").rglob("*.py"))


def test_every_part_has_a_floor():
    parts = {part_of(module_name(path)) for path in SOURCES} - {"models"}
    assert parts == set(FLOORS)


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_no_import_goes_up(path):
    here = part_of(module_name(path))
    for module in imports(path):
        there = part_of(module)
        if there in FLOORS and there != here and here != "models":
            assert FLOORS[there] < FLOORS[here], f"{path.name} imports {module}"


def test_no_relative_imports():
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert not (isinstance(node, ast.ImportFrom) and node.level), path


def test_no_circle_between_modules():
    graph = {module_name(path): imports(path) for path in SOURCES}
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " → ".join([*trail, module])
        if module in done or module not in graph:
            return
        for target in graph[module]:
            if target != part_of(module):  # a package's map of itself is no dependency on it
                visit(target, (*trail, module))
        done.add(module)

    for module in graph:
        visit(module, ())


def test_top_level_holds_what_it_should():
    tracked = {
        path.name
        for path in REPOSITORY.iterdir()
        if not path.name.startswith((".", "lite_hrnet.egg")) and path.name != "work_dirs"
    }
    tracked -= {"__pycache__", "build", "dist"}
    assert tracked == {
        "configs",
        "models",
        "tools",
        "data",
        "tests",
        "setup.py",
        "requirements.txt",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "pyproject.toml",
    }


def test_files_stay_small():
    long = {str(path): len(path.read_text().splitlines()) for path in SOURCES}
    assert not {path: lines for path, lines in long.items() if lines > 350}
