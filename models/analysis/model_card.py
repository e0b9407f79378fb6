"""The model card beside a published checkpoint: what it is, what it scored, how it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.codecs import build_codec
from models.compat import codec_of_model
from models.complexity import count_complexity
from models.complexity.table import summary
from models.deploy.published import Published

_NETWORKS = {"LITE": "Lite-HRNet", "NAIVE": "naive Lite-HRNet"}
_PAPER = "https://arxiv.org/abs/2104.06403"


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores, and on what.

    Attributes:
        values: name → value; fractions.
        persons: how many were tested, if known.
        boxes: where their boxes came from.
        labels: the annotation file.
    """

    values: Mapping[str, float]
    boxes: str
    labels: str
    persons: int | None = None


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of a checkpoint besides what it holds.

    Attributes:
        config: the config's name.
        validation: scores of its epoch while training, from the run's log.
        test: scores of a test of it.
        published: the original release's scores for the config of this name, as it had them.
        protocol: how those were measured.
        licence: of the weights.
    """

    config: str
    validation: Scores | None = None
    test: Scores | None = None
    published: Mapping[str, float] = field(default_factory=dict)
    protocol: str = ""
    licence: str = "Apache-2.0"


def model_card(published: Published, known: Known) -> str:
    """The card as Markdown."""
    meta, cfg = published.meta, published.cfg
    model = cfg.model
    width, height = cfg.data.test.data_cfg.image_size
    title = _title(model)
    joints = meta["keypoint_names"]
    parts = [
        f"# {published.checkpoint.stem}",
        f"{title} ([Yu et al., CVPR 2021]({_PAPER})): {len(joints)} joints of one person in a crop "
        f"of {width}×{height} (width × height). Config `{known.config}`.",
        _table(("", ""), _facts(published, model, known)),
        "## Scores",
        _scores(known),
        "## Training",
        "What the config asks for, and what the checkpoint says of its run.",
        _table(("", ""), _training(meta, cfg)),
        "## Use",
        _use(published, known),
        "## What it is for, and what not",
        _limits(cfg, known),
        "## Licence",
        f"{known.licence}. The pictures and labels that it was trained on have terms of their own.",
    ]
    return "\n\n".join(parts) + "\n"


def _title(model: Mapping[str, Any]) -> str:
    spec = (model["backbone"].get("extra") or {}).get("stages_spec") or {}
    kinds, modules = spec.get("module_type", ()), tuple(spec.get("num_modules", ()))
    name = _NETWORKS.get(kinds[0] if kinds else "", model["backbone"]["type"])
    depth = {(2, 4, 2): "-18", (3, 8, 3): "-30"}.get(modules, "")
    return f"{name}{depth}"


def _facts(published: Published, model: Mapping[str, Any], known: Known) -> list[tuple[str, str]]:
    cfg, path = published.cfg, published.checkpoint
    width, height = cfg.data.test.data_cfg.image_size
    spec = (model["backbone"].get("extra") or {}).get("stages_spec") or {}
    costs = dict(summary(count_complexity(published.network, height, width)))
    del costs["Input (height × width)"]
    params = costs.pop("Parameters")
    mebibytes = published.size / 2**20, published.source_size / 2**20
    test = model["test_cfg"]
    views = "a crop and its mirror image, averaged" if test.get("flip_test") else "one view"
    names, codec = published.meta["keypoint_names"], build_codec(codec_of_model(model))
    rows = [
        ("File", f"`{path.name}`, {mebibytes[0]:.1f} MiB (its source {mebibytes[1]:.1f} MiB)"),
        ("SHA-256", f"`{published.sha256}`"),
        ("Task", "top-down 2D human pose: one box, one person, one set of joints"),
        ("Input", f"RGB crop, {height} rows × {width} columns, normalised as the config says"),
        (
            "Output",
            f"{codec.channels(len(names))} heatmaps of {height // 4}×{width // 4} (rows × columns)",
        ),
        ("Decoding", f"{codec.summary}; {views}"),
        ("Joints", ", ".join(name.replace("_", " ") for name in names)),
        ("Parameters", params),
        *costs.items(),
    ]
    if spec:
        channels = " / ".join(str(tuple(row)) for row in spec.get("num_channels", ()))
        blocks = f"{'-'.join(map(str, spec['num_modules']))} modules of {spec['module_type'][0]}"
        rows.insert(3, ("Architecture", f"{blocks} blocks, channels {channels}"))
    return rows


def _scores(known: Known) -> str:
    columns = [
        (title, scores.values)
        for title, scores in (("test", known.test), ("validation", known.validation))
        if scores
    ]
    if not columns and not known.published:
        return "None are known: nobody has handed results over with this file."
    own = [name for _, values in columns for name in values]
    names = list(dict.fromkeys([*own, *known.published]))
    header = ["", *(title for title, _ in columns)]
    if known.published:
        header.append("published")
    rows = [
        (
            name,
            *(_score(values.get(name)) for _, values in columns),
            *([_score(known.published.get(name))] if known.published else []),
        )
        for name in names
    ]
    notes = []
    if known.test:
        notes.append(f"- **test**: this file, {_protocol(known.test)}.")
    if known.validation:
        notes.append(
            f"- **validation**: while training, {_protocol(known.validation)}. Scores on "
            "ground-truth boxes are higher than on a detector's."
        )
    if known.published:
        notes.append(
            "- **published**: what the original release reports for the config of this name, on "
            f"{known.protocol}; measured with its own weights, not with this file."
        )
    if not columns:
        notes.append("- This file itself has not been tested, or its results were not at hand.")
    return _table(header, rows) + "\n\n" + "\n".join(notes)


def _protocol(scores: Scores) -> str:
    persons = f"{scores.persons} persons, " if scores.persons else ""
    return f"{persons}labels `{scores.labels}`, boxes: {scores.boxes}"


def _training(meta: Mapping[str, Any], cfg: Any) -> list[tuple[str, str]]:
    data = cfg.data
    schedule = dict(cfg.get("lr_config") or {})
    policy = schedule.pop("policy", "constant")
    details = ", ".join(f"{key} {value}" for key, value in schedule.items())
    optimizer = dict(cfg.get("optimizer") or {})
    kind = optimizer.pop("type", "unknown")
    settings = ", ".join(f"{key} {value}" for key, value in optimizer.items())
    epochs = cfg.get("total_epochs") or (cfg.get("runner") or {}).get("max_epochs")
    batch = data.get("train_dataloader", {}).get("samples_per_gpu") or data.get("samples_per_gpu")
    processes = meta.get("world_size")
    steps = [step["type"] for step in data.train.pipeline if step["type"].startswith("TopDown")]
    versions = ", ".join(
        f"{name} {value}" for name, value in meta["environment"].items() if value is not None
    )
    rows = [
        ("Data", f"`{data.train.type}`, `{data.train.ann_file}`"),
        ("Epochs", f"{meta.get('epoch', 'unknown')} done, {epochs} in the schedule"),
        ("Optimizer", f"{kind} ({settings})"),
        ("Learning rate", f"{policy} ({details})"),
        (
            "Batch",
            f"{batch} a process, {processes} process{'es' if processes > 1 else ''}"
            if processes
            else f"{batch} a process",
        ),
        ("Weights", "averaged over the run" if meta["averaged"] else "of its last iteration"),
        ("Pipeline", " → ".join(f"`{step.removeprefix('TopDown')}`" for step in steps)),
        ("Seed", str(meta.get("seed", "unknown"))),
        ("Versions", versions or "unknown"),
    ]
    return rows


def _use(published: Published, known: Known) -> str:
    name = published.checkpoint.stem
    return "\n".join(
        [
            f"The config lies beside the file as `{name}.py`, and is in it as text. In a checkout",
            "of the program, with both there: check it, test it, write it for another engine.",
            "",
            "```bash",
            f"echo '{published.sha256}  {name}.pth' | sha256sum --check",
            f"python tools/test.py {name}.py {name}.pth",
            f"python tools/deployment/export.py {name}.py {name}.pth --format onnx",
            "```",
            "",
            "On a picture with boxes of people (left, top, right, bottom):",
            "",
            "```python",
            "from models import inference_top_down_pose_model, init_pose_model",
            "",
            f'model = init_pose_model("{name}.py", "{name}.pth", device="cpu")',
            'people = [{"bbox": [20, 10, 180, 300]}]',
            'poses, _ = inference_top_down_pose_model(model, "picture.jpg", people, format="xyxy")',
            'print(poses[0]["keypoints"])  # (K, 3): x, y in pixels of the picture, score',
            "```",
            "",
            f'`torch.load("{name}.pth", weights_only=True)` reads it: it holds tensors and plain',
            "values, and no code.",
        ]
    )


def _limits(cfg: Any, known: Known) -> str:
    drawn = "synthetic" in f"{known.config} {cfg.data.train.ann_file}"
    lines = [
        "For finding joints of people in pictures: research, teaching, and as a start for training "
        "on data of your own.",
        "",
        "- It needs a box around each person; what a detector misses or doubles, it cannot mend.",
        "- It answers with all joints, whether or not they can be seen. A joint's score is the "
        "height of its heatmap, not a probability: choose a threshold on data of your own.",
        "- Crowds, people hidden by others, unusual poses and crops far from the input size are "
        "where it errs most.",
        "- How well it does for people of different age, build, skin or clothing has not been "
        "measured. Do not let it decide on people's safety, health or rights, nor identify them.",
    ]
    if drawn:
        lines.insert(
            2,
            "- **Trained on drawn people**: it shows that the program works, and is of no use on "
            "photographs.",
        )
    return "\n".join(lines)


def write_model_card(published: Published, known: Known, path: Path) -> None:
    """Write the card to a file."""
    path.write_text(model_card(published, known), encoding="utf-8")


def _score(value: float | None) -> str:
    # -1 is what COCO's evaluation says where there is nobody to score
    return "–" if value is None or value < 0 else f"{value:.3f}"


def _table(header: Any, rows: Any) -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    lines += [
        "| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows
    ]
    return "\n".join(lines)
