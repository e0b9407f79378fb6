"""Errors of whole test runs: counts, what they cost, and AP with each kind corrected."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from models.analysis.errors import analyze_errors
from models.evaluation.coco_errors import ERRORS, KINDS
from models.structures import COCO_17

HALF = 9  # joints that stay right where others go wrong: OKS 9 / 17 = 0.529


def off(joints: np.ndarray, similarity: float, which: slice | None = None) -> np.ndarray:
    """Joints moved to a similarity with their labels, for the area of 10000."""
    moved = joints.copy()
    distance = np.sqrt(-2 * np.log(similarity) * 10000) * 2 * COCO_17.sigmas
    which = which or slice(None)
    moved[which, 1] += distance[which]
    return moved


def mirrored(joints: np.ndarray, pairs: int) -> np.ndarray:
    """Left and right taken for each other in the first pairs."""
    moved = joints.copy()
    for left, right in COCO_17.flip_pairs[:pairs]:
        moved[[left, right]] = moved[[right, left]]
    return moved


def counts(row: dict) -> dict[str, int]:
    return {kind: row[kind] for kind in KINDS if row[kind]}


def noisy(place, people, answers, pictures: int = 12):
    """A run with errors of all kinds: joints off at random, on the other side, on a neighbour."""
    rng = np.random.default_rng(1)
    persons, poses = [], []
    for picture in range(pictures):
        pair = [place(0), place(1)]
        for joints in pair:
            joints[rng.random(17) < 0.2, 2] = 0
        persons.append(
            [
                {"keypoints": joints, "area": float(rng.choice([30**2, 96**2, 130**2]))}
                for joints in pair
            ]
        )
        for own, other in (pair, pair[::-1]):
            pose = own + rng.normal(0, 1, (17, 3)) * rng.choice(
                [1, 2, 4, 40], (17, 1), p=[0.6, 0.2, 0.1, 0.1]
            )
            pose = mirrored(pose, int(rng.integers(0, 3)))
            swapped = rng.random(17) < 0.03
            pose[swapped] = other[swapped]
            poses.append((picture, pose, float(rng.random())))
    return people(persons), answers(*poses[::-1])


def test_every_labelled_joint_is_in_one_class_and_the_losses_add_up(place, people, answers) -> None:
    dataset, results = noisy(place, people, answers)
    told = analyze_errors(dataset, results)
    rows = told["joints"]
    assert tuple(rows) == COCO_17.names
    for row in (*rows.values(), told["all"]):
        assert sum(row[kind] for kind in KINDS) == row["labelled"]
        assert tuple(row["oks_loss"]) == ERRORS
    assert all(told["all"][kind] for kind in KINDS)  # or this would not test much
    for key in ("labelled", *KINDS, "oks_loss_good", "of_missed"):
        assert told["all"][key] == pytest.approx(sum(row[key] for row in rows.values()))
    content = json.loads(Path(dataset.ann_file).read_text())["annotations"]
    labelled = np.reshape([person["keypoints"] for person in content], (-1, 17, 3))[..., 2] > 0
    assert told["all"]["labelled"] + told["all"]["of_missed"] == labelled.sum()
    lost = sum(told["all"]["oks_loss"].values()) + told["all"]["oks_loss_good"]
    assert lost == pytest.approx(1 - told["oks"]["mean"], abs=1e-12)
    assert json.loads(json.dumps(told)) == told


def test_ap_now_is_the_evaluations(place, people, answers, tmp_path) -> None:
    dataset, results = noisy(place, people, answers)
    told = analyze_errors(dataset, results)
    now = dataset.evaluate(results, str(tmp_path))["AP"]
    assert told["ap"]["now"] == told["ap_progressive"]["now"] == now
    assert 0.05 < now < 0.95
    alone = [told["ap"][f"without_{kind}"] for kind in ERRORS]
    assert min(alone) >= now
    assert max(alone) > now
    steps = list(told["ap_progressive"].values())
    assert list(told["ap_progressive"]) == ["now", "miss", "swap", "inversion", "jitter"]
    assert steps == sorted(steps)
    assert steps[1] == told["ap"]["without_miss"]
    assert steps[-1] >= max(alone)


@pytest.mark.parametrize(
    ("kind", "now", "then"),
    [
        ("miss", 0.1, 0.6),  # OKS 9/17 = .53, then (9 + 8 · .5) / 17 = .76
        ("inversion", 0.1, 1.0),  # OKS 9/17, then 1
        ("jitter", 0.3, 0.8),  # OKS .62, then .85
    ],
)
def test_correction_raises_ap_to_what_it_must(place, people, answers, kind, now, then) -> None:
    """AP of one person is the share of the ten OKS thresholds that its pose reaches."""
    pose = {
        "miss": lambda: off(place(), 1e-9, slice(HALF, None)),
        "inversion": lambda: mirrored(place(), 4),
        "jitter": lambda: off(place(), 0.62),
    }[kind]()
    told = analyze_errors(people([[place()]]), answers((0, pose, 1.0)))
    wrong = 17 if kind == "jitter" else 8
    expected = {kind: wrong} if wrong == 17 else {"good": HALF, kind: wrong}
    assert counts(told["all"]) == expected
    for key, value in told["ap"].items():
        right = then if key == f"without_{kind}" else now
        assert value == pytest.approx(right), key
    assert told["ap_progressive"]["jitter"] == pytest.approx(then)
    lost = told["all"]["oks_loss"]
    assert {key for key, value in lost.items() if value} == {kind}
    expected = 0.38 if kind == "jitter" else 8 / 17
    assert lost[kind] == pytest.approx(expected, abs=1e-3)


def test_swapped_joints(place, people, answers) -> None:
    """Half of the worse pose's joints lie on the better one's person."""
    pose = place(0)
    pose[HALF:] = place(1)[HALF:]
    dataset = people([[place(0), place(1)]])
    told = analyze_errors(dataset, answers((0, place(1), 0.9), (0, pose, 0.5)))
    assert counts(told["all"]) == {"good": 17 + HALF, "swap": 8}
    assert counts(told["joints"]["nose"]) == {"good": 2}
    assert counts(told["joints"]["left_wrist"]) == {"good": 1, "swap": 1}
    assert told["all"]["oks_loss"]["swap"] == pytest.approx(8 / 17 / 2)
    # Above OKS .5 precision is 1 up to half of the people and 0 beyond.
    assert told["ap"]["now"] == pytest.approx((1 + 9 * 51 / 101) / 10)
    assert told["ap"]["without_swap"] == pytest.approx(1)
    assert told["ap"]["without_miss"] == told["ap"]["now"]


def test_people_found_missed_and_invented(place, people, answers) -> None:
    pictures = [
        [place(0), place(1)],  # one found twice, one missed
        [place(0)],  # nobody answered
        [{"keypoints": place(0), "iscrowd": 1}],  # a crowd: any number may be answered there
        [{"keypoints": np.zeros((17, 3))}],  # a person without labelled joints
        [],  # nobody to find
    ]
    dataset = people(pictures)
    second = off(place(), 0.3)  # not so like the first that it is suppressed
    results = answers(
        (0, place(0), 0.9),
        (0, second, 0.8),
        (2, place(0), 0.9),
        (2, second, 0.8),
        (3, place(0), 0.9),
        (4, place(0), 0.9),
    )
    told = analyze_errors(dataset, results)
    assert told["people"] == {
        "matched": 1,
        "missed": 2,
        "false": 2,
        "doubles": 1,
        "not_judged": 3,
    }
    assert told["all"]["labelled"] == 17
    assert told["all"]["of_missed"] == 2 * 17


def test_the_better_score_chooses_first(place, people, answers) -> None:
    """As in COCO's evaluation, even if a worse score is nearer."""
    dataset = people([[place()]])
    told = analyze_errors(dataset, answers((0, place(), 0.5), (0, off(place(), 0.6), 0.9)))
    assert counts(told["all"]) == {"jitter": 17}
    assert told["people"]["doubles"] == 1


