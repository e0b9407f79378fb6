"""Crops of an image that nobody has looked at are those of the whole image, bit for bit."""

import copy
import pickle

import cv2
import numpy as np
import pytest
import torch

from models.pipelines import Album, BadImage, Compose, LoadImageFromFile, Sample
from models.pipelines.crop import Pixels, cut, needed_region
from models.pipelines.lazy_image import LazyImage
from models.pipelines.picture import ArrayImage, OnlyCropsError
from tests.pipelines.conftest import one_by_one

LOAD = {"type": "LoadImageFromFile"}
AFFINE = {"type": "TopDownAffine"}
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
    {"type": "NormalizeTensor", "mean": [0.485, 0.456, 0.406], "std": [0.2, 0.224, 0.225]},
    {"type": "TopDownGenerateTarget"},
    {"type": "Collect", "keys": ["img", "target", "target_weight"], "meta_keys": ["center"]},
]


def raise_center(sample):
    """A user's step: numbers only, in place."""
    sample["center"] = sample["center"] + [3, -2]
    return sample


def raise_center_of_a_copy(sample):
    """The same into a plain dict."""
    return {**sample, "center": sample["center"] + [3, -2]}


def darken(sample):
    """A user's step: pixels."""
    sample["img"] = sample["img"] // 2
    return sample


def darken_a_copy(sample):
    """The same into a plain dict, by a library that wants arrays."""
    made = dict(sample)
    made["img"] = cv2.convertScaleAbs(made["img"], alpha=0.5)
    return made


def darken_in_place(sample):
    sample["img"] //= 2
    return sample


def both(steps, given, seed=0):
    """What comes out of a pipeline, and of its steps one by one; and the next random numbers."""
    made = []
    for run in (Compose(steps), lambda sample: one_by_one(steps, sample)):
        np.random.seed(seed)
        made += [run(given), np.random.rand()]
    return made


@pytest.mark.parametrize("order", ["rgb", "bgr"])
@pytest.mark.parametrize("use_udp", [False, True])
def test_crops_are_equal_under_all_augmentation(on_disk, order, use_udp, cut_from_file):
    steps = [{**LOAD, "channel_order": order}, *AUGMENT, {**AFFINE, "use_udp": use_udp}]
    flipped = 0
    for seed in range(40):
        fast, after, plain, plainly_after = both(steps, on_disk, seed)
        assert after == plainly_after  # as many random numbers
        for key in ("img", "joints_3d", "joints_3d_visible", "center", "scale", "crop_matrix"):
            np.testing.assert_array_equal(fast[key], plain[key], err_msg=key)
        flipped += plain["flipped"]
        assert (fast["flipped"], fast["rotation"]) == (plain["flipped"], plain["rotation"])
    assert 5 < flipped < 35
    assert cut_from_file == [(96, 128)] * 40


def test_whole_training_pipeline_is_equal(on_disk):
    steps = [LOAD, *AUGMENT, AFFINE, *LAST]
    for seed in range(10):
        fast, _, plain, _ = both(steps, on_disk, seed)
        for key in ("img", "target", "target_weight"):
            assert torch.equal(torch.as_tensor(fast[key]), torch.as_tensor(plain[key])), key
        assert fast["img"].dtype == torch.float32


@pytest.mark.parametrize(
    ("between", "is_fast"),
    [
        ([raise_center], True),
        ([raise_center, {"type": "TopDownRandomFlip", "flip_prob": 1}] * 2, True),
        ([raise_center_of_a_copy], False),
        ([darken], False),
        ([darken_a_copy], False),
        ([darken_in_place], False),
        ([{"type": "PhotometricDistortion"}], False),
        ([{"type": "TopDownRandomFlip", "flip_prob": 1}, darken, {"type": "TopDownRandomFlip"}], 0),
        ([darken, {"type": "TopDownRandomFlip", "flip_prob": 1}], False),
    ],
)
def test_steps_of_a_user_run_as_they_stand(on_disk, cut_from_file, between, is_fast):
    """Numbers keep the speed, pixels are right; no step has to say which it changes."""
    steps = [LOAD, *between, AFFINE]
    for seed in range(5):
        made, _, plain, _ = both(steps, on_disk, seed)
        for key in ("img", "joints_3d", "center"):
            np.testing.assert_array_equal(made[key], plain[key], err_msg=key)
    assert len(cut_from_file) == (5 if is_fast else 0)


@pytest.mark.parametrize("step", [darken, darken_a_copy, {"type": "PhotometricDistortion"}])
def test_only_crops_are_read_where_reduced(on_disk, step):
    """Steps that look at the whole image are named; others may copy the sample."""
    load = {**LOAD, "reduced": True}
    name = step["type"] if isinstance(step, dict) else step.__name__
    with pytest.raises(ValueError, match=rf"reduced=True\) only crops .*the step {name} looks"):
        Compose([load, step, AFFINE])(on_disk)
    with pytest.raises(ValueError, match=r"reduced=True\).*no step of the pipeline cuts"):
        Compose([load, raise_center])(on_disk)
    expected = Compose([load, raise_center, AFFINE])(on_disk)
    for copying in (raise_center_of_a_copy, lambda s: raise_center(s.copy())):
        made = Compose([load, copying, AFFINE])(on_disk)
        np.testing.assert_array_equal(made["img"], expected["img"])
    assert Compose([load, AFFINE, step])(on_disk)["img"].shape == (128, 96, 3)
    with pytest.raises(ValueError, match="to_float32"):
        LoadImageFromFile(to_float32=True, reduced=True)


