"""The keys that a whole config may have; a mistyped one must not be taken for a setting unset."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from models.runtime.names import check_keys, nearest

#: top-level keys that something reads
SETTINGS = (
    *("model", "data", "evaluation"),
    *("optimizer", "optimizer_config", "lr_config", "momentum_config", "total_epochs", "runner"),
    *("checkpoint_config", "log_config", "log_level", "workflow", "work_dir"),
    *("custom_hooks", "custom_hooks_config", "custom_imports"),
    *("load_from", "resume_from", "dist_params", "find_unused_parameters"),
    *("fp16", "channels_last", "compile", "cudnn_benchmark"),
    *("opencv_num_threads", "mp_start_method"),
)

#: variables that config files are made of → where what they say is read; '' where nowhere
HELPERS = {
    "data_cfg": "data.train.data_cfg, data.val.data_cfg and data.test.data_cfg",
    "val_data_cfg": "data.val.data_cfg",
    "train_pipeline": "data.train.pipeline",
    "val_pipeline": "data.val.pipeline",
    "test_pipeline": "data.test.pipeline",
    "channel_cfg": "model.keypoint_head.out_channels",
    "data_root": "data.train.ann_file, data.train.img_prefix …",
    "dataset_info": "data.train.dataset_info …",
    "dataset_type": "data.train.type …",
    "img_norm_cfg": "model.img_norm_cfg, or NormalizeTensor in the pipelines",
    "norm_cfg": "model.backbone.norm_cfg",
    "target_type": "TopDownGenerateTarget in data.train.pipeline",
}

#: what mmpose's and mmcv's programs add to the config that they keep: facts of that run
_FACTS = ("seed", "gpu_ids")

#: keys of `data.<split>_dataloader`; those of `build_dataloader` that a config may set
LOADER_KEYS = (
    *("samples_per_gpu", "workers_per_gpu", "shuffle", "drop_last", "pin_memory"),
    *("persistent_workers", "group_images"),
    *("prefetch_factor", "timeout", "multiprocessing_context"),
)

#: keys of `data` that hold for the loaders of every split, and those for training's only
SHARED_LOADER_KEYS = ("samples_per_gpu", "workers_per_gpu", "pin_memory", "persistent_workers")
TRAIN_LOADER_KEYS = (*SHARED_LOADER_KEYS, "shuffle", "drop_last")

_SPLITS = ("train", "val", "test")
_LOADERS = tuple(f"{split}_dataloader" for split in _SPLITS)


def split_names(names: Iterable[str], used: Collection[str]) -> set[str]:
    """Check a config's top-level names; those that are no settings.

    Args:
        names: the names.
        used: names that the config's files read themselves, see `helper_names`.

    Raises:
        KeyError: a name is no setting, and nothing reads it.
    """
    others = {name for name in names if name not in SETTINGS}
    for name in sorted(others):
        if name not in used and name not in HELPERS and name not in _FACTS:
            raise KeyError(
                f"a config has no key '{name}'{nearest(name, SETTINGS)}; a variable of the file's "
                "own must be used in it"
            )
    return others


def check_data(data: Mapping[str, Any]) -> None:
    """Check the keys of `data` and of its loaders; data sets check their own.

    Raises:
        KeyError: one is unknown; names the nearest.
    """
    check_keys(data, (*_SPLITS, *TRAIN_LOADER_KEYS, *_LOADERS), "data")
    for loader in _LOADERS:
        check_keys(data.get(loader) or {}, LOADER_KEYS, f"data.{loader}")
