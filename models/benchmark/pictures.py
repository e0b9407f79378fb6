"""Pictures of people for the sections that read files.

A few real pictures do not fill an epoch's batches, so they are copied under new names until there
are enough. All of them stay in the system's memory after the first epoch: no disk is measured.
"""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from models.runtime.files import dump_json, load_json
from models.synthetic import SyntheticSpec, build_dataset_folder


@dataclass(frozen=True)
class Pictures:
    """A data set in COCO's form.

    Attributes:
        annotations: file of labelled persons.
        folder: of the pictures.
        detections: file of a detector's boxes, or of the labelled ones in that form.
        about: what they are, in a sentence.
    """

    annotations: str
    folder: str
    detections: str
    about: str

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def drawn_pictures(out: Path, count: int, size: tuple[int, int]) -> Pictures:
    """Pictures of the embedded data set.

    Args:
        out: a folder for them.
        count: how many.
        size: greatest (w, h).
    """
    spec = SyntheticSpec(train=0, val=count, seed=0, form="coco", image_size=size)
    built = build_dataset_folder(out, spec, progress=False)
    people = built.manifest["people"]["val"]
    return Pictures(
        str(out / "annotations/person_keypoints_val.json"),
        str(out / "val"),
        str(out / "person_detections_val.json"),
        f"{count} drawn pictures of at most {size[0]}×{size[1]} with {people} people "
        "(models/synthetic); no real ones were given",
    )


def copied_pictures(
    annotations: Path, folder: Path, detections: Path | None, out: Path, count: int
) -> Pictures:
    """The first `count` labelled pictures of a set; where it has fewer, copied until there are.

    Args:
        annotations: file in COCO's form.
        folder: its pictures.
        detections: boxes in COCO's results form; None takes the labelled ones.
        out: a folder for the copies.
        count: how many pictures; at least, where whole rounds of copies are made.

    Raises:
        FileNotFoundError: a file is not there.
        KeyError: an entry lacks a part.
        ValueError: no pictures are listed, or none has a label.
    """
    content = load_json(annotations, "annotation file")
    labels = content.get("annotations") or []
    labelled = {label["image_id"] for label in labels}
    images = [image for image in content.get("images") or [] if image["id"] in labelled][:count]
    if not images:
        raise ValueError(f"annotation file {annotations} lists no images with labels")
    taken = {image["id"] for image in images}
    labels = [label for label in labels if label["image_id"] in taken]
    boxes = (
        [box for box in load_json(detections, "detection file") if box["image_id"] in taken]
        if detections
        else [
            {**{key: label[key] for key in ("image_id", "category_id", "bbox")}, "score": 1.0}
            for label in labels
        ]
    )
    copies = -(-count // len(images))
    new: dict[str, list[dict[str, Any]]] = {"images": [], "annotations": [], "boxes": []}
    numbers = {image["id"]: number for number, image in enumerate(images, 1)}
    (out / "pictures").mkdir(parents=True)
    for copy in range(copies):
        first = copy * len(images)
        for image in images:
            number = first + numbers[image["id"]]
            name = f"{number:06d}{Path(image['file_name']).suffix}"
            shutil.copyfile(folder / image["file_name"], out / "pictures" / name)
            new["images"].append({**image, "id": number, "file_name": name})
        new["annotations"] += [
            {
                **label,
                "id": copy * len(labels) + number,
                "image_id": first + numbers[label["image_id"]],
            }
            for number, label in enumerate(labels, 1)
        ]
        new["boxes"] += [{**box, "image_id": first + numbers[box["image_id"]]} for box in boxes]
    dump_json({**content, **{k: new[k] for k in ("images", "annotations")}}, out / "labels.json")
    dump_json(new["boxes"], out / "boxes.json")
    return Pictures(
        str(out / "labels.json"),
        str(out / "pictures"),
        str(out / "boxes.json"),
        f"{len(images)} pictures of {annotations.name} with {len(labels)} labels "
        f"({len(labels) / len(images):.1f} a picture) and {len(boxes)} boxes of "
        f"{detections.name if detections else 'the labels'}, each in {copies} copies",
    )
