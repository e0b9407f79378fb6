"""A config's test pipeline and `test_cfg` as a description that needs neither."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models import compat
from models.datasets import keypoints_of
from models.deploy.agreement import Agreement
from models.deploy.description import Description
from models.networks import Network, build_network
from models.pipelines import Compose
from models.pipelines.preprocess import described_steps

#: word of a step → the step that says it, of those that no crop can be made without
_NEEDED = {
    "channel_order": "LoadImageFromFile",
    "udp": "TopDownAffine",
    "divisor": "ToTensor",
}


def describe(
    cfg: Any, model: Mapping[str, Any] | None = None, network: Network | None = None
) -> Description:
    """What a config's test does before and after the network.

    Args:
        cfg: the config, mmcv's `Config`.
        model: facts about the exported file.
        network: the config's, where it is built already.

    Raises:
        ValueError: the network is of another task, its test pipeline cannot make crops, or nothing
            normalises them.
    """
    network = network or build_network(cfg, pretrained=False)
    if not hasattr(network, "codec"):
        raise ValueError(f"a description is of poses; {type(network).__name__} predicts none")
    preprocessing, undescribed = read_preprocessing(cfg)
    width, height = preprocessing["input_size"]
    return Description(
        name=Path(cfg.filename or "model").stem,
        heatmap_size=(width // network.stride, height // network.stride),
        keypoints=keypoints_of(cfg.data.test),
        udp_crop=preprocessing.pop("udp"),
        codec=network.codec,
        test_cfg=compat.views_of_test_cfg(cfg.model.get("test_cfg") or {}),
        model=dict(model or {}),
        undescribed_steps=tuple(undescribed),
        **preprocessing,
    )


def verified_facts(agreement: Agreement, source: str) -> dict[str, Any]:
    """How an exported file agrees with its network, as a description says it.

    Args:
        agreement: with the shares of `models.posenets.closeness`.
        source: what it was compared on.
    """
    sure = agreement.closeness["sure"]
    return {
        "crops": agreement.images,
        "of": source,
        "largest_difference_of_heatmaps": agreement.relative,
        "joints_within_half_a_pixel": agreement.closeness["joints"],
        "sure_joints_within_a_cell": sure if sure >= 0 else None,  # NaN is no json
    }


def read_preprocessing(cfg: Any) -> tuple[dict[str, Any], list[str]]:
    """What a config's test does before the network.

    Args:
        cfg: the config, mmcv's `Config`.

    Returns:
        Arguments of `Preprocessor`, and the names of the steps that they do not tell of.

    Raises:
        ValueError: the test pipeline cannot make crops, or nothing normalises them.
    """
    test = cfg.data.test
    words, undescribed = described_steps(Compose(test["pipeline"]).steps)
    if not undescribed:  # which steps of a user do is not known
        for word, step in _NEEDED.items():
            if word not in words:
                raise ValueError(f"data.test.pipeline has no {step}; crops need it")
    if "mean" not in words:
        words.update(_normalization(cfg.model.get("img_norm_cfg"), bool(undescribed)))
    words.pop("divisor", None)
    width, height = test["data_cfg"]["image_size"]
    return {"udp": False, **words, "input_size": (int(width), int(height))}, undescribed


def _normalization(
    norm: Mapping[str, Any] | None, is_elsewhere: bool
) -> dict[str, tuple[float, ...]]:
    if norm:
        return {"mean": tuple(norm["mean"]), "std": tuple(norm["std"])}
    if is_elsewhere:
        return {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}
    raise ValueError(
        "the test pipeline has no NormalizeTensor and the model no img_norm_cfg: there is nothing "
        "that says how crops are normalised"
    )
