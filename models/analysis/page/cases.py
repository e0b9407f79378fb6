"""The sections with pictures: the worst people of the test, and what a validation left."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.analysis.measure import Measurement
from models.analysis.page.markup import Markup, join, tag
from models.analysis.page.pictures import inline_picture
from models.evaluation import choose_examples
from models.pipelines import BadImage
from models.pipelines.loading import read_image
from models.runtime.files import load_json
from models.visualization import draw_comparison

#: so many cases are shown
WORST = 9


def worst_section(measured: Measurement) -> Markup | None:
    """The people whose pose is worst, as labelled and as answered; None without pictures."""
    beside = measured.beside
    if beside is None:
        return None
    figures = []
    for row in choose_examples(beside, WORST)["worst"]:
        file = str(beside.images[row])
        try:
            image = read_image(file, "bgr")
        except BadImage:
            continue
        drawn = draw_comparison(image, beside.poses[row], beside.labels[row], measured.keypoints)
        name = Path(file).name
        alt = f"A person in {name}: left as labelled, right as the network answered"
        said = f"{beside.measure} {beside.values[row]:.2f}"
        figures.append(_figure(inline_picture(drawn, alt), said, name))
    if not figures:
        return None
    note = (
        "Left as labelled, right as answered, one person a picture; white lines lead from joints "
        "to where they are labelled. People that no box was drawn around, and those with few "
        "labelled joints, are left out."
    )
    return join(tag("p", note, class_="note"), tag("div", figures, class_="pictures"))


def examples_section(folder: Path) -> Markup | None:
    """Example pictures of the last validation that left some; None where none can be read."""
    content = load_json(folder / "examples.json", "file of examples")
    figures = []
    for example in content.get("examples", []):
        picture = folder / Path(str(example.get("picture", ""))).name
        try:
            image = read_image(str(picture), "bgr")
        except BadImage:
            continue
        name, rank = Path(str(example.get("image", ""))).name, str(example.get("rank", ""))
        value = _value(content, example)
        alt = f"Prediction in {name}, {rank} of its validation ({value})"
        figures.append(_figure(inline_picture(image, alt), f"{rank}: {value}", name))
    if not figures:
        return None
    note = (
        f"Predictions after epoch {content.get('epoch')}: the best, those in the middle, the worst."
    )
    return join(tag("p", note, class_="note"), tag("div", figures, class_="pictures"))


def _value(content: Mapping[str, Any], example: Mapping[str, Any]) -> str:
    value = example.get("value")
    shown = f"{value:.2f}" if isinstance(value, float) else value
    return f"{content.get('measure', 'score')} {shown}"


def _figure(picture: Markup, said: str, name: str) -> Markup:
    return tag("figure", picture, tag("figcaption", tag("b", said), " ", name))
