"""The list of steps, and its answer to a key that no step made."""

import pytest

from models.pipelines import Compose, Sample


def test_steps_run_in_order_on_a_copy():
    given = {"x": 1}
    made = Compose([lambda s: {**s, "x": s["x"] + 1}, lambda s: {**s, "x": s["x"] * 10}])(given)
    assert made["x"] == 20
    assert given == {"x": 1}


def test_step_that_writes_leaves_the_given_dict_alone(sample):
    keys = set(sample)
    Compose([{"type": "TopDownAffine"}])(sample)
    assert set(sample) == keys


def test_unknown_step_names_the_nearest():
    with pytest.raises(KeyError, match="TopDownAffine"):
        Compose([{"type": "TopDownAfine"}])


def test_unknown_argument_names_the_nearest():
    with pytest.raises(KeyError, match="flip_prob"):
        Compose([{"type": "TopDownRandomFlip", "flip_probb": 0.5}])


def test_what_is_no_step_is_refused():
    with pytest.raises(TypeError, match="step"):
        Compose(["TopDownAffine"])


def test_missing_key_names_the_step_that_makes_it(sample):
    del sample["img"]
    with pytest.raises(KeyError, match=r"'img'.*LoadImageFromFile"):
        Compose([{"type": "TopDownAffine"}])(sample)


def test_missing_key_that_no_step_makes_names_the_data_set():
    with pytest.raises(KeyError, match=r"'joints_3d'.*data set"):
        Sample(bbox=1)["joints_3d"]
