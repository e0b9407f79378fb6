"""The sections with pictures: the worst people of the test, and what a validation left."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.analysis.measure import Measurement
from models.analysis.page.markup import Markup, join, tag
from models.analysis.page.pictures import draw_case, inline_picture
from models.pipelines import BadImage
from models.pipelines.loading import read_image
from models.runtime.files import load_json


def worst_section(measured: Measurement) -> Markup | None:
    """People in a box whose pose is worst, as labelled and as answered; None without pictures."""
    figures = []
    for case in measured.worst:
        try:
            image = read_image(case.image, "bgr")
        except BadImage:
            continue
        drawn = draw_case(image, case, measured.keypoints)
        name = Path(case.image).name
        alt = f"A person in {name}: left as labelled, right as the network answered"
        figures.append(_figure(inline_picture(drawn, alt), case.value, name))
    if not figures:
        return None
    note = (
        "Left as labelled, right as answered, one person a picture. People that the detector did "
        "not find, and those with few labelled joints, are left out."
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
