"""Steps put together answer with the bits of the steps one by one."""

import pickle

import cv2
import numpy as np
import pytest
import torch

from models.pipelines import Album, BadImage, Compose, LoadImageFromFile, TopDownAffine
from models.pipelines.crop import Pixels, cut, needed_region
from models.pipelines.fusion import fuse

NORMALIZE = {"type": "NormalizeTensor", "mean": [0.485, 0.456, 0.406], "std": [0.2, 0.224, 0.225]}
AUGMENT = [
    {"type": "TopDownGetBboxCenterScale", "padding": 1.1},
    {"type": "TopDownRandomShiftBboxCenter"},
    {"type": "TopDownRandomTranslation", "trans_prob": 0.3},
    {"type": "TopDownRandomFlip"},
    {"type": "TopDownHalfBodyTransform"},
    {"type": "TopDownGetRandomScaleRotation"},
]
LAST = [
    {"type": "ToTensor"},
    NORMALIZE,
    {"type": "TopDownGenerateTarget"},
    {"type": "Collect", "keys": ["img", "target", "target_weight"], "meta_keys": ["center"]},
]


@pytest.fixture(params=["jpg", "png"])
def on_disk(sample, tmp_path, request):
    """The sample with its picture in a file, odd in width and height."""
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (101, 121, 3), dtype=np.uint8)
    sample["image_file"] = str(tmp_path / f"person.{request.param}")
    cv2.imwrite(sample["image_file"], image)
    del sample["img"]
    return sample


def drawn(steps, given, seed, **kwargs):
    np.random.seed(seed)
    made = Compose(steps, **kwargs)(given)
    return made, np.random.rand()


@pytest.mark.parametrize("order", ["rgb", "bgr"])
@pytest.mark.parametrize("use_udp", [False, True])
def test_crops_are_equal_under_all_augmentation(on_disk, order, use_udp):
    load = {"type": "LoadImageFromFile", "channel_order": order}
    steps = [load, *AUGMENT, {"type": "TopDownAffine", "use_udp": use_udp}]
    assert len(Compose(steps).runs) == 1
    flipped = 0
    for seed in range(40):
        (fast, after), (plain, plainly_after) = (
            drawn(steps, on_disk, seed, fused=fused) for fused in (True, False)
        )
        assert after == plainly_after  # as many random numbers
        for key in ("img", "joints_3d", "joints_3d_visible", "center", "scale", "crop_matrix"):
            np.testing.assert_array_equal(fast[key], plain[key], err_msg=key)
        flipped += plain["flipped"]
        assert (fast["flipped"], fast["rotation"]) == (plain["flipped"], plain["rotation"])
    assert 5 < flipped < 35


def test_whole_training_pipeline_is_equal(on_disk):
    steps = [{"type": "LoadImageFromFile"}, *AUGMENT, {"type": "TopDownAffine"}, *LAST]
    for seed in range(10):
        (fast, _), (plain, _) = (drawn(steps, on_disk, seed, fused=f) for f in (True, False))
        for key in ("img", "target", "target_weight"):
            assert torch.equal(torch.as_tensor(fast[key]), torch.as_tensor(plain[key])), key
        assert fast["img"].dtype == torch.float32


@pytest.mark.parametrize("target", [{}, {"encoding": "UDP"}, {"encoding": "Megvii"}])
@pytest.mark.parametrize("weights", [False, True])
def test_batches_are_their_samples(on_disk, target, weights):
    on_disk["ann_info"]["use_different_joint_weights"] = weights
    steps = [{"type": "LoadImageFromFile"}, *AUGMENT, {"type": "TopDownAffine"}, *LAST]
    steps[-2] = {"type": "TopDownGenerateTarget", **target}
    pipeline = Compose(steps)
    single = [drawn(steps, on_disk, seed, fused=False)[0] for seed in range(4)]
    begun = []
    for seed in range(4):
        np.random.seed(seed)
        begun.append(pipeline.begin(on_disk))
    for made, expected in zip(pipeline.finish(begun), single, strict=True):
        for key in ("img", "target", "target_weight"):
            np.testing.assert_array_equal(made[key], expected[key], err_msg=key)


