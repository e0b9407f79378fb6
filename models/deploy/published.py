"""Checkpoints for others: the weights and what is needed to use them, and nothing else."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from mmcv import Config
from torch import Tensor, nn

from models.builder import build_posenet
from models.datasets import keypoints_of
from models.deploy.portable import check_public, portable_config, strings
from models.runtime.checkpoint import load_checkpoint, read_checkpoint
from models.runtime.config import load_config
from models.runtime.config_text import config_text
from models.runtime.files import publish
from models.runtime.keys import canonical_keys
from models.structures import dataset_info_of

#: facts of a training run that go along
_FACTS = (
    "epoch",
    "iter",
    "samples_of_epoch",
    "seed",
    "world_size",
    "mmcv_version",
    "mmpose_version",
    "time",
)

#: facts of its environment that go along; a computer's name and GPUs do not
_VERSIONS = ("lite_hrnet", "commit", "python", "torch", "torchvision", "mmcv", "numpy", "opencv")

_HASH = 8  # digits of the check sum in a name, as in mmcv


@dataclass(frozen=True, eq=False)
class Published:
    """What was published.

    Attributes:
        checkpoint: the file NAME-<hash>.pth; .py and .md of that name lie beside it.
        sha256: check sum of its bytes.
        cfg: its config, which is in it as text and beside it as a file.
        meta: what it holds besides weights.
        network: the network with its weights.
        size: bytes of the file.
        source_size: bytes of the checkpoint that it was made of.
    """

    checkpoint: Path
    sha256: str
    cfg: Config
    meta: dict[str, Any]
    network: nn.Module
    size: int
    source_size: int


def publish_checkpoint(
    cfg: Config,
    name: str,
    source: str | os.PathLike,
    folder: str | os.PathLike,
    stem: str,
    write_card: Callable[[Published, Path], None],
    trust: bool = False,
    allowed: Iterable[str] = (),
) -> Published:
    """Write NAME-<hash>.pth with its config and its card; all three stand, or none does.

    Args:
        cfg: the config of the checkpoint.
        name: the config's name.
        source: the checkpoint. Where weights were averaged over the run, the average is taken.
        folder: where the files are to be.
        stem: beginning of their names.
        write_card: called with what is published and the file for its card.
        trust: see `read_checkpoint`.
        allowed: see `check_public`.

    Raises:
        FileExistsError: a file of that name is there already.
        ValueError: the checkpoint does not fit the config, holds numbers that are not finite, its
            config names places or people, or what was written does not answer the same.
    """
    folder = Path(folder)
    cfg = portable_config(cfg)
    content = read_checkpoint(source, trust)
    network = build_posenet(cfg.model).eval()
    load_checkpoint(network, source, trust)
    text = config_text(cfg)
    meta = _meta(content, cfg, name, text)
    # Each string of the config on its own, so that the message can say where one stands.
    check_public(strings(cfg._cfg_dict.to_dict(), "the config's value"), allowed)
    check_public(strings(meta, "the checkpoint's meta"), allowed)
    check_public([("the name", stem)], allowed)
    state = canonical_keys(content["state_dict"], network.state_dict())
    _check_finite(state, source)

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".publish_", dir=folder) as temporary:
        written, config = Path(temporary, "model.pth"), Path(temporary, "config.py")
        with open(written, "wb") as file:
            # Clones, since torch.save writes all of the storage that a tensor is a part of.
            weights = {key: value.detach().clone() for key, value in state.items()}
            torch.save({"meta": meta, "state_dict": weights}, file)
        config.write_text(text, encoding="utf-8")
        _check_same(network, written, config)
        digest = hashlib.sha256(written.read_bytes()).hexdigest()
        path = folder / f"{stem}-{digest[:_HASH]}.pth"
        sizes = written.stat().st_size, Path(source).stat().st_size
        published = Published(path, digest, cfg, meta, network, *sizes)
        card = Path(temporary, "card.md")
        write_card(published, card)
        check_public([("the card", card.read_text(encoding="utf-8"))], allowed)
        # The checkpoint comes last, when what belongs to it is there.
        _place({path.with_suffix(".py"): config, path.with_suffix(".md"): card, path: written})
    return published


def _meta(content: Mapping[str, Any], cfg: Config, name: str, text: str) -> dict[str, Any]:
    before = content.get("meta") or {}
    environment = before.get("environment") or {}
    keypoints = keypoints_of(cfg.data.test)
    return {
        "name": name,
        "config_text": text,
        "CLASSES": ["person"],
        "keypoint_names": list(keypoints.names),
        "dataset_info": dataset_info_of(keypoints),
        "averaged": "raw_state_dict" in content,
        **{key: before[key] for key in _FACTS if key in before},
        "environment": {key: environment[key] for key in _VERSIONS if key in environment},
    }


def _check_finite(state: Mapping[str, Tensor], source: str | os.PathLike) -> None:
    for key, value in state.items():
        if not torch.isfinite(value).all():
            raise ValueError(
                f"checkpoint {source} holds numbers that are not finite ({key}); publish an "
                "earlier one"
            )


@torch.no_grad()
def _check_same(network: nn.Module, written: Path, config: Path) -> None:
    """Load what was written as a user does, and compare: the very bits must come out.

    Raises:
        ValueError: they do not.
    """
    cfg = load_config(config)
    again = build_posenet(cfg.model).eval()
    load_checkpoint(again, written)
    theirs = again.state_dict()
    differing = [k for k, v in network.state_dict().items() if not torch.equal(v, theirs[k])]
    width, height = cfg.data.test.data_cfg.image_size
    crops = torch.randn(2, 3, height, width, generator=torch.Generator().manual_seed(0))
    if differing or not torch.equal(network.forward_tensor(crops), again.forward_tensor(crops)):
        raise ValueError(
            "the written file does not give the heatmaps of its source, to the bit "
            f"({len(differing)} weights differ); nothing is published"
        )


def _place(files: Mapping[Path, Path]) -> None:
    """Give finished files their names; where one is taken, none gets it.

    Raises:
        FileExistsError: a name is taken.
    """
    for path in files:
        if path.exists():
            raise FileExistsError(
                f"{path} is there already, and nothing is written over: name another folder, or "
                "remove it first"
            )
    done: list[Path] = []
    try:
        for path, temporary in files.items():
            publish(temporary, path)
            done.append(path)
    except BaseException:
        for path in done:
            path.unlink(missing_ok=True)
        raise
