"""The sections with images: the worst predictions of the test, and what a validation left."""

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

#: so many cases are shown
WORST = 9


def worst_section(measured: Measurement) -> Markup | None:
    """The worst predictions beside their ground truth; None where nothing can be drawn."""
    compared, visualizer = measured.compared, measured.visualizer
    if compared is None:
        return None
    figures = []
    for row in choose_examples(compared, WORST)["worst"]:
        try:
            drawn = visualizer.draw(compared, row)
        except BadImage:
            continue
        picture = inline_picture(drawn, visualizer.alternative(compared, row))
        said = f"{compared.measure} {compared.values[row]:.2f}"
        figures.append(_figure(picture, said, Path(str(compared.images[row])).name))
    if not figures:
        return None
    note = tag("p", visualizer.note, class_="note")
    return join(note, tag("div", figures, class_="pictures"))


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
