"""Formats and engines are found by their names; those of a user's own file are like the others."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from models.deploy import (
    Engine,
    Exporter,
    ExportOptions,
    build_engine,
    compare,
    engine_for,
    export_verified,
    find_engine,
    find_exporter,
    is_exported,
    open_exported,
)
from models.deploy.base import check_installed
from models.deploy.exported import ready_exporter
from models.registry import ENGINES, EXPORTERS, Registry
from tests.deploy.other_networks import Counting, drawn

SIZE = (64, 96)


class NpzExporter(Exporter):
    """Weights of `Counting` as NumPy's archive."""

    name = "npz"
    suffix = ".npz"
    dynamic_batch = "always"

    def write(self, network, path, input_size, options):
        weights = {key: value.numpy() for key, value in network.state_dict().items()}
        np.savez(path, size=input_size, **weights)
        return [path]


class NumpyRunner(Engine):
    """Runs them; in double precision, so that it can be told apart."""

    name = "numpy"
    suffixes = (".npz",)

    def __init__(self, weights) -> None:
        self.weights = dict(weights)
        self.input_size = tuple(self.weights.pop("size"))

    @classmethod
    def open(cls, path, threads=None, device="cpu"):
        return cls(np.load(path))

    def __call__(self, img):
        network = Counting().eval()
        network.load_state_dict({key: torch.from_numpy(v) for key, v in self.weights.items()})
        return (
            network.double().forward_tensor(torch.from_numpy(img).double()).float().detach().numpy()
        )


@pytest.fixture
def own(monkeypatch):
    """The two, registered for the time of a test."""
    monkeypatch.setitem(EXPORTERS.module_dict, "npz", NpzExporter)
    monkeypatch.setitem(ENGINES.module_dict, "numpy", NumpyRunner)


def test_a_format_of_ones_own(own, crops, tmp_path):
    network = drawn(Counting)
    path = tmp_path / "model.npz"
    assert is_exported(path) and engine_for(path) == "numpy"
    files, agreement = export_verified(network, path, SIZE, "npz", crops, 1e-5)
    assert files == [path] and 0 < agreement.relative < 1e-5
    assert open_exported(path).input_size == SIZE
    with pytest.raises(ValueError, match="takes images of 64×96, not 64×64"):
        open_exported(path, input_size=(64, 64))
    with pytest.raises(ValueError, match="'numpy' runs on the CPU, not on cuda"):
        open_exported(path, device="cuda")
    for options, message in (
        (ExportOptions(half=True), "the format 'npz' has no float16"),
        (ExportOptions(int8=True), "int8 is for the formats onnx and openvino.*'npz'"),
    ):
        with pytest.raises(ValueError, match=message):
            ready_exporter("npz", options)


def test_an_engine_of_ones_own_runs_checkpoints_through_its_format(own, crops):
    network = drawn(Counting)
    agreement = compare(build_engine(network, "numpy", SIZE), network, crops)
    assert 0 < agreement.relative < 1e-5


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("format", "onxn", "no format 'onxn'; did you mean 'onnx'?.*custom_imports"),
        ("engine", "opnvino", "no engine 'opnvino'; did you mean 'openvino'?.*custom_imports"),
    ],
)
def test_unknown_names(kind, name, message):
    with pytest.raises(ValueError, match=message):
        {"format": find_exporter, "engine": find_engine}[kind](name)


def changed(kind: type, **changes) -> type:
    return type("Own", (kind,), {"__module__": "mine", **changes})


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (type("Own", (), {"suffix": ".npz"}), "is not derived from models.deploy.Exporter"),
        (lambda: None, "is not derived from models.deploy.Exporter"),
        (changed(Exporter, name="npz", suffix=".npz"), r"'npz' \(mine.Own\) has no write"),
        (changed(Exporter, write=NpzExporter.write), "has no name, suffix"),
        (changed(NpzExporter, name="other"), "calls itself 'other'"),
        (changed(NpzExporter, suffix="npz"), "are no endings of names"),
        (changed(NpzExporter, suffix=".nobody"), "no engine runs the .nobody files"),
    ],
)
def test_exporters_that_break_the_contract(own, monkeypatch, member, message):
    monkeypatch.setitem(EXPORTERS.module_dict, "npz", member)
    with pytest.raises(ValueError, match=message):
        find_exporter("npz")


