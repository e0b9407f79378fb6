"""Convert MPII's release annotations to the json and mat files that training and PCKh read.

The split into training and validation is not part of the release: it is read from a list, or drawn.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from models.datasets.mpii_release import ReleasePerson, load_mat, read_people, read_release
from models.evaluation import MpiiGroundTruth, save_mpii_ground_truth
from models.runtime.files import dump_json, load_json

OUTPUTS = ("mpii_train.json", "mpii_val.json", "mpii_gt_val.mat")


def listed_people(
    people: Sequence[ReleasePerson], path: str | os.PathLike
) -> tuple[set[ReleasePerson], int]:
    """The people that a validation list names, and how many of its entries name nobody usable.

    Args:
        people: of the release.
        path: a `.mat` with RELEASE_img_index and RELEASE_person_index (the published split); a
            `.json` list of image names or of people with `image` and `center`; or a text with an
            image name per line.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the list has another form, or nobody on it is in the release.
    """
    suffix = Path(path).suffix.lower()
    if suffix == ".mat":
        wanted = _indices(path)
        keys = [(person.image_index, person.person_index) for person in people]
    else:
        entries = load_json(path, "validation list") if suffix == ".json" else _lines(path)
        try:
            by_place = any(isinstance(entry, Mapping) and "center" in entry for entry in entries)
            if by_place:
                wanted = {_place(entry["image"], entry["center"]) for entry in entries}
                keys = [_place(person.image, person.center) for person in people]
            else:
                names = [e["image"] if isinstance(e, Mapping) else e for e in entries]
                wanted = {Path(name).name for name in names}
                keys = [person.image for person in people]
        except (KeyError, TypeError, ValueError):
            raise ValueError(
                f"{path} must list image names, or people with 'image' and 'center'"
            ) from None
    absent = wanted - set(keys)
    if absent == wanted:
        raise ValueError(f"nobody listed in {path} is labelled in the release; check both files")
    chosen = {person for person, key in zip(people, keys, strict=True) if key in wanted}
    return chosen, len(absent)


def drawn_people(people: Sequence[ReleasePerson], fraction: float, seed: int) -> set[ReleasePerson]:
    """A share of the people by whole videos, so that like pictures do not meet across the split.

    The videos (the images, where the release does not tell) are taken in the order of a hash of
    the seed and their number, until the share is reached: the same on every machine.

    Raises:
        ValueError: the share leaves one side empty.
    """
    groups: dict[str, list[ReleasePerson]] = {}
    for person in people:
        group = person.image if person.video is None else f"video {person.video:g}"
        groups.setdefault(group, []).append(person)
    chosen: set[ReleasePerson] = set()
    for group in sorted(groups, key=lambda g: hashlib.sha256(f"{seed} {g}".encode()).digest()):
        if len(chosen) >= fraction * len(people):
            break
        chosen.update(groups[group])
    if not chosen or len(chosen) == len(people):
        raise ValueError(
            f"a share of {fraction} of {len(people)} people leaves one side of the split empty"
        )
    return chosen


def as_json(people: Iterable[ReleasePerson]) -> list[dict[str, Any]]:
    """The published json form."""
    return [
        {
            "image": person.image,
            "joints": person.joints.tolist(),
            "joints_vis": person.visible.astype(int).tolist(),
            "center": person.center,
            "scale": person.scale,
        }
        for person in people
    ]


def _indices(path: str | os.PathLike) -> set[tuple[int, int]]:
    """The published split's own form: places of images and of people in them, from 1."""
    content = load_mat(path)
    images, people = (
        np.ravel(content.get(f"RELEASE_{kind}_index", [])) for kind in ("img", "person")
    )
    if not len(images) or len(images) != len(people):
        raise ValueError(
            f"{path} has no RELEASE_img_index and RELEASE_person_index of one length; give the "
            "split's detections.mat, a json of its people, or a text of its image names"
        )
    return {(int(i), int(p)) for i, p in zip(images, people, strict=True)}


def _lines(path: str | os.PathLike) -> list[str]:
    if not os.path.isfile(path):
        raise FileNotFoundError(f"validation list {path} does not exist; check the path")
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip()]


def _place(image: str, center: Sequence[float]) -> tuple[str, int, int]:
    """A person's image and position, to the pixel: centers are whole numbers."""
    x, y = center
    return Path(image).name, round(x), round(y)


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="Convert the annotations of the MPII Human Pose release (one MATLAB file) to "
        f"{', '.join(OUTPUTS)}. The published split into 22246 people to train on and 2958 to "
        "validate on is not part of the release: give it by --val-list. Without it a share of the "
        "people is drawn, and scores on it do not compare with published ones.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("release", type=Path, help="mpii_human_pose_v1_u12_1.mat")
    parser.add_argument("out_dir", type=Path, help="where to write; data/mpii/annotations, say")
    parser.add_argument(
        "--val-list",
        type=Path,
        help="who to validate on: the published split's detections.mat, or a json of people with "
        "image and center, or a text with an image name per line; others on those images are "
        "left out of training, too",
    )
    parser.add_argument(
        "--val-fraction", type=float, default=0.1, help="share of the people drawn otherwise"
    )
    parser.add_argument("--seed", type=int, default=0, help="of that draw")
    parser.add_argument("--force", action="store_true", help="replace files that are there")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Convert, and say what was written and what was left out."""
    args = parse_args(argv)
    try:
        convert(args)
    except (ValueError, OSError) as error:
        sys.exit(f"error: {error}")


def convert(args: argparse.Namespace) -> None:
    """Read, split, write, report; arguments as on the command line.

    Raises:
        FileExistsError: an output is there and `args.force` is not given.
        FileNotFoundError: an input does not exist.
        ValueError: an input cannot be used.
    """
    paths = [args.out_dir / name for name in OUTPUTS]
    there = [path for path in paths if path.exists()]
    if there and not args.force:
        raise FileExistsError(f"{there[0]} exists; give --force to replace it, or another folder")
    print(f"reading {args.release} (the whole release takes a minute)", file=sys.stderr)
    people, left_out = read_people(read_release(args.release))
    if not people:
        raise ValueError(f"{args.release} labels nobody; give the release with its annotations")
    if args.val_list:
        chosen, absent = listed_people(people, args.val_list)
        left_out["entries of the list that name nobody with labels"] = absent
    else:
        chosen = drawn_people(people, args.val_fraction, args.seed)
    val_images = {person.image for person in chosen}
    train = [person for person in people if person.image not in val_images]
    val = [person for person in people if person in chosen and person.head_box is not None]
    left_out["people of validation without a head's box"] = len(chosen) - len(val)
    left_out["people beside those of validation, on their images"] = (
        len(people) - len(train) - len(chosen)
    )
    if not train or not val:
        raise ValueError(f"the split leaves {len(train)} people to train on and {len(val)} to test")

    dump_json(as_json(train), paths[0])
    dump_json(as_json(val), paths[1])
    truth = MpiiGroundTruth(
        joints=np.stack([person.joints for person in val]),
        visible=np.stack([person.visible for person in val]),
        head_boxes=np.stack([person.head_box for person in val]),
    )
    save_mpii_ground_truth(paths[2], truth)

    for path, part in zip(paths, (train, val, val), strict=True):
        images = len({person.image for person in part})
        print(f"{path}: {len(part)} people on {images} images")
    for reason, count in left_out.items():
        if count:
            print(f"left out: {count} {reason}")
    if not args.val_list:
        print(
            f"The split was drawn (share {args.val_fraction}, seed {args.seed}) and is not the "
            "published one: scores on it do not compare with published scores."
        )


if __name__ == "__main__":
    main()
