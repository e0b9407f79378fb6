"""The network as a whole: losses, flip test, averaging, configs in both dialects."""

from __future__ import annotations

import copy

import pytest
import torch

from models import build_posenet, load_config
from models.codecs import build_codec
from models.losses import build_losses
from models.pipelines import Compose
from models.structures import COCO_17

PAIRS = [list(pair) for pair in COCO_17.flip_pairs]


@pytest.fixture(scope="module")
def model_cfg(repository):
    path = repository / "configs/top_down/naive_litehrnet/coco/naive_litehrnet_18_coco_256x192.py"
    return load_config(path).model


def build(model_cfg, **test_cfg):
    cfg = copy.deepcopy(model_cfg)
    cfg.test_cfg.update(test_cfg)
    torch.manual_seed(0)
    model = build_posenet(cfg).eval()
    for parameter in model.parameters():
        if parameter.dim() == 4:
            parameter.data.normal_(0, (1.0 / parameter[0].numel()) ** 0.5)
    return model


def metas(count):
    return [{"flip_pairs": PAIRS}] * count


def test_losses_train_every_parameter(model_cfg):
    model = build(model_cfg).train()
    target, weight = torch.rand(2, 17, 16, 16), torch.ones(2, 17, 1)
    losses = model(torch.randn(2, 3, 64, 64), metas(2), target=target, target_weight=weight)
    assert set(losses) == {"mse_loss", "acc_pose"}
    losses["mse_loss"].backward()
    lonely = [name for name, p in model.named_parameters() if p.grad is None]
    assert not lonely


def test_train_step_reports_plain_numbers(model_cfg):
    model = build(model_cfg).train()
    batch = {
        "img": torch.randn(2, 3, 64, 64),
        "target": torch.rand(2, 17, 16, 16),
        "target_weight": torch.ones(2, 17, 1),
        "img_metas": metas(2),
    }
    step = model.train_step(batch, None)
    assert step["num_samples"] == 2
    assert isinstance(step["log_vars"]["loss"], float)
    assert step["loss"].item() == pytest.approx(step["log_vars"]["mse_loss"])


@torch.no_grad()
def test_mirrored_picture_gives_the_mirrored_answer(model_cfg):
    model = build(model_cfg, flip_test=True, shift_heatmap=False)
    images = torch.randn(2, 3, 64, 96)
    heatmaps = model(images, img_metas=metas(2), return_loss=False)
    mirrored = model(images.flip(-1), img_metas=metas(2), return_loss=False)
    back = mirrored.flip(-1)[:, COCO_17.flip_index]
    torch.testing.assert_close(heatmaps, back, rtol=1e-4, atol=1e-5)
    plain = model.forward_tensor(images)
    assert not torch.allclose(heatmaps, plain, rtol=1e-2)


@torch.no_grad()
def test_without_flip_test_one_view_decides(model_cfg):
    model = build(model_cfg, flip_test=False)
    images = torch.randn(1, 3, 64, 64)
    heatmaps = model(images, img_metas=metas(1), return_loss=False)
    torch.testing.assert_close(heatmaps, model.forward_tensor(images))


@torch.no_grad()
def test_averages_of_probabilities_are_probabilities(model_cfg):
    model = build(model_cfg, flip_test=True, shift_heatmap=False, average_clips="prob")
    heatmaps = model(torch.randn(2, 3, 64, 64), img_metas=metas(2), return_loss=False)
    torch.testing.assert_close(heatmaps.flatten(2).sum(-1), torch.ones(2, 17))


@torch.no_grad()
def test_flip_test_with_offset_maps(model_cfg):
    """Of the mirrored image the same heatmaps come, mirrored: offsets in x change their sign."""
    cfg = copy.deepcopy(model_cfg)
    cfg.codec = {"type": "UDPHeatmap", "heatmap_type": "combined"}
    cfg.keypoint_head.out_channels = 51
    model = build(cfg, flip_test=True, shift_heatmap=False)
    images = torch.randn(2, 3, 64, 96)
    heatmaps = model(images, img_metas=metas(2), return_loss=False)
    mirrored = model(images.flip(-1), img_metas=metas(2), return_loss=False)
    back = mirrored.flip(-1).unflatten(1, (17, 3))[:, COCO_17.flip_index]
    back = (back * torch.tensor([1, -1, 1])[:, None, None]).flatten(1, 2)
    torch.testing.assert_close(heatmaps, back, rtol=1e-4, atol=1e-5)
    model.loss = build_losses({"type": "CombinedTargetMSELoss", "use_target_weight": True})
    batch = {"target": torch.rand(2, 51, 16, 24), "target_weight": torch.ones(2, 17, 1)}
    losses = model.losses({"img": images, **batch})
    (name,) = losses  # no accuracy: the first pixel of a disc is no place
    assert "loss" in name


