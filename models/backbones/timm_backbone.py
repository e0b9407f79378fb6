"""Any network of timm that gives feature maps, as a backbone.

timm is an optional package (`pip install timm`). Arguments are spelled as in mmsegmentation's and
mmpretrain's TIMMBackbone; the names of weights too, so that their files load.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from models.backbones.base import Backbone
from models.builder import BACKBONES
from models.runtime.checkpoint import read_checkpoint


@BACKBONES.register_module(name=["TimmBackbone", "TIMMBackbone"])
class TimmBackbone(Backbone):
    """`timm.create_model(model_name, features_only=True, …)` with its channels and strides.

    Args:
        model_name: as timm lists it: 'resnet50', 'mobilenetv3_large_100' …
        features_only: must be True; a classifier returns no maps.
        pretrained: whether timm fetches its published weights, from its cache or the network.
        checkpoint_path: a file of weights of the network as timm builds it, with or without
            classifier: .pth or .safetensors.
        in_channels: of the image; timm adapts weights of another number.
        out_indices: which maps are returned, as timm numbers them; all by default.
        init_cfg: must be None; give `checkpoint_path`.
        norm_eval: keep batch norms in eval mode while training.
        options: timm's other arguments: `output_stride`, `drop_path_rate` …

    Raises:
        ImportError: timm is not installed.
        FileNotFoundError: there is no such checkpoint.
        ValueError: timm has no network of this name, it is asked for something else than maps, or
            the checkpoint does not fit.
    """

    def __init__(
        self,
        model_name: str,
        features_only: bool = True,
        pretrained: bool = False,
        checkpoint_path: str | None = None,
        in_channels: int = 3,
        out_indices: Sequence[int] | None = None,
        init_cfg: Mapping[str, Any] | None = None,
        norm_eval: bool = False,
        **options: Any,
    ) -> None:
        super().__init__()
        timm = _timm()
        if not features_only:
            raise ValueError("backbone.features_only=False gives no feature maps; leave it out")
        if init_cfg is not None:
            raise ValueError(
                "backbone.init_cfg is not read; give checkpoint_path=FILE in its place"
            )
        if ":" not in model_name and not timm.is_model(model_name):
            close = difflib.get_close_matches(model_name, timm.list_models(), n=1)
            hint = f"; did you mean '{close[0]}'?" if close else ""
            raise ValueError(
                f"backbone.model_name='{model_name}' is unknown to timm {timm.__version__}{hint} "
                "(timm.list_models() gives all)"
            )
        self.norm_eval = norm_eval
        if checkpoint_path:
            state = _read_weights(checkpoint_path)
            _check_weights(state, timm.create_model(model_name), checkpoint_path, model_name)
            # timm renames them as the feature extractor needs them.
            options["pretrained_cfg_overlay"] = {"state_dict": state}
        if out_indices is not None:
            options["out_indices"] = tuple(out_indices)
        try:
            self.timm_model = timm.create_model(
                model_name,
                features_only=True,
                pretrained=pretrained or bool(checkpoint_path),
                in_chans=in_channels,
                **options,
            )
        except IndexError:
            raise ValueError(
                f"backbone.out_indices={out_indices}: {model_name} has no such map; leave the key "
                "out to see how many there are"
            ) from None
        maps = self.timm_model.feature_info
        self.out_channels = tuple(maps.channels())
        self.strides = tuple(maps.reduction())
        self.size_divisor = max(map_["reduction"] for map_ in maps.info)

    def forward(self, img: Tensor) -> list[Tensor]:
        """Images (B, 3, H, W) → one map (B, C, H/s, W/s) for each of `out_indices`."""
        maps = self.timm_model(img)
        if getattr(self.timm_model, "output_fmt", "NCHW") == "NHWC":
            return [x.permute(0, 3, 1, 2).contiguous() for x in maps]
        return list(maps)


def _timm() -> Any:
    try:
        import timm
    except ImportError as error:
        raise ImportError(
            f"backbone TimmBackbone needs the package timm ({error}); pip install timm"
        ) from None
    return timm


def _read_weights(path: str) -> dict[str, Tensor]:
    if Path(path).suffix != ".safetensors":
        return dict(read_checkpoint(path)["state_dict"])
    if not Path(path).is_file():
        raise FileNotFoundError(f"checkpoint {path} does not exist; check the path")
    from safetensors.torch import load_file

    return load_file(path)


def _check_weights(
    state: Mapping[str, Tensor], network: nn.Module, path: str, model_name: str
) -> None:
    """Compare a file with the whole network; timm leaves out in silence what does not fit.

    The classifier may be there or not, and the first axis is compared alone: timm makes the first
    convolution fit an image of other channels.
    """
    classifier = network.default_cfg.get("classifier") or ()
    classifier = (classifier,) if isinstance(classifier, str) else tuple(classifier)
    theirs, ours = (
        {
            name: value.shape[:1]
            for name, value in weights.items()
            if not name.startswith(classifier)
        }
        for weights in (state, network.state_dict())
    )
    wrong = [name for name in (*ours, *theirs) if theirs.get(name) != ours.get(name)]
    if wrong:
        raise ValueError(
            f"checkpoint {path} is not of timm's {model_name}: {len(set(wrong))} weights are "
            f"missing, unexpected or of another shape, the first of them {wrong[0]}; give a file "
            "of that network"
        )
