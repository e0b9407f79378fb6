"""A folder is the same however it was made, is reused when finished and never lost by mistake."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from models.synthetic import build
from models.synthetic.build import MANIFEST, build_dataset_folder
from models.synthetic.record import Chunk, chunks
from models.synthetic.spec import SyntheticSpec

TINY = SyntheticSpec(train=3, val=3, seed=1, image_size=(120, 96))


def digest(folder: Path) -> dict[str, str]:
    """Name -> hash of every file; a `.mat` without the time of day in its header."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(
            path.read_bytes()[128 if path.suffix == ".mat" else 0 :]
        ).hexdigest()
        for path in files
    }


def make(out: Path, spec: SyntheticSpec = TINY, **kwargs) -> build.Built:
    return build_dataset_folder(out, spec, **{"workers": 1, "progress": False, **kwargs})


def test_the_number_of_workers_changes_no_byte(tmp_path) -> None:
    make(tmp_path / "one")
    make(tmp_path / "two", workers=2)
    assert digest(tmp_path / "one") == digest(tmp_path / "two")


def test_the_folder_holds_what_the_manifest_says(tmp_path) -> None:
    manifest = make(tmp_path / "data").manifest
    assert json.loads((tmp_path / "data" / MANIFEST).read_text()) == manifest
    assert manifest["pictures"] == {"train": 3, "val": 3}
    assert manifest["spec"] == TINY.as_dict()
    pictures = {f"{split}/00000{n}.jpg" for split in ("train", "val") for n in (1, 2, 3)}
    assert set(digest(tmp_path / "data")) == pictures | {*manifest["files"], MANIFEST}
    coco = json.loads((tmp_path / "data/annotations/person_keypoints_train.json").read_text())
    assert len(coco["annotations"]) == manifest["people"]["train"]


COCO = {
    "annotations/person_keypoints_train.json",
    "annotations/person_keypoints_val.json",
    "person_detections_val.json",
}
MPII = {f"mpii/annotations/mpii_{name}" for name in ("train.json", "val.json", "gt_val.mat")}


@pytest.mark.parametrize(("form", "files"), [("coco", COCO), ("mpii", MPII), ("both", COCO | MPII)])
def test_only_the_wanted_form_is_written(tmp_path, form, files) -> None:
    make(tmp_path, replace(TINY, train=1, val=1, form=form))
    assert set(digest(tmp_path)) == files | {MANIFEST, "train/000001.jpg", "val/000001.jpg"}


def test_a_finished_folder_is_reused(tmp_path, monkeypatch) -> None:
    make(tmp_path)
    before = digest(tmp_path)
    monkeypatch.setattr(build, "draw_chunk", lambda chunk: pytest.fail("drew again"))
    assert make(tmp_path).reused
    assert digest(tmp_path) == before


def test_a_folder_that_lost_a_picture_is_made_whole(tmp_path) -> None:
    make(tmp_path)
    before = digest(tmp_path)
    (tmp_path / "val" / "000002.jpg").unlink()
    assert not make(tmp_path).reused
    assert digest(tmp_path) == before


def test_other_arguments_are_refused_and_named(tmp_path) -> None:
    make(tmp_path)
    before = digest(tmp_path)
    with pytest.raises(ValueError, match=r"seed 1 instead of 2.*--force.*another folder"):
        make(tmp_path, replace(TINY, seed=2))
    assert digest(tmp_path) == before


def test_force_replaces_a_data_set_and_nothing_else(tmp_path) -> None:
    make(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    other = replace(TINY, seed=2, train=2, form="coco")
    make(tmp_path, other, force=True)
    make(tmp_path.parent / f"{tmp_path.name}-fresh", other)
    forced = digest(tmp_path)
    forced.pop("notes.txt")
    assert forced == digest(tmp_path.parent / f"{tmp_path.name}-fresh")
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_of_something_else_is_never_touched(tmp_path, force) -> None:
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "mine.jpg").write_text("precious")
    with pytest.raises(ValueError, match="choose another folder"):
        make(tmp_path, force=force)
    assert (tmp_path / "train" / "mine.jpg").read_text() == "precious"


def test_a_file_in_the_way_is_named(tmp_path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(ValueError, match="data is a file"):
        make(tmp_path / "data")


def test_no_workers_are_refused(tmp_path) -> None:
    with pytest.raises(ValueError, match="0 workers"):
        make(tmp_path, workers=0)


def test_an_interrupted_build_goes_on_where_it_stopped(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("models.synthetic.record.CHUNK", 2)
    make(tmp_path / "whole")
    draw, drawn = build.draw_chunk, []

    def stop_after_two(chunk: Chunk) -> Chunk:
        if len(drawn) == 2:
            raise KeyboardInterrupt
        drawn.append(chunk)
        return draw(chunk)

    monkeypatch.setattr(build, "draw_chunk", stop_after_two)
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "broken")
    assert not (tmp_path / "broken" / MANIFEST).exists()
    with pytest.raises(ValueError, match="--force"):
        make(tmp_path / "broken", replace(TINY, seed=2))
    rest: list[Chunk] = []
    monkeypatch.setattr(build, "draw_chunk", lambda chunk: rest.append(chunk) or draw(chunk))
    built = make(tmp_path / "broken")
    assert built.resumed == 3
    assert {chunk.records_file for chunk in rest}.isdisjoint(c.records_file for c in drawn)
    assert digest(tmp_path / "broken") == digest(tmp_path / "whole")


def test_chunks_cover_a_split_once() -> None:
    spec = SyntheticSpec(train=120, val=1)
    numbers = [
        index for chunk in chunks(Path(), spec, "train") for index in range(chunk.start, chunk.stop)
    ]
    assert numbers == list(range(120))


def test_drawing_needs_no_torch() -> None:
    code = "import models.synthetic, sys; sys.exit(bool({'torch', 'mmcv'} & set(sys.modules)))"
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
