"""A config for others: no path and no name of one machine is in it."""

from __future__ import annotations

import pytest
from mmcv import Config

from models.deploy import portable
from models.deploy.portable import check_public, portable_config, strings

CFG = {
    "model": {"type": "TopDown", "pretrained": "/home/jane/backbone.pth"},
    "data": {
        "train": {
            "ann_file": "/home/jane/data/coco/annotations/train.json",
            "img_prefix": "/mnt/disk/train2017/",
            "crop_cache": {"dir": "~/cache"},
            "pipeline": [{"type": "Crop", "mean": (0.5, 0.5)}],
        },
        "val": {"ann_file": "data/coco/annotations/val.json", "img_prefix": "..\\jane\\data\\val"},
        "test": {"ann_file": "C:\\jane\\test.json"},
    },
    "work_dir": "/home/jane/run",
    "log_config": {"hooks": [{"type": "WandbLoggerHook", "init_kwargs": {"entity": "jane"}}]},
    "note": "ask jane",
    "total_epochs": 3,
}


@pytest.mark.parametrize("wrap", [Config, dict])
def test_sections_and_paths(wrap):
    cfg = portable_config(wrap(CFG))
    assert cfg.model.pretrained is None
    data = cfg.data
    assert data.train.ann_file == "data/coco/annotations/train.json"
    assert data.train.img_prefix == "train2017/"
    assert data.train.crop_cache.dir == "cache"
    assert data.train.pipeline == [{"type": "Crop", "mean": (0.5, 0.5)}]
    assert data.val.ann_file == "data/coco/annotations/val.json"
    assert data.val.img_prefix == "data/val"
    assert data.test.ann_file == "test.json"
    assert cfg.total_epochs == 3
    assert cfg.log_config.hooks == [{"type": "TextLoggerHook"}]
    assert not {"work_dir", "note"} & set(cfg)
    assert "jane" not in str(cfg._cfg_dict.to_dict())


def test_input_is_left_as_it_was():
    cfg = Config(CFG)
    portable_config(cfg)
    assert cfg.model.pretrained == "/home/jane/backbone.pth"


@pytest.mark.parametrize(
    "text",
    ["see /home/jane/notes.txt", "dir='/mnt/disk/x'", "a: ~/mine/x", "C:\\users\\jane", "of jane."],
)
def test_what_tells_of_the_machine_is_refused(text, monkeypatch):
    monkeypatch.setattr(portable, "private_names", lambda: ["jane"])
    with pytest.raises(ValueError, match="the card holds"):
        check_public([("the card", text)])


def test_what_does_not_is_let_pass(monkeypatch):
    monkeypatch.setattr(portable, "private_names", lambda: ["jane", "pose"])
    texts = ["https://arxiv.org/abs/2104.06403", "data/coco/train/", "1 / 255", "janet", "(40, 80)"]
    check_public([("the card", text) for text in (*texts, "a pose")], allowed=["pose"])


def test_strings_have_their_places():
    found = dict(strings({"a": [{"b": "x"}], "c": ("y",)}, "config"))
    assert found["config.a.0.b"] == "x"
    assert found["config.c.0"] == "y"


def test_names_of_nobody_do_not_count(monkeypatch):
    monkeypatch.setattr(portable.getpass, "getuser", lambda: "root")
    monkeypatch.setattr(portable.platform, "node", lambda: "box7.example.org")
    monkeypatch.setattr(portable.Path, "home", lambda: portable.Path("/root"))
    assert portable.private_names() == ["box7.example.org", "box7"]