def test_codec_is_built_of_what_the_config_spells(model_cfg):
    udp = build(model_cfg, use_udp=True, target_type="CombinedTarget").codec
    assert udp == build_codec({"type": "UDPHeatmap", "heatmap_type": "combined"})
    assert build(model_cfg, unbiased_decoding=True).codec.refine == "dark"
    cfg = copy.deepcopy(model_cfg)
    cfg.codec = {"type": "MegviiHeatmap"}
    assert build(cfg).codec is build_codec({"type": "MegviiHeatmap"})
    with pytest.raises(ValueError, match=r"post_process='unbiased' and model\.codec"):
        build(cfg, post_process="unbiased")
    cfg.codec = {"type": "UDPHeatmap", "heatmap_type": "combined"}
    with pytest.raises(ValueError, match="average_clips='prob'"):
        build(cfg, average_clips="prob")


def test_published_width_of_the_head_is_corrected(model_cfg):
    cfg = copy.deepcopy(model_cfg)
    cfg.keypoint_head.in_channels = 40
    with pytest.warns(UserWarning, match="in_channels=40, but the backbone emits 30"):
        model = build_posenet(cfg)
    assert model.keypoint_head.in_channels == 30


@pytest.mark.parametrize(
    ("key", "value", "error", "message"),
    [
        ("test_cfg", {"flip_tets": True}, KeyError, "did you mean 'flip_test'"),
        ("test_cfg", {"average_clips": "mean"}, ValueError, "use 'score' or 'prob'"),
        ("test_cfg", {"use_udp": True, "post_process": "megvii"}, ValueError, "does not go with"),
        ("test_cfg", {"post_process": "unbiased", "modulate_kernel": 10}, ValueError, "not 10"),
        ("test_cfg", {"target_type": "offsets"}, ValueError, "'CombinedTarget'"),
        ("codec", {"type": "MSRAHeatmpa"}, KeyError, "did you mean 'MSRAHeatmap'"),
        ("train_cfg", {"anything": 1}, KeyError, "train_cfg has no key 'anything'"),
        ("input_size", (250, 256), ValueError, "width 250 is no multiple of 32; use 256"),
        ("input_size", (192, 270), ValueError, "height 270 is no multiple of 32; use 256"),
        ("type", "TopDwn", KeyError, "did you mean 'TopDown'"),
        ("pretrained", "nowhere.pth", FileNotFoundError, "checkpoint nowhere.pth does not exist"),
    ],
)
def test_mistakes_in_a_config(model_cfg, key, value, error, message):
    cfg = copy.deepcopy(model_cfg)
    cfg[key] = value
    with pytest.raises(error, match=message):
        build_posenet(cfg)


def test_training_without_a_loss(model_cfg):
    cfg = copy.deepcopy(model_cfg)
    cfg.loss_pose = None
    with pytest.raises(ValueError, match="loss_pose is missing"):
        build_posenet(cfg).losses({"img": torch.zeros(1, 3, 32, 32)})


NORM = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


def pictures(count=2):
    return torch.randint(0, 256, (count, 3, 64, 64), generator=torch.Generator().manual_seed(1))


def test_bytes_are_normalised_as_the_pipeline_does(model_cfg):
    """`ToTensor` and `NormalizeTensor` on one side, the network on the other."""
    model_cfg = {**copy.deepcopy(model_cfg), "img_norm_cfg": NORM}
    model = build_posenet(model_cfg).eval()
    bytes_ = pictures().to(torch.uint8)
    steps = Compose([{"type": "ToTensor"}, {"type": "NormalizeTensor", **NORM}])
    floats = torch.stack([steps({"img": b.permute(1, 2, 0).numpy()})["img"] for b in bytes_])
    assert torch.equal(model.normalize(bytes_), floats)
    with torch.no_grad():
        expected = model(floats, img_metas=metas(2), return_loss=False)
        assert torch.equal(model(bytes_, img_metas=metas(2), return_loss=False), expected)
    batch = {"target": torch.rand(2, 17, 16, 16), "target_weight": torch.ones(2, 17, 1)}
    assert torch.equal(
        model.losses({"img": bytes_, **batch})["mse_loss"],
        model.losses({"img": floats, **batch})["mse_loss"],
    )


def test_normalisation_is_no_part_of_a_checkpoint(model_cfg):
    with_it = build_posenet({**copy.deepcopy(model_cfg), "img_norm_cfg": NORM})
    assert with_it.state_dict().keys() == build_posenet(model_cfg).state_dict().keys()


def test_bytes_without_normalisation_are_refused(model_cfg):
    with pytest.raises(ValueError, match=r"uint8.*img_norm_cfg"):
        build(model_cfg).forward_tensor(pictures().to(torch.uint8))


@pytest.mark.parametrize(
    ("cfg", "error"),
    [
        ({"mean": [0.5] * 3}, KeyError),
        ({**NORM, "to_rgb": True}, KeyError),
        ({"mean": [0.5] * 3, "std": [0.2, 0, 0.2]}, ValueError),
        ({"mean": [0.5] * 3, "std": [0.2]}, ValueError),
    ],
)
def test_impossible_normalisation(model_cfg, cfg, error):
    with pytest.raises(error, match="img_norm_cfg"):
        build_posenet({**copy.deepcopy(model_cfg), "img_norm_cfg": cfg})
