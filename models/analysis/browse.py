"""The stations of tools/analysis/browse_dataset.py: each writes one part of its folder."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.analysis.distributions import distributions
from models.analysis.findings import Finding, report, summary, worst
from models.analysis.sample_pictures import around, crop, crop_size, original, target
from models.analysis.samples import Draw, annotation_of, choose, draw
from models.analysis.statistics import dataset_statistics, statistics_text
from models.analysis.suspicious import find_suspicious
from models.analysis.suspicious_pictures import suspicious_picture
from models.datasets import AnnotatedImage, TopDownDataset
from models.datasets.contract import dataset_type
from models.networks import build_network, build_split
from models.pipelines import BadImage
from models.pipelines.loading import read_image
from models.runtime.files import atomic_write, dump_json
from models.runtime.progress import progress_bar
from models.visualization import contact_sheet, titled, write_picture

ORIGINAL_SIZE = (420, 340)
SUSPICIOUS_SIZE = (340, 340)
#: samples on a sheet of draws; further ones go to the next sheet
ROWS = 8
#: cells in a line of such a sheet, unless a sample alone has more
WIDTH = 6
LEGEND = "left green, right orange, middle blue; occluded joints have a white middle"


def open_split(cfg: Mapping[str, Any], split: str) -> TopDownDataset:
    """A split with its labelled people, put through the split's own pipeline.

    Pictures that cannot be read do not stop it: they are among what is looked for. Validation and
    test splits are cropped around labelled boxes, whatever boxes they are tested with.

    Args:
        cfg: a whole config.
        split: 'train', 'val' or 'test'.

    Raises:
        KeyError: the config has no such split.
        FileNotFoundError, ValueError: a file that is missing, empty or wrong; or the split is of a
            task that does not tell its annotations.
    """
    section = cfg["data"].get(split)
    if not section:
        raise KeyError(f"the config has no data.{split}; choose another --split")
    kind = dataset_type(section["type"])
    if not hasattr(kind, "annotated"):
        raise ValueError(
            f"{kind.__name__} does not give its annotations (`annotated`), so there is nothing to "
            "count or to draw; this tool is for data sets of poses"
        )
    settings = dict(section)
    if split != "train":
        data_cfg = {**settings.get("data_cfg", {}), "use_gt_bbox": True}
        settings.update(data_cfg=data_cfg)
    # Samples come from their files: a crop cache holds the same pixels and need not be there.
    settings.update(skip_bad_images=True, crop_cache=None)
    network = build_network(cfg, pretrained=False)
    return build_split({"data": {split: settings}}, split, network)


def write_statistics(
    dataset: TopDownDataset, images: Sequence[AnnotatedImage], out: Path, title: str
) -> str:
    """`statistics.json` and `statistics.png`; returns a table for the terminal."""
    facts = dataset_statistics(images, dataset.keypoints, len(dataset))
    dump_json(facts, out / "statistics.json", indent=1)
    with atomic_write(out / "statistics.png") as temporary:
        distributions(images, facts, title).savefig(temporary, dpi=100)
    return statistics_text(facts)


def write_suspicious(
    dataset: TopDownDataset, images: Sequence[AnnotatedImage], out: Path
) -> tuple[list[Finding], str]:
    """`suspicious.json`; returns the findings, and their counts for the terminal."""
    people = sum(len(image.people) for image in images)
    with progress_bar(len(images), "Checking", " image") as bar:
        findings = find_suspicious(images, dataset.keypoints, bar.update)
    dump_json(report(findings, people), out / "suspicious.json", indent=1, ensure_ascii=False)
    return findings, summary(findings, people)


def draw_worst(
    dataset: TopDownDataset,
    images: Sequence[AnnotatedImage],
    findings: Sequence[Finding],
    num: int,
    out: Path,
) -> None:
    """`suspicious.jpg`, a sheet of at most `num` findings; none where there are none."""
    by_file = {image.file: image for image in images}
    cells = []
    chosen = worst(findings, num)
    for finding in chosen:
        image = by_file[finding.image]
        try:
            picture = read_image(image.file, "bgr")
        except BadImage:
            continue  # is a finding of its own
        cells.append(
            suspicious_picture(picture, image, finding, dataset.keypoints, SUSPICIOUS_SIZE)
        )
    if cells:
        shown = f"{len(cells)} of {len(findings)} suspicious annotations, the worst of each kind"
        asked = "red: the box and the joints in question"
        _write_sheet(out / "suspicious.jpg", cells, 4, [shown, asked, LEGEND])


def draw_samples(
    dataset: TopDownDataset,
    images: Sequence[AnnotatedImage],
    num: int,
    draws: int,
    seed: int,
    out: Path,
) -> int:
    """The folder `samples`: a picture a sample, and sheets of all.

    Args:
        dataset: the split.
        images: its `annotated`.
        num: samples.
        draws: of each.
        seed: of the choice and of the draws.
        out: folder.

    Returns:
        How many were drawn.
    """
    by_file = {image.file: image for image in images}
    keypoints = dataset.keypoints
    originals: list[np.ndarray] = []
    augmented: list[list[np.ndarray]] = []
    targets: list[list[np.ndarray]] = []
    chosen = choose(dataset, num, seed)
    with progress_bar(len(chosen), "Drawing", " sample") as bar:
        for index in chosen:
            bar.update()
            image = by_file[dataset.picture_of(index)]
            person = annotation_of(dataset, index, image.people)
            try:
                picture = read_image(image.file, "bgr")
                made = _draws(dataset, index, draws, seed, person)
            except BadImage as error:
                print(f"left out: {error}", file=sys.stderr)
                continue
            bbox = dataset.db[index]["bbox"]
            whole = original(picture, image, person, keypoints, ORIGINAL_SIZE)
            part = around(picture, image, person, bbox, keypoints, crop_size(made[0]))
            crops = [crop(d, keypoints, n) for n, d in enumerate(made, 1)]
            maps = [target(d, keypoints, n) for n, d in enumerate(made, 1) if d.target is not None]
            originals.append(whole)
            augmented.append([part, *crops])
            targets.append([part, *maps])
            rows = [[part, *crops], [part, *maps]] if maps else [[part, *crops]]
            _write_rows(
                out / "samples" / f"sample_{index:06d}.jpg", rows, [f"sample {index}", LEGEND]
            )
    if originals:
        _write_sheet(out / "samples" / "originals.jpg", originals, 4, ["As annotated", LEGEND])
        _write_pages(out / "samples" / "augmented", augmented, ["As the network gets them", LEGEND])
        if len(targets[0]) > 1:
            _write_pages(out / "samples" / "targets", targets, ["What the network shall answer"])
    return len(originals)


def _draws(dataset: TopDownDataset, index: int, count: int, seed: int, person: Any) -> list[Draw]:
    made = [draw(dataset, index, seed + number, person) for number in range(count)]
    # A pipeline without chance, as those of tests are, need not be seen several times.
    same = all(np.array_equal(made[0].image, other.image) for other in made[1:])
    return made[:1] if same else made


def _write_pages(stem: Path, rows: Sequence[Sequence[np.ndarray]], title: list[str]) -> None:
    """Sheets of `ROWS` samples each, numbered where there are several."""
    pages = [rows[i : i + ROWS] for i in range(0, len(rows), ROWS)]
    for number, page in enumerate(pages, 1):
        name = f"{stem.name}_{number}.jpg" if len(pages) > 1 else f"{stem.name}.jpg"
        beside = max(1, WIDTH // len(page[0]))  # short rows share a line
        _write_rows(stem.with_name(name), page, title, beside)


def _write_rows(
    path: Path, rows: Sequence[Sequence[np.ndarray]], title: list[str], beside: int = 1
) -> None:
    cells = [cell for row in rows for cell in row]
    _write_sheet(path, cells, len(rows[0]) * beside, title)


def _write_sheet(path: Path, cells: Sequence[np.ndarray], columns: int, title: list[str]) -> None:
    height, width = cells[0].shape[:2]
    sheet = titled(contact_sheet(cells, columns, cell=(width, height)), title)
    write_picture(path, sheet, quality=92)
