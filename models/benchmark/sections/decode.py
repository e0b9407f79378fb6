"""Section `decode`: flip-averaged heatmaps → joints in the image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from models.benchmark.agreement import Tolerance
from models.benchmark.inputs import boxes, peaked_heatmaps
from models.benchmark.peers import ORIGINAL, original_side
from models.benchmark.section import Section
from models.benchmark.side import Case, Setup, Side

if TYPE_CHECKING:
    from models.benchmark.plan import Plan

HERE = __name__
METHODS = ("default", "unbiased")

SECTION = Section(
    name="decode",
    title="Decoding: flip-averaged heatmaps → points in the image",
    unit="ms",
    references=(ORIGINAL, "ours"),
    tolerances={
        name: Tolerance(most, absolute=True)
        for method in METHODS
        for name, most in ((f"{method} points", 1e-2), (f"{method} scores", 1e-5))
    },
    note="ms a batch of 64 persons (points may differ by 0.01 px); NumPy arrays in and out, as the "
    "test loop hands them over. `default` is the published quarter-cell step, `unbiased` DARK.",
)


def sides(plan: Plan) -> list[Side]:
    """The original's decoder, and ours."""
    options = {
        "size": list(plan.size),
        "joints": plan.joints,
        "batch": 4 if plan.smoke else 64,
    }
    return [
        original_side(plan.peer, f"{HERE}:mmpose", options),
        Side("ours", f"{HERE}:ours", options),
    ]


def mmpose(options: Mapping[str, Any]) -> Setup:
    """The decoder of the original's head."""
    from models.benchmark.mmpose_side import decoder

    keypoints_from_heatmaps = decoder()

    def decode(heatmaps: Any, center: Any, scale: Any, post_process: str) -> Any:
        unbiased = post_process == "unbiased"
        return keypoints_from_heatmaps(
            heatmaps, center, scale, unbiased, "unbiased" if unbiased else "default", kernel=11
        )

    return _setup(decode, options)


def ours(options: Mapping[str, Any]) -> Setup:
    """The decoder of this project."""
    from models.codecs import build_codec

    codecs = {
        "default": build_codec({"type": "MSRAHeatmap"}),
        "unbiased": build_codec({"type": "MSRAHeatmap", "refine": "dark"}),
    }

    def decode(heatmaps: Any, center: Any, scale: Any, post_process: str) -> Any:
        return codecs[post_process].decode(heatmaps, center, scale)

    return _setup(decode, options)


def _setup(decode: Any, options: Mapping[str, Any]) -> Setup:
    width, height = options["size"]
    heatmaps = peaked_heatmaps(options["batch"], options["joints"], (width // 4, height // 4))
    center, scale = boxes(options["batch"], (width, height))
    cases, answers = {}, {}
    for method in METHODS:

        def call(method: str = method) -> None:
            decode(heatmaps, center, scale, post_process=method)

        cases[method] = Case(call)
        points, scores = decode(heatmaps.copy(), center, scale, post_process=method)
        answers |= {f"{method} points": points, f"{method} scores": scores}
    return Setup(cases, answers)
