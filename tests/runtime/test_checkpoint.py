"""Checkpoints: safe to read, whole or not there, and plain words where they do not fit."""

from __future__ import annotations

import copy
import io
import os

import numpy as np
import pytest
import torch

from models import build_posenet, load_config
from models.runtime.checkpoint import load_checkpoint, read_checkpoint, save_checkpoint


@pytest.fixture(scope="module")
def cfgs(repository):
    folder = repository / "configs/top_down"
    return {
        "18": load_config(folder / "lite_hrnet/coco/litehrnet_18_coco_256x192.py").model,
        "30": load_config(folder / "lite_hrnet/coco/litehrnet_30_coco_256x192.py").model,
        "naive": load_config(
            folder / "naive_litehrnet/coco/naive_litehrnet_18_coco_256x192.py"
        ).model,
        "mpii": load_config(folder / "lite_hrnet/mpii/litehrnet_18_mpii_256x256.py").model,
    }


@pytest.fixture(scope="module")
def saved(cfgs, tmp_path_factory):
    """A checkpoint of Lite-HRNet-18 for COCO."""
    path = tmp_path_factory.mktemp("checkpoints") / "epoch_1.pth"
    model = build_posenet(cfgs["18"])
    optimizer = torch.optim.Adam(model.parameters())
    save_checkpoint(model, path, optimizer, {"epoch": 1, "iter": 7})
    return path


class Hostile:
    """A pickle that would run a command when loaded."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return os.system, (f"touch {self.target}",)


def test_round_trip(saved, cfgs):
    model = build_posenet(cfgs["18"])
    rest = load_checkpoint(model, saved)
    assert rest["meta"]["epoch"] == 1
    assert rest["meta"]["iter"] == 7
    assert "optimizer" in rest
    state = torch.load(saved, weights_only=True)["state_dict"]
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())


def test_bare_backbone_weights(saved, cfgs, tmp_path):
    state = read_checkpoint(saved)["state_dict"]
    part = {k.removeprefix("backbone."): v for k, v in state.items() if k.startswith("backbone.")}
    torch.save(part, tmp_path / "backbone.pth")
    cfg = copy.deepcopy(cfgs["mpii"])  # other joints: only the backbone fits
    cfg.pretrained = str(tmp_path / "backbone.pth")
    model = build_posenet(cfg)
    key = "stem.conv1.conv.weight"
    assert torch.equal(model.backbone.state_dict()[key], part[key])
    cfg.pretrained = str(saved)
    assert torch.equal(build_posenet(cfg).backbone.state_dict()[key], part[key])


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("30", r"missing .*depth \(18 or 30\): 18 in the file, 30 in the config"),
        ("naive", "kind of block: LITE in the file, NAIVE in the config"),
        ("mpii", r"of another shape .*number of joints: 17 in the file, 16 in the config"),
    ],
)
def test_another_architecture_is_named(saved, cfgs, kind, message):
    with pytest.raises(ValueError, match=message) as caught:
        load_checkpoint(build_posenet(cfgs[kind]), saved)
    assert str(saved) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file(cfgs):
    with pytest.raises(FileNotFoundError, match=r"checkpoint nowhere\.pth does not exist"):
        load_checkpoint(build_posenet(cfgs["18"]), "nowhere.pth")


@pytest.mark.parametrize("size", [0, 1000, -1000])
def test_cut_file(saved, tmp_path, size):
    path = tmp_path / "cut.pth"
    path.write_bytes(saved.read_bytes()[:size] if size else b"")
    with pytest.raises(ValueError, match="is damaged or no checkpoint"):
        read_checkpoint(path)


def test_text_file(tmp_path):
    path = tmp_path / "page.pth"
    path.write_text("<html>404</html>")
    with pytest.raises(ValueError, match=r"checkpoint .*page\.pth"):
        read_checkpoint(path)


@pytest.mark.parametrize("zipped", [True, False])
def test_hostile_file_runs_nothing(tmp_path, zipped):
    proof = tmp_path / "proof"
    path = tmp_path / "hostile.pth"
    torch.save(
        {"state_dict": {"w": torch.zeros(1)}, "meta": Hostile(proof)},
        path,
        _use_new_zipfile_serialization=zipped,
    )
    with pytest.raises(ValueError, match="was not loaded, since that could run code"):
        read_checkpoint(path)
    assert not proof.exists()


def test_trusted_file_may_run_code(tmp_path):
    proof = tmp_path / "proof"
    torch.save({"state_dict": {"w": torch.zeros(1)}, "meta": Hostile(proof)}, tmp_path / "a.pth")
    assert "state_dict" in read_checkpoint(tmp_path / "a.pth", trust=True)
    assert proof.exists()


@pytest.mark.parametrize("zipped", [True, False])
def test_numbers_of_numpy_are_harmless(tmp_path, zipped):
    """mmpose's checkpoints keep their best score as one."""
    numbers = [np.float64(0.65), np.float32(0.5), np.int64(3), np.bool_(True)]
    torch.save(
        {"state_dict": {"w": torch.zeros(1)}, "meta": {"hook_msgs": {"best_score": numbers}}},
        tmp_path / "a.pth",
        _use_new_zipfile_serialization=zipped,
    )
    read = read_checkpoint(tmp_path / "a.pth")["meta"]["hook_msgs"]["best_score"]
    assert [float(number) for number in read] == [0.65, 0.5, 3, 1]


def test_both_names_that_numpy_gave_its_numbers_are_known(tmp_path):
    names = b"numpy._core.multiarray", b"numpy.core.multiarray"
    pickled = io.BytesIO()
    content = {"state_dict": {"w": torch.zeros(1)}, "x": np.float64(0.65)}
    torch.save(content, pickled, _use_new_zipfile_serialization=False)
    (now,) = (name for name in names if name in pickled.getvalue())
    for name in names:
        (tmp_path / "a.pth").write_bytes(pickled.getvalue().replace(now, name))
        assert read_checkpoint(tmp_path / "a.pth")["x"] == 0.65


def test_flipped_bit_is_found_out(saved, tmp_path):
    content = bytearray(saved.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "a.pth").write_bytes(content)
    torch.load(tmp_path / "a.pth", weights_only=True)  # torch itself does not see it
    with pytest.raises(ValueError, match=r"is damaged or no checkpoint \(check sum of"):
        read_checkpoint(tmp_path / "a.pth")


def test_no_state_dict(tmp_path):
    torch.save({"state_dict": {"epoch": 3}}, tmp_path / "a.pth")
    with pytest.raises(ValueError, match="no state dict of tensors"):
        read_checkpoint(tmp_path / "a.pth")
    torch.save([1, 2], tmp_path / "b.pth")
    with pytest.raises(ValueError, match="holds a list, not a state dict"):
        read_checkpoint(tmp_path / "b.pth")


def test_interrupted_saving_leaves_the_older_file(saved, cfgs, tmp_path, monkeypatch):
    path = tmp_path / "epoch_1.pth"
    path.write_bytes(saved.read_bytes())

    def full_disk(content, target):
        target.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full_disk)
    with pytest.raises(OSError, match="No space left"):
        save_checkpoint(build_posenet(cfgs["18"]), path)
    assert path.read_bytes() == saved.read_bytes()
    assert [p.name for p in tmp_path.iterdir()] == ["epoch_1.pth"]
