"""The text of a config gives the config back."""

from __future__ import annotations

import pytest
from mmcv import Config

from models import load_config
from models.runtime.config_text import config_text


def executed(text: str) -> dict:
    namespace: dict = {}
    exec(text, namespace)
    del namespace["__builtins__"]
    return namespace


def test_every_config_comes_back(repository):
    paths = sorted((repository / "configs/top_down").rglob("*.py"))
    assert len(paths) > 10
    for path in paths:
        cfg = load_config(path)
        text = config_text(cfg)
        assert executed(text) == cfg._cfg_dict.to_dict(), path
        long = [line for line in text.splitlines() if len(line) > 100]
        assert all(line.endswith((".json',", "/',")) for line in long), path  # paths have no break


TEXTS = ["it's/x", 'it\'s "q"', "back\\slash", "line\nbreak"]
OTHERS = [(1,), (), {}, [], {"a b": 1, 0: 2}, {"class": 1}, None, -1.5, [{"x": (1, "2")}] * 30]


@pytest.mark.parametrize("value", [*TEXTS, *OTHERS])
def test_awkward_values(value):
    assert executed(config_text(Config({"key": value}))) == {"key": value}
