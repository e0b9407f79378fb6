"""What all top-down data sets share."""

import copy

import numpy as np
import pytest
import torch

from models.builder import DATASETS
from models.datasets import TopDownCocoDataset

INFO = {
    "dataset_name": "sticks",
    "keypoint_info": {
        0: {"name": "left_end", "type": "upper", "swap": "right_end"},
        1: {"name": "right_end", "type": "lower", "swap": "left_end"},
    },
    "sigmas": [0.1, 0.1],
}


def test_registered_and_buildable():
    assert {"TopDownCocoDataset", "TopDownMpiiDataset"} <= set(DATASETS.module_dict)


def test_sample_goes_through_the_pipeline(coco):
    dataset = coco()
    sample = dataset[1]
    assert sample["img"].shape == (3, 128, 96)
    assert sample["img_metas"].data["bbox_id"] == 1
    assert len(dataset) == 3


def test_samples_do_not_change_the_data_set(coco):
    """A step may write into the arrays of its sample; the next epoch must not see it."""

    def overwrite(sample):
        for key in ("joints_3d", "joints_3d_visible", "center", "scale", "bbox"):
            sample[key] += 1
        return sample

    dataset = coco(arguments={"pipeline": [overwrite]})
    first = copy.deepcopy(dict(dataset[0]))
    second = dataset[0]
    for key in ("joints_3d", "joints_3d_visible", "center", "scale", "bbox"):
        np.testing.assert_array_equal(first[key], second[key], err_msg=key)


def test_other_joints_by_dataset_info(coco, person):
    labels = [person(1, 50, keypoints=[12, 6, 2, 13, 7, 1])]
    dataset = coco(sections={"annotations": labels}, arguments={"dataset_info": INFO})
    assert dataset.name == dataset.db[0]["dataset"] == "sticks"
    assert dataset.db[0]["joints_3d"].shape == (2, 3)
    assert dataset.ann_info["flip_pairs"] == [[0, 1]]


def test_fault_of_the_pipeline_shows_at_the_start(coco):
    steps = [{"type": "LoadImageFromFile"}, {"type": "Collect", "keys": ["target"]}]
    with pytest.raises(KeyError, match="TopDownGenerateTarget"):
        coco(arguments={"pipeline": steps})


def test_rehearsal_leaves_the_random_state_alone(coco):
    steps = [{"type": "LoadImageFromFile"}, {"type": "TopDownRandomFlip"}]
    np.random.seed(3)
    expected = np.random.rand()
    np.random.seed(3)
    coco(arguments={"pipeline": steps})
    assert np.random.rand() == expected


def test_damaged_first_picture_shows_at_the_start(coco, folder):
    data = (folder / "0.png").read_bytes()
    (folder / "0.png").write_bytes(data[: len(data) // 2])
    with pytest.raises(ValueError, match=r"0\.png is cut short"):
        coco()


def test_missing_picture_shows_at_the_start(coco, folder):
    (folder / "2.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"2\.png does not exist; check img_prefix"):
        coco()


def test_missing_annotation_file(folder, pipeline):
    with pytest.raises(FileNotFoundError, match=r"annotation file .*nowhere\.json"):
        TopDownCocoDataset(
            str(folder / "nowhere.json"), str(folder), {"image_size": [96, 128]}, pipeline
        )


def test_best_checkpoint_is_told_by(coco, mpii):
    assert (coco().default_metric, coco().key_indicator) == ("mAP", "AP")
    assert (mpii().default_metric, mpii().key_indicator) == ("PCKh", "PCKh")


@pytest.mark.parametrize("metric", ["mAp", ["mAP", "mAp"]])
def test_unknown_metric_names_the_known(coco, tmp_path, metric):
    with pytest.raises(KeyError, match=r"TopDownCocoDataset has no metric 'mAp'.*mean 'mAP'"):
        coco().evaluate([], str(tmp_path), metric)


def test_works_with_torch(coco):
    assert isinstance(coco(), torch.utils.data.Dataset)