def test_steps_that_may_draw_are_not_put_off():
    """A sample's seed holds until the last step that may draw has run."""
    steps = Compose([{"type": "TopDownAffine"}, lambda sample: sample, LAST[0], *LAST[2:]])
    assert len(steps._tail) == 2  # target and Collect; ToTensor alone makes floats one by one
    assert Compose([LAST[2], lambda sample: sample])._tail == []


def test_joint_at_fault_is_named_in_a_batch_too(sample):
    pipeline = Compose([LAST[2]])
    bad = {**sample, "joints_3d": np.full((17, 3), np.nan, np.float32)}
    bad["joints_3d"][:2] = 0
    with pytest.raises(ValueError, match="joint 2 is"):
        pipeline.finish([dict(sample), bad])


class OwnAffine(TopDownAffine):
    """A step of another project, which may do anything."""


@pytest.mark.parametrize(
    "between",
    [[{"type": "PhotometricDistortion"}], [OwnAffine()], [{"type": "TopDownRandomFlip"}] * 2],
)
def test_other_steps_run_as_they_stand(between):
    steps = [{"type": "LoadImageFromFile"}, *between, {"type": "TopDownAffine"}]
    pipeline = Compose(steps)
    assert pipeline.runs == pipeline.steps


def test_name_tells_what_runs():
    steps = [{"type": "LoadImageFromFile"}, {"type": "TopDownAffine"}, *LAST[:2]]
    assert repr(Compose(steps)) == (
        "Compose(CropFromFile(LoadImageFromFile, TopDownAffine), "
        "NormalizedTensor(ToTensor, NormalizeTensor))"
    )


@pytest.mark.parametrize("matrix_seed", range(30))
def test_only_needed_pixels_are_read(matrix_seed):
    """The same crop, whatever lies beside the region that it is said to need."""
    rng = np.random.default_rng(matrix_seed)
    image = rng.integers(0, 256, (90, 110, 3), dtype=np.uint8)
    angle, zoom = rng.uniform(-3, 3), rng.uniform(0.2, 3)
    linear = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = np.column_stack([linear, [48, 64] - linear @ rng.uniform(-30, 130, 2)])
    needed = needed_region(matrix, (96, 128), (110, 90))
    expected = cv2.warpAffine(image[..., ::-1], matrix, (96, 128), flags=cv2.INTER_LINEAR)
    other = rng.integers(0, 256, image.shape, dtype=np.uint8)
    cut(Pixels(other), needed_region(matrix, (96, 128), (110, 90)), (110, 90), matrix, (96, 128))
    place = np.s_[needed.top : needed.bottom, needed.left : needed.right]
    part = Pixels(image[place], needed.left, needed.top)
    np.testing.assert_array_equal(cut(part, needed, (110, 90), matrix, (96, 128)), expected)


def test_pictures_are_decoded_once_and_anew_when_changed(tmp_path):
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), np.zeros((8, 9, 3), np.uint8))
    album = Album(keep=1)
    first = album.open(str(path))
    assert album.open(str(path)) is first
    cv2.imwrite(str(path), np.full((8, 10, 3), 9, np.uint8))
    assert album.open(str(path)).array()[0, 0, 0] == 9
    with pytest.raises(BadImage):
        album.open(str(tmp_path / "none.png"))
    assert not pickle.loads(pickle.dumps(album))._pictures


def test_reduced_needs_steps_that_do_not_look_at_the_picture():
    steps = [{"type": "LoadImageFromFile", "reduced": True}, {"type": "PhotometricDistortion"}]
    with pytest.raises(ValueError, match=r"reduced=True.*PhotometricDistortion"):
        Compose([*steps, {"type": "TopDownAffine"}])
    with pytest.raises(ValueError, match="to_float32"):
        fuse([LoadImageFromFile(to_float32=True, reduced=True), TopDownAffine()])


def test_album_needs_steps_that_ask_it():
    with pytest.raises(ValueError, match="crop_cache"):
        Compose([{"type": "TopDownAffine"}], album=Album())