def test_a_pose_that_is_like_nobody_finds_nobody(place, people, answers) -> None:
    for joints, found in ((15, 1), (16, 0)):  # OKS 2/17 and 1/17, on two sides of .1
        pose = off(place(), 1e-9, slice(17 - joints, None))
        told = analyze_errors(people([[place()]]), answers((0, pose, 1.0)))
        assert told["people"]["matched"] == found


def test_no_answers_at_all(place, people, answers) -> None:
    told = analyze_errors(people([[place()]]), [])
    assert told["people"] == {
        "matched": 0,
        "missed": 1,
        "false": 0,
        "doubles": 0,
        "not_judged": 0,
    }
    assert told["all"] == {
        "labelled": 0,
        **dict.fromkeys(KINDS, 0),
        "oks_loss": dict.fromkeys(ERRORS, 0.0),
        "oks_loss_good": 0.0,
        "of_missed": 17,
    }
    assert set(told["ap"].values()) == {0.0}
    assert told["oks"]["mean"] is None


def test_nobody_to_find(people, answers, place) -> None:
    dataset = people([[{"keypoints": np.zeros((17, 3))}]])
    with pytest.raises(ValueError, match=r"people\.json labels nobody with joints"):
        analyze_errors(dataset, answers((0, place(), 1.0)))


def three_joints(**more) -> dict:
    names = {"top": "", "left": "right", "right": "left"}
    return {
        "dataset_name": "three",
        "keypoint_info": {
            i: {"name": name, "swap": swap} for i, (name, swap) in enumerate(names.items())
        },
        **more,
    }


def test_other_joints(place, people, answers) -> None:
    info = three_joints(sigmas=[0.05, 0.05, 0.05])
    dataset = people([[place(0, 3), place(1, 3)]], info)
    pose = place(0, 3)
    pose[1] = pose[2]
    told = analyze_errors(dataset, answers((0, pose, 0.9), (0, place(1, 3), 0.8)))
    assert list(told["joints"]) == ["top", "left", "right"]
    assert counts(told["joints"]["left"]) == {"good": 1, "inversion": 1}
    assert counts(told["all"]) == {"good": 5, "inversion": 1}


def test_joints_without_sigmas(place, people, answers) -> None:
    dataset = people([[place(0, 3)]], three_joints())
    with pytest.raises(ValueError, match=r"the 3 joints 'three' have no sigmas.*dataset_info"):
        analyze_errors(dataset, answers((0, place(0, 3), 0.9)))


def test_a_data_set_without_oks(mpii) -> None:
    with pytest.raises(ValueError, match="TopDownMpiiDataset is not scored by OKS but by PCKh"):
        analyze_errors(*mpii)
