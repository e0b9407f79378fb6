"""Pixels on disk: the same crops, and never those of other annotations or pictures."""

import json
import os
import shutil
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch

from models.datasets import build_dataloader, crop_cache
from models.datasets.crop_cache import CachedPicture, size_of


@pytest.fixture
def noisy(folder):
    """Noise in the pictures, so that a pixel out of place shows."""
    for i in range(3):
        noise = np.random.default_rng(i).integers(0, 256, (60, 80, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f"{i}.png"), noise)
    return folder


@pytest.fixture
def arguments(noisy, pipeline):
    """Arguments of a data set with augmentation and a cache that reaches less far than that."""
    augment = [
        {"type": "TopDownRandomFlip"},
        {"type": "TopDownGetRandomScaleRotation", "scale_factor": 0.5},
    ]
    return {
        "pipeline": [pipeline[0], *augment, *pipeline[1:]],
        "crop_cache": {"dir": str(noisy / "cache"), "reach": 1.2},
    }


def made(coco, arguments, **kwargs):
    """The data set, its cache built."""
    settings = arguments["crop_cache"]
    cache = coco(arguments={**arguments, "crop_cache": None}, **kwargs).crop_cache(settings)
    cache.build(cache.plan())
    return coco(arguments=arguments, **kwargs)


def epoch(dataset, workers=0):
    return torch.cat([b["img"] for b in build_dataloader(dataset, 2, workers, seed=0)])


def test_crops_are_equal_within_and_beyond_the_cache(coco, arguments, monkeypatch):
    cached = made(coco, arguments)
    plain = coco(arguments={**arguments, "crop_cache": None})
    asked = []
    pixels = CachedPicture.pixels

    def counted(self, region, reduction=1):
        found = pixels(self, region, reduction)
        asked.append(found is self.stored)
        return found

    monkeypatch.setattr(CachedPicture, "pixels", counted)
    for number in range(12):
        for dataset in (cached, plain):
            np.random.seed(number)
            dataset.made = dataset[number % 3]["img"]
        assert torch.equal(cached.made, plain.made)
    assert True in asked
    assert False in asked


def test_pictures_are_not_read_again(coco, arguments, noisy):
    arguments["crop_cache"]["reach"] = 9
    dataset = made(coco, arguments)
    expected = epoch(dataset)
    for i in range(3):
        (noisy / f"{i}.png").unlink()
    assert torch.equal(epoch(dataset), expected)


def test_steps_of_a_user_that_change_numbers_read_it_too(coco, arguments, noisy):
    def shift(sample):
        return {**sample, "center": sample["center"] + [1, -1]}

    arguments["crop_cache"]["reach"] = 9
    arguments["pipeline"].insert(1, shift)
    dataset = made(coco, arguments)
    expected = epoch(coco(arguments={**arguments, "crop_cache": None}))
    for i in range(3):
        (noisy / f"{i}.png").unlink()
    assert torch.equal(epoch(dataset), expected)


def test_steps_that_look_at_the_whole_image_are_named_at_the_start(coco, arguments):
    made(coco, arguments)
    arguments["pipeline"].insert(2, {"type": "PhotometricDistortion"})
    with pytest.raises(ValueError, match=r"with crop_cache only.*PhotometricDistortion looks"):
        coco(arguments=arguments)
    arguments["pipeline"][0] = {"type": "LoadImageFromFile", "to_float32": True}
    with pytest.raises(ValueError, match=r"with crop_cache only.*LoadImageFromFile looks"):
        coco(arguments=arguments)


@pytest.mark.parametrize("workers", [1, 2])
def test_loading_processes_read_it(coco, arguments, workers):
    dataset = made(coco, arguments)
    assert torch.equal(epoch(dataset, workers), epoch(dataset))


def test_missing_cache_names_the_tool(coco, arguments):
    with pytest.raises(FileNotFoundError, match=r"no crop cache .*build_crop_cache\.py"):
        coco(arguments=arguments)


def test_other_annotations_and_settings_are_another_cache(coco, arguments, person):
    dataset = made(coco, arguments)
    settings = arguments["crop_cache"]
    first = dataset.crop_cache(settings).index_file
    assert dataset.crop_cache({**settings, "reach": 3}).index_file != first
    with pytest.raises(FileNotFoundError, match="no crop cache"):
        coco(arguments=arguments, sections={"annotations": [person(9, 50, bbox=[0, 0, 9, 9])]})
    with pytest.raises(FileNotFoundError, match="no crop cache"):
        coco(arguments=arguments, image_size=[64, 96])


