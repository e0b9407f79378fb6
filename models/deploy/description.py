"""What is done before and after an exported network, as json beside its file.

With it an exported model is complete: `models.inference` runs it without the config, and an
application in another language finds every number that it needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models import compat
from models.codecs import Codec, build_codec, check_average
from models.pipelines.preprocess import Preprocessor
from models.runtime.files import dump_json, load_json
from models.structures import KeypointSet, dataset_info_of, keypoint_set_from_info

FORM = "lite-hrnet model description"
VERSION = 2  # 1 spelled the codec as mmpose 0.x's `test_cfg` does

#: the views of a crop: what `test_cfg` may hold, and what is meant where it holds nothing
TEST_CFG_DEFAULTS: dict[str, Any] = {
    "flip_test": False,
    "shift_heatmap": False,
    "average_clips": "score",
}


def description_path(model: str | Path) -> Path:
    """Where the description of an exported model lies: its name with .json added."""
    model = Path(model)
    return model.with_name(f"{model.name}.json")


@dataclass(frozen=True, eq=False)
class Description:
    """From a picture with a box to crops, and from heatmaps to joints.

    Attributes:
        name: what the network is called: its config's name.
        input_size: (w, h) of crops.
        heatmap_size: (w, h) of heatmaps.
        keypoints: the K joints of the heatmaps.
        mean: of each channel on the scale 0–1, subtracted from byte / 255.
        std: of each channel; what is left is divided by it.
        channel_order: of crops, 'rgb' or 'bgr'.
        padding: how much larger than the box the crop is, see `box_to_center_scale`.
        udp_crop: whether crops are cut by `udp_matrix`, not by `crop_matrix`.
        codec: what heatmaps are decoded by; may be given as its config.
        test_cfg: the flip test, as in a config's `model.test_cfg`; complete.
        model: facts about the exported file: format, precision, what it was verified on.
        undescribed_steps: names of the test pipeline's steps that do more to an image than the
            above says; where there are any, the description is partial, and a crop that is made by
            it is not what the network was trained for.
    """

    name: str
    input_size: tuple[int, int]
    heatmap_size: tuple[int, int]
    keypoints: KeypointSet
    mean: tuple[float, ...]
    std: tuple[float, ...]
    channel_order: str = "rgb"
    padding: float = 1.25
    udp_crop: bool = False
    codec: Codec = field(default_factory=lambda: build_codec({"type": "MSRAHeatmap"}))
    test_cfg: Mapping[str, Any] = field(default_factory=dict)
    model: Mapping[str, Any] = field(default_factory=dict)
    undescribed_steps: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        complete = {**TEST_CFG_DEFAULTS, **self.test_cfg}
        unknown = set(complete) - set(TEST_CFG_DEFAULTS)
        if unknown:
            raise ValueError(f"{self.name}: test_cfg has unknown keys {sorted(unknown)}")
        object.__setattr__(self, "test_cfg", complete)
        object.__setattr__(self, "codec", build_codec(self.codec))
        check_average(complete["average_clips"], self.codec)

    def preprocessor(self) -> Preprocessor:
        """What is done before the network, as far as it is described."""
        return Preprocessor(
            self.input_size,
            self.mean,
            self.std,
            self.channel_order,
            self.padding,
            self.udp_crop,
        )

    def to_json(self) -> dict[str, Any]:
        """As plain values; `from_json` reads them."""
        return {
            "form": FORM,
            "version": VERSION,
            "name": self.name,
            "model": dict(self.model),
            "preprocessing": {
                "input": "img",
                "layout": "NCHW float32",
                "input_size": list(self.input_size),
                "channel_order": self.channel_order,
                "padding": self.padding,
                "crop_matrix": "udp" if self.udp_crop else "msra",
                "interpolation": "bilinear, black outside the picture",
                "scale": "1 / 255",
                "mean": list(self.mean),
                "std": list(self.std),
                "undescribed_steps": list(self.undescribed_steps),
            },
            "postprocessing": {
                "output": "heatmaps",
                "layout": "NCHW float32",
                "channels": self.codec.channels(self.keypoints.num_joints),
                "heatmap_size": list(self.heatmap_size),
                **self.test_cfg,
                "codec": self.codec.to_config(),
            },
            "dataset_info": dataset_info_of(self.keypoints),
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any], source: str | Path) -> Description:
        """Read what `to_json` wrote.

        Args:
            content: the json object.
            source: the file, for errors.

        Raises:
            ValueError: it is no such description, or one of a later version.
        """
        if not isinstance(content, Mapping) or content.get("form") != FORM:
            raise ValueError(
                f"{source} is no model description; tools/deployment/export.py writes one beside "
                "each model"
            )
        if content.get("version") not in (1, VERSION):
            raise ValueError(
                f"{source} has version {content.get('version')} of the description, this program "
                f"reads versions up to {VERSION}; export the model again"
            )
        try:
            before, after = content["preprocessing"], content["postprocessing"]
            old = content["version"] == 1
            return cls(
                name=str(content["name"]),
                input_size=_pair(before["input_size"]),
                heatmap_size=_pair(after["heatmap_size"]),
                keypoints=keypoint_set_from_info(content["dataset_info"]),
                mean=tuple(map(float, before["mean"])),
                std=tuple(map(float, before["std"])),
                channel_order=str(before["channel_order"]),
                padding=float(before["padding"]),
                udp_crop=before["crop_matrix"] == "udp",
                codec=build_codec(compat.codec_of_test_cfg(after) if old else after["codec"]),
                test_cfg={key: after[key] for key in TEST_CFG_DEFAULTS},
                model=dict(content["model"]),
                undescribed_steps=tuple(map(str, before.get("undescribed_steps", ()))),
            )
        except (KeyError, TypeError, ValueError) as error:
            reason = error.args[0] if error.args else error
            raise ValueError(
                f"model description {source} cannot be used ({reason}); export the model again"
            ) from error

    def write(self, model: str | Path) -> Path:
        """Write the description beside an exported model; the file's name."""
        path = description_path(model)
        dump_json(self.to_json(), path, indent=2)
        return path


def read_description(model: str | Path) -> Description:
    """The description beside an exported model.

    Raises:
        FileNotFoundError: there is none.
        ValueError: it cannot be used.
    """
    path = description_path(model)
    if not path.is_file():
        raise FileNotFoundError(
            f"{model} has no description beside it ({path.name}); tools/deployment/export.py "
            "writes one: copy it along, or give the config that the model was exported with"
        )
    return Description.from_json(load_json(path, "model description"), path)


def _pair(value: Any) -> tuple[int, int]:
    width, height = value
    return int(width), int(height)
