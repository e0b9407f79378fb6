"""Images that `--skip-bad-images` left out: counted, named and listed."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from models.runtime.files import dump_json

logger = logging.getLogger(__name__)

SKIPPED_FILE = "skipped_images.json"


def skipped_images(results: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """File → what is wrong with it, from the batches of a test."""
    return {file: why for batch in results for file, why in batch.get("skipped", {}).items()}


def report_skipped(skipped: Mapping[str, str], folder: str | os.PathLike) -> None:
    """Say how many there are, and list them in a json file of a folder; silent about none."""
    if not skipped:
        return
    path = Path(folder) / SKIPPED_FILE
    dump_json(dict(sorted(skipped.items())), path, indent=1)
    first = next(iter(skipped.values()))
    logger.warning("Skipped %d images, listed in %s; one of them: %s", len(skipped), path, first)