def test_changed_picture_is_noticed(coco, arguments, noisy):
    made(coco, arguments)
    os.utime(noisy / "1.png", (1, 1))  # nobody is in it
    coco(arguments=arguments)
    os.utime(noisy / "0.png", (1, 1))
    with pytest.raises(ValueError, match=r"0\.png has changed since crop cache"):
        coco(arguments=arguments)


def test_damaged_cache_is_noticed(coco, arguments):
    file = made(coco, arguments).crop_cache(arguments["crop_cache"]).pixel_file
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(ValueError, match="bytes and not"):
        coco(arguments=arguments)


def test_it_is_not_written_over_and_not_left_half_done(coco, arguments, monkeypatch):
    plain = coco(arguments={**arguments, "crop_cache": None})
    cache = plain.crop_cache(arguments["crop_cache"])
    plan = cache.plan()
    with monkeypatch.context() as m:
        m.setattr(np, "ascontiguousarray", lambda a: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            cache.build(plan)
    assert not cache.exists
    assert [path.name for path in cache.pixel_file.parent.iterdir()] == [".lock"]
    cache.build(plan)
    with pytest.raises(FileExistsError, match="remove it"):
        cache.build(plan)
    size = sum(region.pixels for region in plan.values()) * 3
    assert cache.pixel_file.stat().st_size == size
    assert json.loads(cache.index_file.read_text())["bytes"] == size


def test_region_is_what_the_reach_says(coco, arguments):
    dataset = coco(arguments={**arguments, "crop_cache": None})
    for person in dataset.db:
        person["center"], person["scale"] = np.float32([40, 30]), np.float32([0.06, 0.08])
    settings = arguments["crop_cache"]
    for reach, expected in ((1, (32, 22, 48, 38)), (3, (16, 6, 64, 54)), (9, (0, 0, 80, 60))):
        plan = dataset.crop_cache({**settings, "reach": reach}).plan()
        assert set(plan.values()) == {expected}


def test_unreadable_pictures_are_left_to_training(coco, arguments, noisy):
    (noisy / "2.png").write_bytes(b"")
    arguments["skip_bad_images"] = True
    dataset = made(coco, arguments)
    assert list(dataset[2]["img_metas"].data["skipped"]) == [str(noisy / "2.png")]


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"reach": 2}, KeyError),
        ({"dir": "x", "reech": 2}, KeyError),
        ({"dir": "x", "reach": 0.5}, ValueError),
    ],
)
def test_impossible_settings(coco, settings, error):
    with pytest.raises(error, match=r"crop_cache|reach"):
        coco().crop_cache(settings)


def test_what_a_killed_build_left_is_removed(coco, arguments):
    cache = coco(arguments={**arguments, "crop_cache": None}).crop_cache(arguments["crop_cache"])
    left = cache.pixel_file.with_name(f".{cache.pixel_file.name}.abcd.pixels")
    left.parent.mkdir()
    left.write_bytes(bytes(10))
    other = left.with_name("other.pixels")
    other.write_bytes(bytes(10))
    cache.build(cache.plan())
    assert not left.exists()
    assert other.exists()


def test_a_cache_without_room_is_not_begun(coco, arguments, monkeypatch):
    cache = coco(arguments={**arguments, "crop_cache": None}).crop_cache(arguments["crop_cache"])
    plan = cache.plan()
    monkeypatch.setattr(
        shutil, "disk_usage", lambda folder: SimpleNamespace(free=size_of(plan) - 1)
    )
    with pytest.raises(ValueError, match=r"cache has no room: 0\.00 GB are needed"):
        cache.build(plan)
    assert not cache.exists
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=size_of(plan)))
    cache.build(plan)
    assert cache.pixel_file.stat().st_size == size_of(plan)


def test_one_process_builds_at_a_time(coco, arguments, monkeypatch):
    cache = coco(arguments={**arguments, "crop_cache": None}).crop_cache(arguments["crop_cache"])
    held = []
    monkeypatch.setattr(crop_cache, "hold", lambda folder, what: held.append(what))
    cache.build(cache.plan())
    assert held == ["crop cache folder"]
