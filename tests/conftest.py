"""Fixtures that several folders of tests share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = REPOSITORY.parent / "shared"


@pytest.fixture(autouse=True)
def seeded() -> None:
    """Every test starts from the same random state."""
    np.random.seed(0)
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def golden() -> Path:
    """The folder of reference numbers kept with the tests."""
    return REPOSITORY / "tests" / "golden"


@pytest.fixture(scope="session")
def shared_golden() -> Path:
    """Reference files too large to keep with the tests; skips where they are absent."""
    return _present(SHARED / "golden")


@pytest.fixture(scope="session")
def real() -> Path:
    """Real pictures with COCO and MPII annotations; skips where they are absent."""
    return _present(SHARED / "real")


def _present(folder: Path) -> Path:
    if not folder.is_dir():
        pytest.skip(
            f"reference folder {folder.parent.name}/{folder.name} is not beside the checkout"
        )
    return folder
