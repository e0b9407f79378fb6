"""The model card beside a published checkpoint: what it is, what it scored, how it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.complexity import count_complexity
from models.complexity.table import summary
from models.deploy.published import Published
from models.networks import NetworkCard


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
    card = published.network.card(cfg, meta)
    parts = [
        f"# {published.checkpoint.stem}",
        f"{card.summary}. Config `{known.config}`.",
        _table(("", ""), _facts(published, card)),
        "## Scores",
        _scores(known),
        "## Training",
        "What the config asks for, and what the checkpoint says of its run.",
        _table(("", ""), _training(meta, cfg)),
        "## Use",
        _use(published, card),
    ]
    if card.limits:
        parts += ["## What it is for, and what not", card.limits]
        if "synthetic" in f"{known.config} {cfg.data.train.get('ann_file', '')}":
            parts.append(
                "**Trained on drawn people**: it shows that the program works, and is of no use on "
                "photographs."
            )
    parts += [
        "## Licence",
        f"{known.licence}. The images and labels that it was trained on have terms of their own.",
    ]
    return "\n\n".join(parts) + "\n"


def _facts(published: Published, card: NetworkCard) -> list[tuple[str, str]]:
    width, height = published.network.input_size
    costs = dict(summary(count_complexity(published.network, height, width)))
    del costs["Input (height × width)"]
    params = costs.pop("Parameters")
    mebibytes = published.size / 2**20, published.source_size / 2**20
    size = f"{mebibytes[0]:.1f} MiB (its source {mebibytes[1]:.1f} MiB)"
    return [
        ("File", f"`{published.checkpoint.name}`, {size}"),
        ("SHA-256", f"`{published.sha256}`"),
        *card.facts,
        ("Parameters", params),
        *costs.items(),
    ]


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
    persons = f"{scores.persons} persons" if scores.persons else ""
    labels = f"labels `{scores.labels}`" if scores.labels else ""
    boxes = f"boxes: {scores.boxes}" if scores.boxes else ""
    return ", ".join(filter(None, (persons, labels, boxes))) or "on the config's data"


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
    steps = [step["type"] for step in data.train.get("pipeline", ())]
    versions = ", ".join(
        f"{name} {value}" for name, value in meta["environment"].items() if value is not None
    )
    rows = [
        ("Data", ", ".join(f"`{v}`" for k in ("type", "ann_file") if (v := data.train.get(k)))),
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
        ("Seed", str(meta.get("seed", "unknown"))),
        ("Versions", versions or "unknown"),
    ]
    if steps:
        rows.append(("Pipeline", " → ".join(f"`{step.removeprefix('TopDown')}`" for step in steps)))
    return rows


def _use(published: Published, card: NetworkCard) -> str:
    name = published.checkpoint.stem
    parts = [
        f"""The config lies beside the file as `{name}.py`, and is in it as text. In a checkout
of the program, with both there: check it, test it, write it for another engine.

```bash
echo '{published.sha256}  {name}.pth' | sha256sum --check
python tools/test.py {name}.py {name}.pth
python tools/deployment/export.py {name}.py {name}.pth --format onnx
```""",
        card.example.format(name=name),
        f"""`torch.load("{name}.pth", weights_only=True)` reads it: it holds tensors and plain
values, and no code.""",
    ]
    return "\n\n".join(filter(None, parts))


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
