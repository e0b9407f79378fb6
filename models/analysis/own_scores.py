"""What is known of a checkpoint's scores: its epoch's validation, and a test of it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.analysis.logs import PATTERN, read_log
from models.analysis.model_card import Scores
from models.analysis.results import load_results, tested_dataset
from models.analysis.run_folder import read_run_folder
from models.analysis.scores import fractions, metrics_of, scores_of_entry
from models.datasets.contract import metric_options
from models.deploy.portable import portable_config


def kept_config(folder: str | os.PathLike) -> Path:
    """The merged config that a training run left in its folder.

    Raises:
        FileNotFoundError: there is none.
        ValueError: it is no run folder.
    """
    config = read_run_folder(folder).config
    if config is None:
        raise FileNotFoundError(
            f"run folder {folder} does not have the config it was trained with; give the file"
        )
    return config


def validation_scores(
    folder: str | os.PathLike, meta: Mapping[str, Any], cfg: Mapping[str, Any]
) -> Scores | None:
    """Scores of a checkpoint's epoch, from the logs beside it; None where it was not validated.

    Args:
        folder: where the checkpoint lies.
        meta: the checkpoint's facts.
        cfg: the config of its run.
    """
    if "epoch" not in meta or meta.get("samples_of_epoch") or not any(Path(folder).glob(PATTERN)):
        return None
    found = [entry for entry in read_log(folder).val if entry["epoch"] == meta["epoch"]]
    if not found:
        return None
    return _scores(scores_of_entry(found[-1]), cfg, "val")


def scores_of_results(results: str | os.PathLike, cfg: Mapping[str, Any]) -> Scores:
    """Evaluate the raw results of tools/test.py once more.

    Args:
        results: what `--out` wrote.
        cfg: the config of the test, whose data set must be there.

    Raises:
        FileNotFoundError, KeyError, ValueError: results or data set cannot be used.
    """
    content = load_results(results)
    dataset = tested_dataset(cfg)
    names, options = metric_options(cfg.get("evaluation") or {})
    with tempfile.TemporaryDirectory() as folder:
        values = dataset.evaluate(content, res_folder=folder, metric=names, **options)
    if not values:
        raise ValueError(f"the test set has no ground truth to compare {results} with")
    return _scores(values, cfg, "test", len(dataset))


def _scores(
    values: Mapping[str, Any], cfg: Mapping[str, Any], split: str, persons: int | None = None
) -> Scores:
    data = portable_config(cfg)["data"][split]
    data_cfg = data.get("data_cfg") or {}
    by_detector = not data_cfg.get("use_gt_bbox", True) and data_cfg.get("bbox_file")
    boxes = f"`{data_cfg['bbox_file']}`" if by_detector else "ground truth"
    return Scores(
        fractions(values, metrics_of(cfg, split)), boxes, data.get("ann_file", ""), persons
    )
