"""Check that this Python has everything that setup.py asks for, in versions that work.

Exit status 1, and the first lines say what is missing, where it has not. Needs nothing but pip.
"""

from __future__ import annotations

import argparse
import ast
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

try:
    from packaging.requirements import Requirement
except ImportError:  # a bare environment has pip's copy
    from pip._vendor.packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]

#: packages that may stand in for another, with the same content
STAND_INS = {"opencv-python": ("opencv-python-headless",), "mmcv": ("mmcv-full",)}


def requirements() -> list[Requirement]:
    """The lists in setup.py, and mmcv."""
    tree = ast.parse((ROOT / "setup.py").read_text(encoding="utf-8"))
    lists = {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and node.targets[0].id.endswith("REQUIREMENTS")
    }
    texts = [text for items in lists.values() for text in items]
    return [Requirement(text) for text in [*texts, "mmcv>=1.7.1,<2"]]


def installed_version(name: str) -> str | None:
    """Version of a package or of one that stands in for it."""
    for candidate in (name, *STAND_INS.get(name, ())):
        try:
            return version(candidate)
        except PackageNotFoundError:
            continue
    return None


def problems() -> list[str]:
    """What does not suit, one line each."""
    found = []
    for requirement in requirements():
        have = installed_version(requirement.name)
        if have is None:
            found.append(f"{requirement} is not installed")
        elif not requirement.specifier.contains(have, prereleases=True):
            found.append(f"{requirement} is needed, {have} is installed")
    return found or broken_imports()


def broken_imports() -> list[str]:
    """What is installed but does not start, or is hidden by another package."""
    try:
        import cv2  # noqa: F401
        import torchvision  # noqa: F401
        import xtcocotools._mask  # noqa: F401
    except (ImportError, RuntimeError, ValueError) as error:
        return [f"an installed package does not start: {error}"]
    sys.path[:] = [
        path for path in sys.path if Path(path or ".").resolve() not in (ROOT, ROOT / "tools")
    ]
    try:
        import models
    except ImportError:
        return [f"the package 'models' of {ROOT} is not installed (pip install -e .)"]
    where = Path(models.__file__ or "").parent
    if where != ROOT / "models":
        return [
            f"another package called 'models' is found first, in {where}; uninstall it, or use an "
            "environment of its own for this project"
        ]
    return []


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()
    found = problems()
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
