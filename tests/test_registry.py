"""Names and classes, without mmcv."""

from __future__ import annotations

import sys
import types

import pytest

from models import builder, registry
from models.registry import Registry


@pytest.fixture
def shapes(monkeypatch):
    home = types.ModuleType("home_of_shapes")
    monkeypatch.setitem(sys.modules, "home_of_shapes", home)
    return Registry("shape", "home_of_shapes")


def test_members_are_built_by_name(shapes):
    @shapes.register_module()
    class Disc:
        def __init__(self, radius, color="red"):
            self.radius, self.color = radius, color

    shapes.register_module(name="Ring", module=Disc)
    disc = shapes.build({"type": "Disc"}, {"radius": 2, "color": "blue"})
    assert (disc.radius, disc.color) == (2, "blue")
    assert shapes.build({"type": "Ring", "radius": 1}, {"radius": 2}).radius == 1
    assert shapes.build({"type": Disc, "radius": 3}).radius == 3
    assert shapes.get("Disc") is Disc and shapes.get("Square") is None
    with pytest.raises(KeyError, match="shape Disc has no key 'radios'; did you mean 'radius'"):
        shapes.build({"type": "Disc", "radios": 1})
    with pytest.raises(KeyError, match="Dics is not a shape; did you mean 'Disc'"):
        shapes.build({"type": "Dics"})
    with pytest.raises(KeyError, match="key 'type'"):
        shapes.build({"radius": 1})


def test_a_name_is_taken_once(shapes):
    class First:
        pass

    class Second:
        pass

    shapes.register_module("Shape", module=First)
    with pytest.raises(KeyError, match="'Shape' is registered already"):
        shapes.register_module("Shape", module=Second)
    shapes.register_module("Shape", force=True, module=Second)
    assert isinstance(shapes.build({"type": "Shape"}), Second)


def test_home_is_imported_first(tmp_path, monkeypatch):
    (tmp_path / "home_of_boxes.py").write_text(
        "from tests_boxes import BOXES\n\n@BOXES.register_module()\nclass Box:\n    pass\n"
    )
    holder = types.ModuleType("tests_boxes")
    holder.BOXES = Registry("box", "home_of_boxes")
    monkeypatch.setitem(sys.modules, "tests_boxes", holder)
    monkeypatch.syspath_prepend(tmp_path)
    assert type(holder.BOXES.build({"type": "Box"})).__name__ == "Box"
    monkeypatch.delitem(sys.modules, "home_of_boxes")


def test_builder_has_them_too():
    for name in ("CODECS", "ENGINES", "EXPORTERS"):
        assert getattr(builder, name) is getattr(registry, name)