@pytest.mark.parametrize(
    ("member", "message"),
    [
        (type("Own", (), {}), "is not derived from models.deploy.Engine"),
        (changed(Engine, name="numpy", suffixes=(".npz",)), "has no __call__, open"),
        (changed(NumpyRunner, suffixes=".npz"), "are no endings of names"),
        (changed(NumpyRunner, suffixes=()), "suffixes and needs are tuples"),
        (changed(NumpyRunner, needs="torch"), "suffixes and needs are tuples"),
        (changed(NumpyRunner, name="numpie"), "calls itself 'numpie'"),
    ],
)
def test_engines_that_break_the_contract(own, monkeypatch, member, message):
    monkeypatch.setitem(ENGINES.module_dict, "numpy", member)
    with pytest.raises(ValueError, match=message):
        find_engine("numpy")


def test_what_is_not_installed_is_named():
    with pytest.raises(ImportError, match="the engine 'a' needs nosuch; pip install numpy nosuch"):
        check_installed("the engine 'a'", ("numpy", "nosuch"))


def test_table_of_the_readme_is_that_of_the_registries(repository):
    readme = Path(repository, "tools/deployment/README.md").read_text(encoding="utf-8")
    tables = re.findall(r"\| `--(format|engine)` .*\n\|[- |]+\n((?:\|.*\n)+)", readme)
    rows = {
        name: [[c.strip() for c in r.split("|")[1:-1]] for r in t.splitlines()]
        for name, t in tables
    }
    yes = {True: "yes", False: "no"}
    assert rows["format"] == [
        [
            f"`{name}`",
            f"`{kind.suffix}`",
            yes[kind.half],
            yes[kind.int8],
            kind.dynamic_batch,
            f"{kind.score_drop:g}",
            " ".join(kind.needs),
        ]
        for name, kind in EXPORTERS.module_dict.items()
    ]
    assert rows["engine"] == [
        [
            f"`{name}`",
            ", ".join(f"`{suffix}`" for suffix in kind.suffixes),
            yes[kind.on_gpu],
            " ".join(kind.needs),
        ]
        for name, kind in ENGINES.module_dict.items()
    ]


def test_registry():
    registry = Registry("thing", "models.deploy")

    @registry.register_module()
    class Thing:
        def __init__(self, size=1) -> None:
            self.size = size

    assert registry.get("Thing") is Thing and registry.get("Other") is None
    assert registry.build({"type": "Thing"}, {"size": 2}).size == 2
    assert registry.build({"type": "Thing", "size": 3}, {"size": 2}).size == 3
    for cfg, message in (
        ({"type": "Thin"}, "Thin is not a thing; did you mean 'Thing'"),
        ({"type": "Thing", "sise": 3}, "thing Thing has no key 'sise'; did you mean 'size'"),
        ({"size": 3}, "must be a dict with the key 'type'"),
    ):
        with pytest.raises(KeyError, match=message):
            registry.build(cfg)
    with pytest.raises(KeyError, match="registered already"):
        registry.register_module("Thing", module=dict)
    registry.register_module("Thing", force=True, module=dict)
    assert registry.get("Thing") is dict


@pytest.mark.parametrize("name", list(ENGINES.module_dict))
def test_several_threads_may_call_one_engine(network, crops, name):
    for package in (*find_engine(name).needs, *{"ncnn": ["pnnx"]}.get(name, [])):
        pytest.importorskip(package)
    engine = build_engine(network, name, SIZE, threads=2)
    parts = [crops[:1], crops[1:3], crops[2:5], crops[4:]] * 6
    expected = [engine(part) for part in parts]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(engine, parts))
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=1e-5)
