"""tools/publish_model.py: what goes out, what does not, and that it is still the same network."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch

from models import build_posenet, load_config
from models.deploy import portable
from models.runtime.checkpoint import load_checkpoint
from tests.tools.conftest import COCO_CONFIG, REPOSITORY, load_tool, overrides

CONFIG = str(REPOSITORY / COCO_CONFIG)
SECRETS = ("/home/jane", "jane-laptop", "s3cret")


@pytest.fixture(scope="module")
def publish():
    """The tool's `main`."""
    tool = load_tool("tools/publish_model.py")
    return lambda *arguments: tool.main([str(argument) for argument in arguments])


@pytest.fixture
def planted(trained, tmp_path) -> Path:
    """A checkpoint with all that should stay at home."""
    content = torch.load(trained / "latest.pth", weights_only=True)
    state = content["state_dict"]
    content["raw_state_dict"] = {name: value + 1 for name, value in state.items()}
    name, value = next((n, v) for n, v in state.items() if v.ndim == 4)
    large = torch.full((2 + 10**6 // value.numel(), *value.shape), 31.25)  # 4 MB
    large[0] = value
    state[name] = large[0]  # a part of a larger storage
    content["state_dict"] = {f"module.{name}": value for name, value in state.items()}
    content["loss_scaler"] = {"scale": 1.0}
    content["meta"].update(
        command="/home/jane/env/bin/python tools/train.py --token s3cret",
        config="/home/jane/mine.py",
        hook_msgs={"last_ckpt": "/home/jane/work_dirs/epoch_2.pth"},
        host_name="jane-laptop",
        config_text="work_dir = '/home/jane/work_dirs'",
    )
    path = tmp_path / "planted.pth"
    torch.save(content, path)
    return path


def only(folder: Path, suffix: str) -> Path:
    (path,) = folder.glob(f"*{suffix}")
    return path


def test_nothing_but_what_users_need(publish, planted, tiny, tmp_path, capsys):
    out = tmp_path / "out"
    publish(CONFIG, planted, out / "pose.pth", *tiny("coco"), "+work_dir=/home/jane/work_dirs")
    path = only(out, ".pth")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert path.name == f"pose-{digest[:8]}.pth"
    assert digest in capsys.readouterr().out
    assert {file.name for file in out.iterdir()} == {
        path.with_suffix(suffix).name for suffix in (".pth", ".py", ".md")
    }
    content = torch.load(path, weights_only=True)
    assert set(content) == {"meta", "state_dict"}
    meta = content["meta"]
    assert meta["keypoint_names"][0] == "nose"
    assert meta["averaged"] is True
    assert meta["epoch"] == 2
    assert meta["config_text"] == path.with_suffix(".py").read_text()
    assert not {"command", "hook_msgs", "config", "host_name", "started"} & set(meta)
    # No path, no larger storage: in all bytes of all three files.
    for file in out.iterdir():
        data = file.read_bytes()
        for secret in (*SECRETS, str(tmp_path), str(REPOSITORY)):
            assert secret.encode() not in data, (file, secret)
    assert path.stat().st_size < 6 * 2**20


def test_published_file_is_the_source(publish, planted, tiny, tmp_path):
    publish(CONFIG, planted, tmp_path / "out", *tiny("coco"))
    path = only(tmp_path / "out", ".pth")
    networks = []
    for config, checkpoint in ((CONFIG, planted), (path.with_suffix(".py"), path)):
        networks.append(build_posenet(load_config(config).model).eval())
        load_checkpoint(networks[-1], checkpoint)
    crops = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(networks[0].forward_tensor(crops), networks[1].forward_tensor(crops))
    # The averaged weights, not those that training goes on from.
    key = "keypoint_head.final_layer.bias"
    source = torch.load(planted, weights_only=True)["state_dict"][f"module.{key}"]
    assert torch.equal(networks[1].state_dict()[key], source)


def test_published_file_is_tested_and_its_scores_are_on_the_card(
    publish, trained, tiny, run_tool, tmp_path
):
    publish(trained, trained / "epoch_2.pth", tmp_path)
    results = tmp_path / "results.json"
    command = "tools/test.py", CONFIG, only(tmp_path, ".pth"), "--out", results
    run_tool(*command, "--work-dir", tmp_path / "test", *tiny("coco"))
    publish(trained, trained / "epoch_2.pth", tmp_path / "out", "--results", results)
    card = only(tmp_path / "out", ".md").read_text()
    assert "test | validation |" in card
    assert "boxes: `data/person_detections_val.json`" in card


def test_run_folder_tells_config_and_scores(publish, trained, tmp_path):
    publish(trained, trained / "epoch_2.pth", tmp_path)
    path = only(tmp_path, ".pth")
    assert path.name.startswith("litehrnet_18_synthetic_128x96-")
    card = path.with_suffix(".md").read_text()
    assert "| AP | " in card
    assert "boxes: ground truth" in card
    assert "Trained on drawn people" in card
    config = load_config(path.with_suffix(".py"))
    assert config.data.train.ann_file.startswith("data/annotations/")
    assert "work_dir" not in config


def test_nothing_is_written_over(publish, trained, tmp_path):
    publish(trained, trained / "epoch_2.pth", tmp_path)
    path = only(tmp_path, ".pth")
    for suffix in (".pth", ".md"):
        before = {file: file.read_bytes() for file in tmp_path.iterdir()}
        with pytest.raises(FileExistsError, match="nothing is written over"):
            publish(trained, trained / "epoch_2.pth", tmp_path)
        assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before
        path.with_suffix(suffix).unlink()  # what remains is in the way as well


def test_names_of_this_machine_are_refused(publish, trained, tmp_path, monkeypatch):
    monkeypatch.setattr(portable, "private_names", lambda: ["jane"])
    arguments = trained, trained / "epoch_2.pth", tmp_path
    option = "--cfg-options", "data.train.img_prefix=data/jane/train/"
    with pytest.raises(ValueError, match=r"data\.train\.img_prefix holds 'jane'"):
        publish(*arguments, *option)
    assert not list(tmp_path.iterdir())
    publish(*arguments, *option, "--allow", "jane")
    assert only(tmp_path, ".pth")


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda state: state.popitem(), "does not fit the network"),
        (lambda state: state["keypoint_head.final_layer.bias"].fill_(torch.nan), "not finite"),
    ],
)
def test_a_harmed_checkpoint_is_refused(publish, trained, tmp_path, harm, message):
    content = torch.load(trained / "epoch_2.pth", weights_only=True)
    harm(content["state_dict"])
    torch.save(content, tmp_path / "harmed.pth")
    with pytest.raises(ValueError, match=message):
        publish(trained, tmp_path / "harmed.pth", tmp_path / "out")
    assert not list((tmp_path / "out").glob("*"))


def test_a_folder_without_a_run_is_refused(publish, trained, tmp_path):
    with pytest.raises(ValueError, match="is no run folder"):
        publish(tmp_path, trained / "epoch_2.pth", tmp_path)


def test_original_checkpoint_with_its_published_row(publish, shared_golden, tmp_path):
    config = REPOSITORY / "configs/top_down/lite_hrnet/coco/litehrnet_18_coco_256x192.py"
    publish(config, shared_golden / "original_coco_12_persons.pth", tmp_path)
    card = only(tmp_path, ".md").read_text()
    assert "| AP | 0.648 |" in card
    assert "not with this file" in card


def test_the_overrides_hold_absolute_paths(tiny_data):
    """Else nothing above shows that paths are taken out."""
    assert any(f"ann_file={tiny_data}" in option for option in overrides(tiny_data, "coco"))
    assert tiny_data.is_absolute()
