"""A config's test pipeline and `test_cfg` as a description that needs neither."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from models import compat
from models.datasets import keypoints_of
from models.deploy.agreement import Agreement
from models.deploy.description import Description
from models.networks import Network, build_network
from models.pipelines import (
    Collect,
    Compose,
    LoadImageFromFile,
    NormalizeTensor,
    TopDownAffine,
    TopDownGetBboxCenterScale,
    ToTensor,
)


def describe(
    cfg: Any, model: Mapping[str, Any] | None = None, network: Network | None = None
) -> Description:
    """What a config's test does before and after the network.

    Args:
        cfg: the config, mmcv's `Config`.
        model: facts about the exported file.
        network: the config's, where it is built already.

    Raises:
        ValueError: the network is of another task, or the test pipeline has steps that a
            description has no words for, or no normalisation.
    """
    test = cfg.data.test
    network = network or build_network(cfg, pretrained=False)
    if not hasattr(network, "codec"):
        raise ValueError(f"a description is of poses; {type(network).__name__} predicts none")
    steps = {type(step): step for step in _known(test["pipeline"])}
    load, affine = steps[LoadImageFromFile], steps[TopDownAffine]
    padded = steps.get(TopDownGetBboxCenterScale, TopDownGetBboxCenterScale())
    if NormalizeTensor in steps:
        step = steps[NormalizeTensor]
        mean, std = (tuple(map(_short, values.flatten())) for values in (step.mean, step.std))
    else:
        norm = cfg.model.get("img_norm_cfg")
        if not norm:
            raise ValueError(
                "the test pipeline has no NormalizeTensor and the model no img_norm_cfg: there is "
                "nothing that says how crops are normalised"
            )
        mean, std = tuple(norm["mean"]), tuple(norm["std"])
    width, height = network.input_size
    return Description(
        name=Path(cfg.filename or "model").stem,
        input_size=(int(width), int(height)),
        heatmap_size=(int(width) // network.stride, int(height) // network.stride),
        keypoints=keypoints_of(test),
        mean=mean,
        std=std,
        channel_order=load.channel_order,
        padding=padded.padding,
        udp_crop=affine.use_udp,
        codec=network.codec,
        test_cfg=compat.views_of_test_cfg(cfg.model.get("test_cfg") or {}),
        model=dict(model or {}),
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


def _known(pipeline: Sequence[Any]) -> list[Any]:
    """The steps, if every one is of those that a description has words for."""
    words = (
        LoadImageFromFile,
        TopDownGetBboxCenterScale,
        TopDownAffine,
        ToTensor,
        NormalizeTensor,
        Collect,
    )
    steps = Compose(pipeline).steps
    for step in steps:
        if type(step) not in words or getattr(step, "to_float32", False):
            raise ValueError(
                f"data.test.pipeline has the step {type(step).__name__} that a model description "
                f"has no words for; it knows {', '.join(kind.__name__ for kind in words)}"
            )
    for kind in (LoadImageFromFile, TopDownAffine, ToTensor):
        if not any(type(step) is kind for step in steps):
            raise ValueError(f"data.test.pipeline has no {kind.__name__}; crops need it")
    return steps


def _short(value: Any) -> float:
    """A float32 as the number that a person wrote."""
    return float(str(value.numpy()))
