"""The flip test, on arrays and on tensors."""

import numpy as np
import pytest
import torch

from models.codecs import average_views, flip_back

PAIRS = [(1, 2)]


@pytest.fixture
def images():
    return np.random.default_rng(0).normal(size=(2, 3, 8, 6)).astype(np.float32)


def forward(images):
    """Heatmaps that are other for a mirror image; counts views."""
    forward.calls.append(len(images))
    return images[:, :, ::2, ::2] * 2 + images[:, :, 1::2, 1::2]


@pytest.fixture(autouse=True)
def calls():
    forward.calls = []
    return forward.calls


@pytest.mark.parametrize("shift", [False, True])
@pytest.mark.parametrize("average", ["score", "prob"])
@pytest.mark.parametrize("pairs", [None, PAIRS])
def test_bits_of_the_published_formula(images, shift, average, pairs, calls):
    """Torch's; arrays differ from it by the rounding of a softmax."""
    tensors = torch.from_numpy(images)
    made = average_views(forward, tensors, pairs, shift, average)
    views = [forward(tensors)]
    if pairs:
        views.append(flip_back(forward(tensors.flip(3)), pairs, shift))
    if average == "prob":
        views = [torch.softmax(v.reshape(2, 3, -1), dim=2).reshape(v.shape) for v in views]
    expected = views[0] if pairs is None else (views[0] + views[1]) * 0.5
    assert torch.equal(made, expected)
    assert calls[0] == (4 if pairs else 2)  # both views in one batch

    arrays = average_views(forward, images, pairs, shift, average)
    assert isinstance(arrays, np.ndarray) and arrays.dtype == np.float32
    tolerance = 1e-6 if average == "prob" else 0
    np.testing.assert_allclose(arrays, expected.numpy(), rtol=tolerance)


def test_a_codec_may_turn_heatmaps_back_its_own_way(images):
    def back(heatmaps, flip_pairs, shift):
        assert (flip_pairs, shift) == (PAIRS, True)
        return heatmaps * 0 + 4

    made = average_views(forward, images * 0, PAIRS, True, flip_back=back)
    np.testing.assert_array_equal(made, np.full((2, 3, 4, 3), 2, np.float32))
