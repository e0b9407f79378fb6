"""A format from a user's own file: tools write, verify and run it; PoseInferencer opens it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.deploy.description import read_description
from tests.tools.conftest import COCO_CONFIG

REPOSITORY = Path(__file__).resolve().parents[2]

FORMAT = '''
"""A traced network, and a log of what is run."""

import os

from models.deploy import Engine, Exporter
from models.registry import ENGINES, EXPORTERS


@EXPORTERS.register_module("traced")
class TracedExporter(Exporter):
    name = "traced"
    suffix = ".traced"
    needs = ("torch",)
    dynamic_batch = "always"

    def write(self, network, path, input_size, options):
        import torch

        from models.deploy import exportable

        width, height = input_size
        form = exportable(network, input_size)
        torch.jit.trace(form, torch.zeros(1, 3, height, width)).save(str(path))
        return [path]


@ENGINES.register_module("tracer")
class Tracer(Engine):
    name = "tracer"
    suffixes = (".traced",)
    needs = ("torch",)

    def __init__(self, graph):
        self.graph = graph

    @classmethod
    def open(cls, path, threads=None, device="cpu"):
        import torch

        return cls(torch.jit.load(str(path)))

    def __call__(self, img):
        import torch

        with open(os.environ["RUN_LOG"], "a") as file:
            print(len(img), file=file)
        with torch.no_grad():
            return self.graph(torch.from_numpy(img)).numpy()
'''

PROGRAM = """
import json, sys
from models import PoseInferencer

config, model, image, *options = sys.argv[1:]
inferencer = PoseInferencer(config, model, engine=dict(zip(["engine"], options)).get("engine"))
(prediction,) = inferencer(image)
print(json.dumps([person["keypoints"].tolist() for person in prediction.people]))
"""


@pytest.fixture(scope="module")
def own(trained, run_tool, tiny, tmp_path_factory):
    """A folder with the user's file, a config that names it, and a model of that format."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "my_format.py").write_text(FORMAT)
    (folder / "config.py").write_text(
        f"_base_ = ['{REPOSITORY / COCO_CONFIG}']\n"
        "custom_imports = dict(imports=['my_format'], allow_failed_imports=False)\n"
    )
    done = run_tool(
        *("tools/deployment/export.py", folder / "config.py", trained / "latest.pth"),
        *("--format", "traced", "--out", folder / "model.traced", "--crops", 4, "--eval"),
        *tiny("coco"),
        **environment(folder),
    )
    assert "on 4 images of the test set" in done.stdout
    return folder


def environment(folder: Path) -> dict[str, str]:
    return {"PYTHONPATH": str(folder), "RUN_LOG": str(folder / "log")}


def test_written_and_verified(own):
    model = read_description(own / "model.traced").model
    assert (model["format"], model["batch"]) == ("traced", "any")
    assert model["verified"]["largest_difference_of_heatmaps"] < 1e-5
    assert model["evaluated"]["file"] == pytest.approx(model["evaluated"]["checkpoint"], abs=1e-3)


@pytest.mark.parametrize("what", ["exported model", "checkpoint"])
def test_tested(own, trained, run_tool, tiny, tmp_path, what):
    model = own / "model.traced" if what == "exported model" else trained / "latest.pth"
    (own / "log").unlink(missing_ok=True)
    done = run_tool(
        *("tools/test.py", own / "config.py", model, "--work-dir", tmp_path),
        *([] if what == "exported model" else ["--engine", "tracer"]),
        *tiny("coco"),
        **environment(own),
    )
    assert "AP: " in done.stdout
    assert (own / "log").read_text()


@pytest.mark.parametrize("options", [[], ["tracer"]], ids=["its engine", "asked for"])
def test_opened_by_the_inferencer(own, trained, tiny_data, options):
    image = min((tiny_data / "val").iterdir())
    found = []
    for model, more in (("model.traced", options), (trained / "latest.pth", [])):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, own / "config.py", own / model, image, *more],
            cwd=REPOSITORY,
            env={**os.environ, **environment(own), "PYTHONPATH": f"{REPOSITORY}:{own}"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        found.append(json.loads(done.stdout))
    assert len(found[0]) == len(found[1]) == 1


def test_a_format_that_breaks_its_contract_is_named_at_start(own, trained, run_tool, tmp_path):
    broken = FORMAT.replace('    suffix = ".traced"\n', "").replace("my_format", "broken_format")
    (tmp_path / "my_format.py").write_text(broken)
    done = run_tool(
        *("tools/deployment/export.py", own / "config.py", trained / "latest.pth"),
        *("--format", "traced"),
        check=False,
        **environment(tmp_path),
    )
    assert done.returncode == 1
    assert "exporter 'traced' (my_format.TracedExporter) has no suffix" in done.stderr
    assert "Traceback" not in done.stderr
