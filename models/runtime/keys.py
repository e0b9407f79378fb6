"""The names of weights: prefixes that older files carry, and what a mismatch probably means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from torch import Tensor

_SHOWN = 5


def canonical_keys(
    state: Mapping[str, Tensor], expected: Mapping[str, Tensor]
) -> dict[str, Tensor]:
    """Rename the entries of a state dict to the names that a network expects.

    Args:
        state: entries of a file: with `module.` in front (parallel wrappers), with mmpose 1.x's
            `head.`, or without `backbone.` (a file of the backbone alone).
        expected: the network's own state dict.

    Returns:
        The entries under canonical names; nothing is dropped but mmpose 1.x's preprocessing
        constants, which are no weights.
    """
    renamed = {}
    for name, value in state.items():
        while name.startswith("module."):
            name = name.removeprefix("module.")
        if name.startswith("data_preprocessor."):
            continue
        if name.startswith("head."):
            name = "keypoint_head." + name.removeprefix("head.")
        renamed[name] = value
    if not any(name in expected for name in renamed):
        with_prefix = {f"backbone.{name}": value for name, value in renamed.items()}
        without_prefix = {
            name.removeprefix("backbone."): value
            for name, value in renamed.items()
            if name.startswith("backbone.")
        }
        for candidate in (with_prefix, without_prefix):
            if any(name in expected for name in candidate):
                return candidate
    return renamed


def explain_mismatch(state: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> str:
    """Say in one line how `state` differs from `expected`, and what probably differs.

    Returns:
        "" where they agree in names and shapes.
    """
    missing = [name for name in expected if name not in state]
    unexpected = [name for name in state if name not in expected]
    reshaped = [
        f"{name} {tuple(state[name].shape)} instead of {tuple(expected[name].shape)}"
        for name in expected
        if name in state and state[name].shape != expected[name].shape
    ]
    parts = [
        f"{len(names)} {label} ({_some(names)})"
        for label, names in (
            ("missing", missing),
            ("unexpected", unexpected),
            ("of another shape", reshaped),
        )
        if names
    ]
    if not parts:
        return ""
    guess = _probable_cause(state, expected)
    return "; ".join(parts) + (f". {guess}" if guess else "")


def _probable_cause(state: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> str:
    theirs, ours = _describe(state), _describe(expected)
    differing = [
        f"{what}: {theirs[what]} in the file, {ours[what]} in the config"
        for what in ours
        if theirs.get(what) != ours[what]
    ]
    return "Probably another " + "; ".join(differing) + "; use its config" if differing else ""


def _describe(state: Mapping[str, Tensor]) -> dict[str, str]:
    """What the weights say of the network they belong to."""
    names = list(state)
    modules = {}
    for stage in range(3):
        found = _numbers(names, rf"backbone\.stage{stage}\.(\d+)\.")
        modules[stage] = len(found)
    lite = any("cross_resolution_weighting" in name for name in names)
    naive = any(".branch2." in name for name in names)
    depth = {(2, 4, 2): "18", (3, 8, 3): "30"}.get(tuple(modules.values()), "unknown")
    head = state.get("keypoint_head.final_layer.weight")
    return {
        "kind of block": "LITE" if lite else "NAIVE" if naive else "none known",
        "depth (18 or 30)": depth,
        "number of joints": str(head.shape[0]) if head is not None else "no keypoint head",
        "width": str(head.shape[1]) if head is not None else "unknown",
    }


def _numbers(names: Iterable[str], pattern: str) -> set[str]:
    return {match.group(1) for match in map(re.compile(pattern).match, names) if match}


def _some(names: list[str]) -> str:
    more = f", … {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
