"""A metric of a user's own: what it must give, and who tells what it lacks."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from models.evaluation import CollectingMetric, Metric, compute_scores
from models.evaluation.base import check_metric_type, check_state, option_names


class Boxes(CollectingMetric):
    key = "boxes"

    def compute(self) -> dict[str, float]:
        return {"boxes": float(len(self.predictions))}


def parts(**changes):
    """The attributes of a metric, with changes; None leaves one out."""
    whole = {
        "key": "x",
        "process": lambda self, predictions: None,
        "state": lambda self: {},
        "merge": lambda self, states: None,
        "compute": lambda self: {"x": 1.0},
        **changes,
    }
    return {name: part for name, part in whole.items() if part is not None}


@pytest.mark.parametrize("part", ["process", "state", "merge", "compute", "key"])
@pytest.mark.parametrize("base", [Metric, object])
def test_the_lacking_part_is_named(base, part):
    kind = type("Mine", (base,), parts(**{part: None}))
    with pytest.raises(TypeError, match=rf"metric 'mine' \(Mine\) has no {part};"):
        check_metric_type(kind, "mine")


def test_what_is_no_metric():
    with pytest.raises(TypeError, match=r"derive it from models\.evaluation\.Metric"):
        check_metric_type(type("Mine", (), parts()), "mine")
    with pytest.raises(TypeError, match="has no process, state, merge, compute, key"):
        check_metric_type(print, "mine")

    def without_folder(self, dataset):
        pass

    kind = type("Mine", (Metric,), parts(__init__=without_folder))
    with pytest.raises(TypeError, match="takes no argument 'res_folder'"):
        check_metric_type(kind, "mine")
    assert check_metric_type(Boxes, "boxes") is Boxes


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({1, 2}, r"state\(\) is a set"),
        ({"a": [0, {"b": object()}]}, r"state\(\)\['a'\]\[1\]\['b'\] is a object"),
        ({3: 1}, r"state\(\) has the key 3, a int"),
    ],
)
def test_a_state_that_does_not_pass_between_processes(state, said):
    metric = type("Mine", (Metric,), parts(state=lambda self: state))(None)
    with pytest.raises(TypeError, match=rf"metric Mine: {said}"):
        check_state(metric)


def test_plain_states_pass():
    state = {"a": [1, 2.5, None, "b", True], "b": np.zeros(3), "c": (np.float32(1),)}
    check_state(type("Mine", (Metric,), parts(state=lambda self: state))(None))


def test_options_are_what_comes_after_dataset_and_folder():
    def init(self, dataset, res_folder=None, *, thr=0.5, names=()):
        pass

    def any_option(self, dataset, res_folder=None, **options):
        pass

    assert option_names(type("Mine", (Metric,), parts(__init__=init))) == ["thr", "names"]
    assert option_names(type("Mine", (Metric,), parts(__init__=any_option))) is None
    assert option_names(Boxes) == []
    with pytest.raises(KeyError, match="metric Boxes has no key 'thr'"):
        Boxes.check_options(thr=1)


def test_merging_goes_on_from_the_states_of_all():
    shares = [Boxes(None), Boxes(None)]
    for share, count in zip(shares, (2, 3), strict=True):
        share.process([{}] * count)
    shares[0].merge([share.state() for share in shares])
    assert shares[0].compute() == {"boxes": 5}
    assert Boxes.name == "Boxes"


def test_scores_of_several_are_one_table():
    def giving(**scores):
        return SimpleNamespace(key=next(iter(scores), "x"), compute=lambda: scores)

    assert list(compute_scores([giving(b=2.0), giving(a=1.0), giving()])) == ["b", "a"]
    with pytest.raises(ValueError, match="both give a score 'a'"):
        compute_scores([giving(a=1.0), giving(a=1.0)])
    without_key = SimpleNamespace(key="b", compute=lambda: {"a": 1.0})
    with pytest.raises(KeyError, match="gives a, but not its key, 'b'"):
        compute_scores([without_key])
