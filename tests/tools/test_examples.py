"""Examples that a training run leaves after each validation."""

from __future__ import annotations

import json

import cv2
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def test_every_validation_leaves_examples(trained):
    for epoch in (1, 2):
        folder = trained / "validation" / "examples" / f"epoch_{epoch}"
        content = json.loads((folder / "examples.json").read_text())
        assert (content["epoch"], content["measure"]) == (epoch, "OKS")
        assert {entry["rank"] for entry in content["examples"]} == {"best", "median", "worst"}
        values = {entry["picture"]: entry["value"] for entry in content["examples"]}
        assert values["worst_1.jpg"] <= values["median_1.jpg"] <= values["best_1.jpg"]
        assert {path.name for path in folder.glob("*.jpg")} == set(values)
        assert all(cv2.imread(str(folder / name)) is not None for name in values)
    events = EventAccumulator(str(trained / "tf_logs")).Reload()
    assert len(events.Images("examples/worst_1")) == 2
    shown = {event.step for event in events.Images("examples/worst_1")}
    assert shown == {event.step for event in events.Scalars("val/AP")}
