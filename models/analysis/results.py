"""The predictions that a test run left, and the data set that they are of."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping, Sequence
from typing import Any

from models.builder import build_dataset
from models.datasets import EvaluatedDataset
from models.datasets.contract import dataset_type
from models.runtime.files import load_json


def load_results(path: str | os.PathLike) -> Sequence[Mapping[str, Any]]:
    """What tools/test.py --out wrote.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it holds something else.
    """
    results = load_json(path, "result file")
    if not isinstance(results, list) or not all(isinstance(batch, dict) for batch in results):
        raise ValueError(f"{path} holds no results of tools/test.py --out")
    return results


def tested_dataset(cfg: Mapping[str, Any]) -> EvaluatedDataset:
    """The test set of a config. Images need not be there any more, where it can do without.

    Raises:
        FileNotFoundError, KeyError, ValueError: as `build_dataset`.
        TypeError: it has no metrics.
    """
    section = cfg["data"]["test"]
    parameters = inspect.signature(dataset_type(section["type"])).parameters
    more = {"test_mode": True, "skip_bad_images": True}
    return build_dataset(section, {key: v for key, v in more.items() if key in parameters})
