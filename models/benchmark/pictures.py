"""Pictures of people for the sections that read files.

A data set of four pictures would be in every cache after the first second, which no real one is.
So the pictures are copied under new names until there are as many as an epoch's worth of a short
measurement.
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
    """Real pictures, copied until there are `count`.

    Args:
        annotations: file in COCO's form.
        folder: its pictures.
        detections: boxes in COCO's results form; None takes the labelled ones.
        out: a folder for the copies.
        count: pictures at least.

    Raises:
        FileNotFoundError: a file is not there.
        ValueError: no pictures are listed.
    """
    content = load_json(annotations, "annotation file")
    images = content.get("images") or []
    if not images:
        raise ValueError(f"annotation file {annotations} lists no images")
    found = (
        load_json(detections, "detection file")
        if detections
        else [
            {key: label[key] for key in ("image_id", "category_id", "bbox")} | {"score": 1.0}
            for label in content["annotations"]
        ]
    )
    copies = -(-count // len(images))
    new: dict[str, list[dict[str, Any]]] = {"images": [], "annotations": [], "found": []}
    highest = 1 + max(image["id"] for image in images)
    labels = 1 + max((label["id"] for label in content.get("annotations", [])), default=0)
    (out / "pictures").mkdir(parents=True)
    for copy in range(copies):
        for image in images:
            name = f"{copy}_{Path(image['file_name']).name}"
            shutil.copyfile(folder / image["file_name"], out / "pictures" / name)
            new["images"].append({**image, "id": image["id"] + copy * highest, "file_name": name})
        new["annotations"] += [
            {**x, "id": x["id"] + copy * labels, "image_id": x["image_id"] + copy * highest}
            for x in content["annotations"]
        ]
        new["found"] += [{**x, "image_id": x["image_id"] + copy * highest} for x in found]
    dump_json({**content, **{k: new[k] for k in ("images", "annotations")}}, out / "labels.json")
    dump_json(new["found"], out / "boxes.json")
    return Pictures(
        str(out / "labels.json"),
        str(out / "pictures"),
        str(out / "boxes.json"),
        f"{len(images)} pictures of {annotations.name} with {len(content['annotations'])} labels "
        f"and {len(found)} boxes of {detections.name if detections else 'the labels'}"
        f", each copied {copies} times under a name of its own",
    )
