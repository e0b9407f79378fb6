"""Config files on disk: where those with a name lie, and which names a file only uses itself."""

from __future__ import annotations

import ast
import difflib
import os
import re
from collections.abc import Iterator
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]

#: the project's configs: inside of an installed package, else beside the package of a checkout
CONFIGS = next(
    (folder for folder in (_PACKAGE / "configs", _PACKAGE.parent / "configs") if folder.is_dir()),
    _PACKAGE.parent / "configs",
)

#: mmcv's placeholders: `{{_base_.data_root}}`, `{{ fileDirname }}`
_PLACEHOLDER = re.compile(r"\{\{\s*(?:_base_\.)?(\w+)[\w.]*\s*\}\}")


def find_config(config: str | os.PathLike) -> Path:
    """A config file by its path, or by the name of one of the project's (its file without .py).

    Raises:
        FileNotFoundError: there is none; says where it was looked for, and the nearest name.
    """
    path = Path(config)
    if path.is_file():
        return path
    known = {file.stem: file for file in CONFIGS.rglob("*.py") if "_base_" not in file.parts}
    if path.name == str(config) and path.name in known:
        return known[path.name]
    if path.suffix:
        hint = (
            f"; from everywhere '{path.stem}' alone names the one in {CONFIGS}"
            if path.stem in known
            else "; configs live under configs/"
        )
        where = "" if path.is_absolute() else f" in {Path.cwd()}"
        raise FileNotFoundError(f"config {path} does not exist{where}{hint}")
    near = difflib.get_close_matches(path.name, known, 1)
    raise FileNotFoundError(
        f"there is no config '{config}'"
        + (f"; did you mean '{near[0]}'?" if near else f"; those in {CONFIGS} have names")
    )


def helper_names(path: str | os.PathLike) -> set[str]:
    """Top-level names of a Python config that it, or a file above or below it, reads itself.

    Those are variables that help to write the file (`data_root`), not settings: whoever runs the
    config need not know them.

    Args:
        path: the file; its `_base_` files are looked at too. Other kinds of files read nothing.
    """
    used: set[str] = set()
    for text in _texts(Path(path)):
        used.update(_PLACEHOLDER.findall(text))
        for node in ast.walk(_parse(text)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                used.add(node.id)
            elif isinstance(node, ast.For | ast.With | ast.Import | ast.ImportFrom | ast.ClassDef):
                used.update(_bound_by(node))
    return used


def _texts(path: Path) -> Iterator[str]:
    """The file and all that it is made from."""
    if path.suffix != ".py":
        return
    text = path.read_text(encoding="utf-8")
    yield text
    for node in _parse(text).body:
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "_base_" for target in node.targets
        ):
            bases = ast.literal_eval(node.value)
            for base in [bases] if isinstance(bases, str) else bases:
                yield from _texts(path.parent / base)


def _parse(text: str) -> ast.Module:
    return ast.parse(_PLACEHOLDER.sub("None", text))


def _bound_by(node: ast.AST) -> set[str]:
    """Names that a statement leaves behind without being an assignment."""
    if isinstance(node, ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    targets = (
        [node.target] if isinstance(node, ast.For) else [item.optional_vars for item in node.items]
    )
    return {
        name.id
        for target in targets
        if target is not None
        for name in ast.walk(target)
        if isinstance(name, ast.Name)
    }
