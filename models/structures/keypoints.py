"""What a set of joints is: names, mirror pairs, body halves, weights, sigmas, skeleton, colors.

Everything that reads or draws joints asks a `KeypointSet` and nothing else, so a data set with
other joints brings one `dataset_info` (the format of mmpose 0.x) and no code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Color = tuple[int, int, int]

LEFT_COLOR: Color = (0, 200, 80)
RIGHT_COLOR: Color = (255, 128, 0)
MIDDLE_COLOR: Color = (51, 153, 255)


@dataclass(frozen=True, eq=False)
class KeypointSet:
    """The K joints of a data set, in the order of its annotations and of the heatmaps.

    Attributes:
        name: what the set is called ("coco").
        names: the K joint names.
        flip_pairs: pairs of joint indices that a mirrored picture exchanges; the joints that
            appear in none lie in the body's plane of symmetry.
        upper_body: indices of the upper half, for the half-body augmentation.
        lower_body: indices of the lower half.
        joint_weights: (K,) float32, how much each joint's loss counts where a config asks for it.
        sigmas: (K,) float64 per-joint spread for OKS, or None where the set has none.
        skeleton: pairs of joint indices that a drawing connects.
        colors: K RGB colors of the joints, each 0–255; by default by the side of the body.
        link_colors: RGB colors of the skeleton's links; by default likewise.

    Raises:
        ValueError: lengths that differ from K, or an index outside 0 … K − 1.
    """

    name: str
    names: tuple[str, ...]
    flip_pairs: tuple[tuple[int, int], ...]
    upper_body: tuple[int, ...]
    lower_body: tuple[int, ...]
    joint_weights: np.ndarray
    sigmas: np.ndarray | None = None
    skeleton: tuple[tuple[int, int], ...] = ()
    colors: tuple[Color, ...] = ()
    link_colors: tuple[Color, ...] = ()

    def __post_init__(self) -> None:
        self._check_indices()
        if not self.colors:
            self._set("colors", tuple(side_color(name) for name in self.names))
        if not self.link_colors:
            self._set("link_colors", tuple(self._side_of_link(*link) for link in self.skeleton))
        self._set("joint_weights", _constant(self.joint_weights, np.float32))
        if self.sigmas is not None:
            self._set("sigmas", _constant(self.sigmas, np.float64))
        self._check_lengths()

    @property
    def num_joints(self) -> int:
        """K."""
        return len(self.names)

    @property
    def flip_index(self) -> np.ndarray:
        """(K,) int: joint i of a mirrored picture is joint flip_index[i] of the picture."""
        index = np.arange(self.num_joints)
        for a, b in self.flip_pairs:
            index[[a, b]] = index[[b, a]]
        return index

    def _side_of_link(self, a: int, b: int) -> Color:
        """A link belongs to the side that both ends share or that one end alone has."""
        sides = {side_color(self.names[i]) for i in (a, b)} - {MIDDLE_COLOR}
        return sides.pop() if len(sides) == 1 else MIDDLE_COLOR

    def _set(self, field: str, value: Any) -> None:
        object.__setattr__(self, field, value)  # the only way into a frozen dataclass

    def _check_indices(self) -> None:
        _check_unique(self.names, self.name)
        for field in ("flip_pairs", "skeleton", "upper_body", "lower_body"):
            for index in np.ravel(getattr(self, field)):
                if not 0 <= index < self.num_joints:
                    raise ValueError(
                        f"{self.name}: {field} has joint {index:g}, but the joints are "
                        f"0 … {self.num_joints - 1}; write indices in the order of `names`"
                    )
        paired = np.ravel(self.flip_pairs)
        if len(np.unique(paired)) != len(paired):
            raise ValueError(f"{self.name}: flip_pairs {self.flip_pairs} use a joint twice")

    def _check_lengths(self) -> None:
        counts = dict.fromkeys(("joint_weights", "sigmas", "colors"), self.num_joints)
        counts["link_colors"] = len(self.skeleton)
        for field, count in counts.items():
            value = getattr(self, field)
            if value is not None and len(value) != count:
                raise ValueError(f"{self.name}: {len(value)} {field}; there must be {count}")


def side_color(joint_name: str) -> Color:
    """RGB color by the side that a joint's name tells: left green, right orange, else blue."""
    if joint_name.startswith("left"):
        return LEFT_COLOR
    if joint_name.startswith("right"):
        return RIGHT_COLOR
    return MIDDLE_COLOR


