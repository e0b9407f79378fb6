"""Steps that move the crop before it is cut."""

import numpy as np
import pytest

from models.pipelines import (
    TopDownGetBboxCenterScale,
    TopDownRandomShiftBboxCenter,
    TopDownRandomTranslation,
)


def shifts(step, sample, draws=400):
    """Center minus the original center (50, 50), per draw."""
    start = sample["center"].copy()
    moved = []
    for _ in range(draws):
        sample["center"] = start.copy()
        moved.append(step(sample)["center"] - start)
    return np.array(moved)


def test_padding_rescales_the_crop_of_the_data_set(sample):
    made = TopDownGetBboxCenterScale(padding=1.5)(sample)
    np.testing.assert_allclose(made["scale"], [0.54, 0.72], rtol=1e-6)
    np.testing.assert_array_equal(made["center"], [50, 50])


def test_padding_of_the_data_set_changes_nothing(sample):
    np.testing.assert_array_equal(
        TopDownGetBboxCenterScale(padding=1.25)(sample)["scale"], np.float32([0.45, 0.6])
    )


def test_crop_is_made_from_the_box_where_there_is_none(sample):
    """Box 60×90 at (20, 5), input 96×128: widened to 67.5×90."""
    del sample["center"], sample["scale"]
    made = TopDownGetBboxCenterScale()(sample)
    np.testing.assert_allclose(made["center"], [50, 50])
    np.testing.assert_allclose(made["scale"], np.array([67.5, 90]) / 200 * 1.25, rtol=1e-6)


@pytest.mark.parametrize(("relative_to", "reach"), [("crop", [18.0, 24.0]), ("box", [12.0, 18.0])])
def test_shift_is_uniform_within_its_reach(sample, relative_to, reach):
    """Crop (0.45, 0.6)·200 = 90×120, box 60×90; a fifth of either."""
    step = TopDownRandomShiftBboxCenter(shift_factor=0.2, prob=1, relative_to=relative_to)
    moved = shifts(step, sample) / reach
    assert np.abs(moved).max() <= 1
    np.testing.assert_allclose(moved.std(axis=0), 1 / np.sqrt(3), rtol=0.1)
    np.testing.assert_allclose(moved.mean(axis=0), 0, atol=0.1)
    assert abs(np.corrcoef(moved.T)[0, 1]) < 0.2


def test_shift_happens_with_its_probability(sample):
    moved = shifts(TopDownRandomShiftBboxCenter(prob=0.3), sample, draws=1000)
    assert 0.25 < (moved != 0).any(axis=1).mean() < 0.35


def test_translation_is_uniform_within_its_reach(sample):
    moved = shifts(TopDownRandomTranslation(trans_factor=0.1), sample) / [9.0, 12.0]
    assert 0.95 < np.abs(moved).max() <= 1
    assert (moved != 0).any(axis=1).all()
    assert (shifts(TopDownRandomTranslation(trans_prob=0), sample) == 0).all()


def test_unknown_length_is_refused():
    with pytest.raises(ValueError, match="'crop' or 'box'"):
        TopDownRandomShiftBboxCenter(relative_to="image")
