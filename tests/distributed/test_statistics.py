"""However many processes test, every person is answered once and the scores are the same."""

from __future__ import annotations

import json

import pytest

from models.engine import collect
from tests.tools.conftest import COCO_CONFIG

PERSONS = 23  # no multiple of 2, 3 or 8, nor of the batch size


@pytest.fixture(scope="module")
def boxes(tiny_data, tmp_path_factory):
    """A detection file of 23 boxes."""
    found = json.loads((tiny_data / "person_detections_val.json").read_text())
    path = tmp_path_factory.mktemp("boxes") / "boxes.json"
    path.write_text(json.dumps(found[:PERSONS]))
    return path


@pytest.fixture(scope="module")
def tested(trained, run_tool, overriding, boxes, tmp_path_factory):
    """Number of processes, options → printed scores, raw results by box, the official file."""

    def test(processes, *options):
        folder = tmp_path_factory.mktemp("tested") / "a folder"
        start = ["tools/test.py", COCO_CONFIG, trained / "latest.pth"]
        if processes > 1:
            start = ["bash", "tools/dist_test.sh", *start[1:], processes]
        done = run_tool(
            *(*start, "--eval", "mAP", "--work-dir", folder, "--out", folder / "raw.json"),
            *options,
            *overriding(f"data.test.data_cfg.bbox_file={boxes}"),
        )
        scores = [line for line in done.stdout.splitlines() if line.startswith(("AP", "AR"))]
        batches = json.loads((folder / "raw.json").read_text())
        answers = [
            (bbox_id, pose, box)
            for batch in batches
            for bbox_id, pose, box in zip(
                batch["bbox_ids"], batch["preds"], batch["boxes"], strict=True
            )
        ]
        return scores, sorted(answers), (folder / "result_keypoints.json").read_bytes()

    return test


@pytest.fixture(scope="module")
def alone(tested):
    scores, answers, official = tested(1)
    assert len(scores) == 10
    assert [bbox_id for bbox_id, _, _ in answers] == list(range(PERSONS))
    return scores, answers, official


@pytest.mark.parametrize(
    ("processes", "collect"),
    [(2, "--gpu_collect"), (3, "--gpu_collect"), (8, "--tmpdir"), (3, "--tmpdir"), (2, None)],
)
def test_same_to_the_last_digit(alone, tested, tmp_path, processes, collect):
    options = [collect] if collect else []
    if collect == "--tmpdir":
        options.append(tmp_path / "a shared folder")
    assert tested(processes, *options) == alone  # all answers, all digits
    assert not list(tmp_path.glob("a shared folder/*"))


def test_several_processes_for_each_gpu(alone, tested):
    assert tested(1, "--proc_per_gpu", "2") == alone


def test_validation_sees_the_network_that_is_saved(run_tool, overriding, tmp_path):
    """Each process has batch-norm statistics of its own, until they are made equal."""
    run_tool(
        *("bash", "tools/dist_train.sh", COCO_CONFIG, 2, "--work-dir", tmp_path, "--seed", 0),
        *overriding("total_epochs=1", "data.samples_per_gpu=2"),
    )
    run_tool(
        *("tools/test.py", COCO_CONFIG, tmp_path / "epoch_1.pth", "--work-dir", tmp_path / "test"),
        *overriding("data.test.data_cfg.use_gt_bbox=True"),
    )
    name = "result_keypoints.json"
    assert (tmp_path / "validation" / name).read_bytes() == (tmp_path / "test" / name).read_bytes()


@pytest.mark.parametrize("error", [OSError(28, "No space left"), SystemExit(143)])
def test_temporary_files_go_on_every_exit(tmp_path, monkeypatch, error):
    def lose(value):
        assert list(tmp_path.glob("test_parts_*/part_0.json"))
        raise error

    monkeypatch.setattr(collect, "get_dist_info", lambda: (0, 2))
    monkeypatch.setattr(collect, "gather", lose)
    with pytest.raises(type(error)):
        collect.collect([{"preds": [1.0]}], str(tmp_path))
    assert not list(tmp_path.iterdir())


def test_folder_that_is_not_shared(tmp_path, monkeypatch):
    monkeypatch.setattr(collect, "get_dist_info", lambda: (1, 2))
    monkeypatch.setattr(collect, "share", lambda value: str(tmp_path / "elsewhere"))
    with pytest.raises(FileNotFoundError, match="give --tmpdir a folder that all machines share"):
        collect.collect([], str(tmp_path))
