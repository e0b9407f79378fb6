"""What a top-down network says of itself on a model card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models.codecs import Codec
from models.networks.card import NetworkCard

_NETWORKS = {"LITE": "Lite-HRNet", "NAIVE": "naive Lite-HRNet"}
_PAPERS = {"LiteHRNet": " ([Yu et al., CVPR 2021](https://arxiv.org/abs/2104.06403))"}

_EXAMPLE = """On an image with boxes of people (left, top, right, bottom):

```python
from models import inference_top_down_pose_model, init_pose_model

model = init_pose_model("{name}.py", "{name}.pth", device="cpu")
people = [{{"bbox": [20, 10, 180, 300]}}]
poses, _ = inference_top_down_pose_model(model, "image.jpg", people, format="xyxy")
print(poses[0]["keypoints"])  # (K, 3): x, y in pixels of the image, score
```"""

_LIMITS = """For finding joints of people in images: research, teaching, and as a start for \
training on data of your own.

- It needs a box around each person; what a detector misses or finds twice, it cannot mend.
- It predicts all joints, whether or not they can be seen. A joint's score is the height of its \
heatmap, not a probability: choose a threshold on data of your own.
- Crowds, people hidden by others, unusual poses and crops far from the input size are where it \
errs most.
- How well it does for people of different age, build, skin or clothing has not been measured. Do \
not let it decide on people's safety, health or rights, nor identify them."""


def pose_card(
    model: Mapping[str, Any],
    names: Sequence[str],
    input_size: tuple[int, int],
    stride: int,
    codec: Codec,
    num_views: int,
) -> NetworkCard:
    """The card's parts.

    Args:
        model: section of the config.
        names: of the keypoints.
        input_size: (w, h) of crops.
        stride: crop pixels per heatmap pixel.
        codec: what heatmaps are decoded by.
        num_views: 2 with the flip test.
    """
    width, height = input_size
    backbone = model["backbone"]
    spec = (backbone.get("extra") or {}).get("stages_spec") or {}
    kinds, modules = spec.get("module_type", ()), tuple(spec.get("num_modules", ()))
    title = _NETWORKS.get(kinds[0] if kinds else "", backbone["type"])
    title += {(2, 4, 2): "-18", (3, 8, 3): "-30"}.get(modules, "")
    maps = codec.channels(len(names))
    views = "a crop and its mirror image, averaged" if num_views == 2 else "one view"
    facts = [
        ("Task", "top-down 2D human pose: one box, one person, one set of joints"),
        ("Input", f"RGB crop, {height} rows × {width} columns, normalised as the config says"),
        ("Output", f"{maps} heatmaps of {height // stride}×{width // stride} (rows × columns)"),
        ("Decoding", f"{codec.summary}; {views}"),
        ("Joints", ", ".join(name.replace("_", " ") for name in names)),
    ]
    if spec:
        channels = " / ".join(str(tuple(row)) for row in spec.get("num_channels", ()))
        blocks = f"{'-'.join(map(str, modules))} modules of {kinds[0]}"
        facts.insert(1, ("Architecture", f"{blocks} blocks, channels {channels}"))
    return NetworkCard(
        f"{title}{_PAPERS.get(backbone['type'], '')}: {len(names)} joints of one person in a crop "
        f"of {width}×{height} (width × height)",
        facts,
        _EXAMPLE,
        _LIMITS,
    )
