"""Make a data set folder: draw with several processes, write both formats, mark it finished."""

from __future__ import annotations

import multiprocessing
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from models.runtime.files import dump_json, load_json
from models.synthetic.coco_form import coco_annotations, coco_detections
from models.synthetic.mpii_form import mpii_annotations, write_mpii_ground_truth
from models.synthetic.record import Chunk, chunks, draw_chunk
from models.synthetic.spec import SPLITS, SyntheticSpec

MANIFEST = "dataset.json"
"""Written last: a folder that has it is complete."""

OWN = (MANIFEST, ".parts", "train", "val", "annotations", "mpii", "person_detections_val.json")
"""Everything a build puts into its folder, and all that a forced one removes."""


@dataclass(frozen=True)
class Built:
    """A finished data set folder."""

    manifest: dict[str, Any]
    """What `dataset.json` says: spec, counts and files."""
    reused: bool
    """It was complete before; nothing was drawn."""
    resumed: int
    """Pictures taken over from an interrupted run."""


def build_dataset_folder(
    out: str | os.PathLike,
    spec: SyntheticSpec,
    workers: int | None = None,
    force: bool = False,
    progress: bool = True,
) -> Built:
    """Make the data set of `spec` in a folder, or find that it is there already.

    The content depends on `spec` alone, whatever the number of workers and of interruptions.

    Args:
        out: the folder; must be new, empty, or hold a build of the same spec.
        spec: what to draw.
        workers: processes; by default one per processor.
        force: replace a data set of another spec.
        progress: show a progress bar.

    Raises:
        ValueError: the folder holds something else, or `workers` is less than 1.
    """
    out = Path(out)
    workers = os.cpu_count() or 1 if workers is None else workers
    if workers < 1:
        raise ValueError(f"{workers} workers cannot draw; use 1 or more")
    done = _finished(out, spec, force)
    if done is not None:
        return Built(done, reused=True, resumed=0)
    todo = [chunk for split in SPLITS for chunk in chunks(out, spec, split)]
    waiting = [chunk for chunk in todo if not chunk.records_file.is_file()]
    resumed = sum(chunk.stop - chunk.start for chunk in todo if chunk not in waiting)
    for folder in (*SPLITS, ".parts"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    dump_json(spec.as_dict(), out / ".parts" / "spec.json")
    _draw(waiting, min(workers, len(waiting)), progress)
    records = {
        split: [record for chunk in chunks(out, spec, split) for record in _records(chunk)]
        for split in SPLITS
    }
    manifest = {
        "spec": spec.as_dict(),
        "pictures": {split: len(records[split]) for split in SPLITS},
        "people": {split: sum(len(r["people"]) for r in records[split]) for split in SPLITS},
        "files": _write_forms(out, spec, records),
    }
    dump_json(manifest, out / MANIFEST, indent=2)
    shutil.rmtree(out / ".parts", ignore_errors=True)
    return Built(manifest, reused=False, resumed=resumed)


def _finished(out: Path, spec: SyntheticSpec, force: bool) -> dict[str, Any] | None:
    """The manifest if the folder is complete; None if it is to be drawn, and may be."""
    if out.exists() and not out.is_dir():
        raise ValueError(f"{out} is a file; choose a folder for the data set")
    if not out.is_dir() or not any(out.iterdir()):
        return None
    manifest_file, parts_file = out / MANIFEST, out / ".parts" / "spec.json"
    if manifest_file.is_file():
        manifest = load_json(manifest_file, "data set manifest")
        found = manifest.get("spec")
    elif parts_file.is_file():
        manifest, found = None, load_json(parts_file, "mark of an unfinished data set")
    else:
        raise ValueError(
            f"{out} is not empty and holds no synthetic data set; choose another folder"
        )
    if found == spec.as_dict():
        return manifest if manifest is not None and _complete(out, manifest) else None
    if not force:
        raise ValueError(
            f"{out} holds a data set made with other arguments ({_differences(found, spec)}); "
            "use --force to replace it, or another folder"
        )
    for name in OWN:
        path = out / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return None


def _complete(out: Path, manifest: dict[str, Any]) -> bool:
    """Whether the files that a manifest names are still there."""
    counts = {split: len(list((out / split).glob("*.jpg"))) for split in SPLITS}
    return counts == manifest["pictures"] and all((out / f).is_file() for f in manifest["files"])


def _differences(found: Any, spec: SyntheticSpec) -> str:
    wanted = spec.as_dict()
    if not isinstance(found, dict):
        return "unreadable"
    names = [name for name in wanted if found.get(name) != wanted[name]]
    return ", ".join(
        name if name == "difficulty" else f"{name} {found.get(name)} instead of {wanted[name]}"
        for name in names
    )


def _draw(waiting: list[Chunk], workers: int, progress: bool) -> None:
    total = sum(chunk.stop - chunk.start for chunk in waiting)
    with tqdm(total=total, desc="drawing", unit="picture", disable=not progress) as bar:
        for chunk in _drawn(waiting, workers):
            bar.update(chunk.stop - chunk.start)


def _drawn(waiting: list[Chunk], workers: int) -> Iterable[Chunk]:
    if workers <= 1:
        yield from map(draw_chunk, waiting)
        return
    # fresh processes, as forking one that has threads can hang
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        yield from pool.imap_unordered(draw_chunk, waiting)


def _records(chunk: Chunk) -> list[dict[str, Any]]:
    return load_json(chunk.records_file, "records of drawn pictures")


def _write_forms(
    out: Path, spec: SyntheticSpec, records: dict[str, list[dict[str, Any]]]
) -> list[str]:
    """Write the annotation files of the wanted forms; returns their names inside the folder."""
    files: dict[str, Any] = {}
    for split in SPLITS:
        if spec.form in ("coco", "both"):
            files[f"annotations/person_keypoints_{split}.json"] = coco_annotations(records[split])
        if spec.form in ("mpii", "both"):
            files[f"mpii/annotations/mpii_{split}.json"] = mpii_annotations(records[split], split)
    if spec.form in ("coco", "both"):
        files["person_detections_val.json"] = coco_detections(records["val"])
    for name, content in files.items():
        dump_json(content, out / name)
    if spec.form in ("mpii", "both"):
        name = "mpii/annotations/mpii_gt_val.mat"
        write_mpii_ground_truth(records["val"], out / name)
        return [*files, name]
    return list(files)