def test_other_key_errors_of_a_step_stay(on_disk):
    with pytest.raises(KeyError, match="cneter"):
        Compose([{**LOAD, "reduced": True}, lambda s: {**s}["cneter"], AFFINE])(on_disk)


def test_float_images(on_disk):
    steps = [{**LOAD, "to_float32": True}, AFFINE]
    made, _, plain, _ = both(steps, on_disk)
    assert made["img"].dtype == np.float32
    np.testing.assert_array_equal(made["img"], plain["img"])
    assert (made["img"] % 1).any()  # not rounded between


def test_images_in_memory(on_disk, cut_from_file):
    image = cv2.imread(on_disk["image_file"], cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    before = image.copy()
    for order in ("rgb", "bgr"):
        load = {**LOAD, "channel_order": order}
        for steps in ([load, AFFINE], [load, darken_in_place, AFFINE]):
            expected = Compose(steps)(on_disk)["img"]
            made = Compose(steps)({**on_disk, "img": image, "image_file": ""})["img"]
            np.testing.assert_array_equal(made, expected)
    np.testing.assert_array_equal(image, before)
    assert len(cut_from_file) == 4


@pytest.fixture
def lazy(on_disk):
    """A sample whose image nobody has looked at, and the pixels."""
    made = LoadImageFromFile()(Sample(on_disk))
    return made, cv2.imread(on_disk["image_file"])[..., ::-1]


def test_a_lazy_image_is_there_for_everybody_who_asks(lazy):
    sample, image = lazy
    ways = {
        "[]": lambda s: s["img"],
        "get": lambda s: s.get("img"),
        "pop": lambda s: s.pop("img"),
        "setdefault": lambda s: s.setdefault("img", 1),
        "items": lambda s: dict(s.items())["img"],
        "values": lambda s: next(v for v in s.values() if np.shape(v) == image.shape),
        "**": lambda s: {**s}["img"],
        "dict": lambda s: dict(s)["img"],
        "arguments": lambda s: (lambda img, **_: img)(**s),
        "copy": lambda s: s.copy()["img"],
        "copy.copy": lambda s: copy.copy(s)["img"],
        "deepcopy": lambda s: copy.deepcopy(s)["img"],
        "pickle": lambda s: pickle.loads(pickle.dumps(s))["img"],
        "|": lambda s: (s | {"x": 1})["img"],
        "Sample": lambda s: Sample(s)["img"],
    }
    for name, ask in ways.items():
        np.testing.assert_array_equal(ask(sample.copy()), image, err_msg=name)
    assert sample.image is not None  # nobody has looked at this one
    assert "img" in sample
    assert "img" in list(sample) and "img" in sample.keys()  # noqa: SIM118
    assert len(sample) == len(dict(sample))
    assert sample.get("imgs", 5) == 5 and "imgs" not in sample


def test_a_lazy_image_gives_way(lazy):
    for change in (
        lambda s: s.__setitem__("img", 7),
        lambda s: s.update(img=7),
        lambda s: s.__ior__({"img": 7}),
    ):
        sample = lazy[0].copy()
        change(sample)
        assert sample["img"] == 7 and sample.image is None
    for change in (lambda s: s.pop("img"), lambda s: s.__delitem__("img")):
        sample = lazy[0].copy()
        change(sample)
        assert "img" not in sample and "img" not in list(sample)
        with pytest.raises(KeyError, match="LoadImageFromFile"):
            sample["img"]


def test_pixels_may_be_written_to_and_others_do_not_see_it(on_disk):
    load = LoadImageFromFile(channel_order="bgr")
    first, second = load(Sample(on_disk)), load(Sample(on_disk))
    first["img"][:] = 0
    assert second["img"].any()
    image = np.full((5, 6, 3), 9, np.uint8)
    LazyImage(ArrayImage(image), "bgr").array()[:] = 0
    assert (image == 9).all()


def test_files_are_let_go_of(on_disk):
    """A batch of samples does not keep its whole images in memory."""
    made = Compose([LOAD, AFFINE]).begin(on_disk)
    assert not any(isinstance(getattr(made, slot), LazyImage) for slot in made.__slots__)


def test_damaged_images_show_before_the_batch(on_disk):
    """Where no step looks at it, the image is decoded while its sample can still be left out."""
    with open(on_disk["image_file"], "r+b") as f:
        f.seek(30)
        f.write(bytes(400))
    pipeline = Compose([LOAD, LAST[0]])
    with pytest.raises(BadImage):
        pipeline.begin(on_disk)


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


def test_errors_cross_processes():
    error = OnlyCropsError("crop_cache", "somebody looks")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