def keypoint_set_from_info(dataset_info: Mapping[str, Any]) -> KeypointSet:
    """Read a `dataset_info` section, the form in which mmpose 0.x configs describe joints.

    Args:
        dataset_info: `dataset_name`; `keypoint_info` {i: dict(name, type, swap, color)} with the
            keys i = 0 … K − 1, type 'upper', 'lower' or '', swap the name of the mirrored joint
            or '', color RGB; optional `skeleton_info` {i: dict(link=(name, name), color)}, and
            `joint_weights` and `sigmas` of K numbers. As in mmpose the key i, not the entry's
            `id`, numbers a joint. Colors are given to all entries or to none.

    Raises:
        KeyError: `keypoint_info`, a joint's name or a link is missing, or a name is no joint's.
        ValueError: keys that are not 0 … K − 1, swaps that do not agree, lengths that differ.
    """
    title = str(dataset_info.get("dataset_name", "dataset_info"))
    joints = _entries(dataset_info, "keypoint_info", "name", title)
    links = _entries(dataset_info, "skeleton_info", "link", title)
    if not joints:
        raise KeyError(f"{title}: dataset_info has no keypoint_info; describe every joint there")
    names = [joint["name"] for joint in joints]
    _check_unique(names, title)

    def index_of(name: str, user: str) -> int:
        if name not in names:
            raise KeyError(f"{title}: {user} names '{name}', which is none of {names}")
        return names.index(name)

    # A joint in the middle may swap with '' or with itself.
    swaps = [index_of(j.get("swap") or j["name"], f"swap of '{j['name']}'") for j in joints]
    for i, j in enumerate(swaps):
        if swaps[j] != i:
            raise ValueError(
                f"{title}: '{names[i]}' swaps with '{names[j]}' but not the other way round; "
                "name each joint in the other's swap"
            )
    parts = [joint.get("type") or "" for joint in joints]
    for name, part in zip(names, parts, strict=True):
        if part not in ("upper", "lower", ""):
            raise ValueError(f"{title}: '{name}' has type '{part}'; write 'upper', 'lower' or ''")
    return KeypointSet(
        name=title,
        names=tuple(names),
        flip_pairs=tuple((i, j) for i, j in enumerate(swaps) if i < j),
        upper_body=tuple(i for i, part in enumerate(parts) if part == "upper"),
        lower_body=tuple(i for i, part in enumerate(parts) if part == "lower"),
        joint_weights=dataset_info.get("joint_weights", np.ones(len(names))),
        sigmas=dataset_info.get("sigmas"),
        skeleton=tuple(
            (index_of(start, "skeleton_info"), index_of(end, "skeleton_info"))
            for start, end in (link["link"] for link in links)
        ),
        colors=_colors(joints, "keypoint_info", title),
        link_colors=_colors(links, "skeleton_info", title),
    )


def dataset_info_of(keypoints: KeypointSet) -> dict[str, Any]:
    """The `dataset_info` section that `keypoint_set_from_info` reads as these joints."""
    mirrored = keypoints.flip_index
    parts = dict.fromkeys(keypoints.upper_body, "upper") | dict.fromkeys(
        keypoints.lower_body, "lower"
    )
    names = keypoints.names
    info: dict[str, Any] = {
        "dataset_name": keypoints.name,
        "keypoint_info": {
            i: {
                "name": name,
                "id": i,
                "color": list(keypoints.colors[i]),
                "type": parts.get(i, ""),
                "swap": "" if mirrored[i] == i else names[mirrored[i]],
            }
            for i, name in enumerate(names)
        },
        "skeleton_info": {
            i: {"link": [names[a], names[b]], "id": i, "color": list(color)}
            for i, ((a, b), color) in enumerate(
                zip(keypoints.skeleton, keypoints.link_colors, strict=True)
            )
        },
        # the shortest text of a float32 is what a person wrote
        "joint_weights": [float(str(weight)) for weight in keypoints.joint_weights],
    }
    if keypoints.sigmas is not None:
        info["sigmas"] = keypoints.sigmas.tolist()
    return info


def _entries(info: Mapping[str, Any], section: str, needed: str, title: str) -> list[Mapping]:
    """The entries of a section in the order of their keys 0, 1 …, each with the key `needed`."""
    entries = {int(i): entry for i, entry in info.get(section, {}).items()}  # json has "0"
    if sorted(entries) != list(range(len(entries))):
        raise ValueError(
            f"{title}: the keys of {section} are {sorted(entries)}; number them from 0, no gaps"
        )
    for i, entry in entries.items():
        if needed not in entry:
            raise KeyError(f"{title}: {section}[{i}] has no '{needed}'")
    return [entries[i] for i in range(len(entries))]


def _check_unique(names: Sequence[str], title: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{title}: two joints are called '{name}'; give each its own name")


def _colors(entries: list[Mapping], section: str, title: str) -> tuple[Color, ...]:
    colors = tuple(tuple(int(c) for c in entry["color"]) for entry in entries if "color" in entry)
    if len(colors) not in (0, len(entries)):
        raise ValueError(
            f"{title}: {len(colors)} of {len(entries)} entries of {section} have a color; "
            "give one to all or to none"
        )
    return colors


def _constant(values: Any, dtype: type) -> np.ndarray:
    array = np.array(values, dtype=dtype)
    array.flags.writeable = False
    return array
