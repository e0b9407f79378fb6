"""Which error a joint is, on joints moved by known distances, and what correction makes of it."""

from __future__ import annotations

import numpy as np
import pytest

from models.evaluation.coco_errors import ERRORS, KINDS, corrected_poses, joint_errors
from models.evaluation.coco_labels import Labels
from models.evaluation.pair_oks import pair_oks
from models.structures import COCO_17

AREA = 10000.0
NOSE, LEFT_WRIST, RIGHT_WRIST, RIGHT_KNEE = 0, 9, 10, 14
OTHERS_AT = 400.0  # x of the second person's joints, from the first's


def people(count: int = 2, images: int = 1) -> Labels:
    """Persons side by side, their joints 60 px apart: none is near another."""
    joint = np.arange(17)
    at = np.column_stack([10.0 + 60 * (joint % 5), 10.0 + 60 * (joint // 5), np.full(17, 2.0)])
    keypoints = np.stack([at + np.array([OTHERS_AT * i, 0, 0]) for i in range(count)])
    return Labels(
        keypoints=keypoints,
        boxes=np.tile([0.0, 0, 300, 240], (count, 1)),
        areas=np.full(count, AREA),
        crowd=np.zeros(count, dtype=bool),
        cells=np.arange(count) * images // count,
    )


def distance(similarity: float, joint: int, area: float = AREA) -> float:
    """In pixels, from a label to a joint that is so similar."""
    return float(np.sqrt(-2 * np.log(similarity) * area) * 2 * COCO_17.sigmas[joint])


def beside(at: np.ndarray, pixels: float) -> np.ndarray:
    return at + np.array([pixels, 0])


def kind_of(labels: Labels, joint: int, at) -> str:
    """The kind of one joint of the first person that is answered there, all others perfectly."""
    pose = labels.keypoints[:1].copy()
    pose[0, joint, :2] = at
    kinds = errors_of(pose, labels).kinds[0]
    others = np.delete(kinds, joint)
    assert set(others[np.delete(labels.keypoints[0, :, 2] > 0, joint)]) <= {0}
    return KINDS[kinds[joint]] if kinds[joint] >= 0 else "none"


def errors_of(poses, labels: Labels, label=None):
    label = np.zeros(len(poses), dtype=int) if label is None else label
    return joint_errors(poses, label, labels, COCO_17.flip_index, COCO_17.sigmas)


@pytest.mark.parametrize(
    ("near", "similarity", "kind"),
    [
        ((0, LEFT_WRIST), 0.86, "good"),
        ((0, LEFT_WRIST), 0.84, "jitter"),
        ((0, LEFT_WRIST), 0.51, "jitter"),
        ((0, LEFT_WRIST), 0.49, "miss"),
        ((0, LEFT_WRIST), 1e-9, "miss"),
        ((0, RIGHT_WRIST), 0.99, "inversion"),
        ((0, RIGHT_WRIST), 0.51, "inversion"),
        ((0, RIGHT_WRIST), 0.49, "miss"),
        ((1, LEFT_WRIST), 0.51, "swap"),
        ((1, RIGHT_WRIST), 0.51, "swap"),
        ((1, LEFT_WRIST), 0.49, "miss"),
        ((0, RIGHT_KNEE), 0.99, "miss"),  # another part of the body is no place for a wrist
        ((1, RIGHT_KNEE), 0.99, "miss"),
    ],
)
def test_a_joint_at_a_known_distance(near, similarity, kind) -> None:
    labels = people()
    at = beside(labels.keypoints[near][:2], distance(similarity, near[1]))
    assert kind_of(labels, LEFT_WRIST, at) == kind


def test_exactly_on_the_label_and_on_the_limit() -> None:
    labels = people()
    at = labels.keypoints[0, NOSE, :2]
    assert kind_of(labels, NOSE, at) == "good"
    for limit, inside, outside in ((0.85, "good", "jitter"), (0.5, "jitter", "miss")):
        d = distance(limit, NOSE)
        assert kind_of(labels, NOSE, beside(at, d * (1 - 1e-9))) == inside
        assert kind_of(labels, NOSE, beside(at, d * (1 + 1e-9))) == outside


def test_a_joint_of_the_middle_is_never_inverted() -> None:
    labels = people()
    assert kind_of(labels, NOSE, labels.keypoints[0, 1, :2]) == "miss"  # on the left eye
    assert kind_of(labels, NOSE, labels.keypoints[1, NOSE, :2]) == "swap"


def test_the_mirrored_joint_must_be_labelled() -> None:
    labels = people()
    at = labels.keypoints[0, RIGHT_WRIST, :2].copy()
    labels.keypoints[0, RIGHT_WRIST, 2] = 0
    assert kind_of(labels, LEFT_WRIST, at) == "miss"


def test_another_persons_joint_must_be_labelled() -> None:
    labels = people()
    at = labels.keypoints[1, LEFT_WRIST, :2].copy()
    labels.keypoints[1, LEFT_WRIST, 2] = 0
    assert kind_of(labels, LEFT_WRIST, at) == "miss"


def test_people_of_other_images_have_no_part() -> None:
    labels = people(images=2)
    assert kind_of(labels, LEFT_WRIST, labels.keypoints[1, LEFT_WRIST, :2]) == "miss"


def test_each_persons_own_size_counts() -> None:
    """The same distance is near for a large person and far for a small one."""
    labels = people()
    at = beside(labels.keypoints[1, LEFT_WRIST, :2], distance(0.6, LEFT_WRIST))
    assert kind_of(labels, LEFT_WRIST, at) == "swap"
    labels.areas[1] /= 4
    assert kind_of(labels, LEFT_WRIST, at) == "miss"


def test_of_two_places_the_persons_own_comes_first() -> None:
    labels = people()
    own = labels.keypoints[0, LEFT_WRIST, :2].copy()
    taken = beside(own, distance(0.6, LEFT_WRIST))
    labels.keypoints[0, RIGHT_WRIST, :2] = taken
    labels.keypoints[1, LEFT_WRIST, :2] = taken
    assert kind_of(labels, LEFT_WRIST, taken) == "jitter"
    labels.keypoints[0, LEFT_WRIST, :2] -= 300
    assert kind_of(labels, LEFT_WRIST, own) == "inversion"


def test_a_joint_without_label_is_nothing_and_loses_nothing() -> None:
    labels = people()
    labels.keypoints[0, LEFT_WRIST, 2] = 0
    assert kind_of(labels, LEFT_WRIST, [1e4, 1e4]) == "none"
    errors = errors_of(labels.keypoints[:1], labels)
    assert errors.loss[0, LEFT_WRIST] == 0
    assert np.isnan(errors.similarity[0, LEFT_WRIST])


def crowded(seed: int, count: int = 40):
    """Small random people in five images and a pose for each, everything near everything."""
    rng = np.random.default_rng(seed)
    keypoints = np.dstack([rng.uniform(0, 60, (count, 17, 2)), rng.integers(0, 3, (count, 17))])
    keypoints[:, 0, 2] = 1  # nobody without any joint
    labels = Labels(
        keypoints=keypoints,
        boxes=np.zeros((count, 4)),
        areas=rng.uniform(500, 9000, count),
        crowd=rng.random(count) < 0.2,
        cells=np.sort(rng.integers(0, 5, count)),
    )
    poses = keypoints.copy()
    poses[..., :2] += rng.normal(0, 8, (count, 17, 2))
    return poses, labels


@pytest.mark.parametrize("seed", range(3))
def test_every_joint_as_one_by_one(seed: int) -> None:
    poses, labels = crowded(seed)
    label = np.arange(len(labels))[::-1]
    poses = poses[label]
    # as no data set has them: those of mirrored joints differ
    sigmas = np.random.default_rng(seed).permutation(COCO_17.sigmas)
    errors = joint_errors(poses, label, labels, COCO_17.flip_index, sigmas)

    def similarity(pose: int, joint: int, person: int, part: int) -> float:
        x, y, visible = labels.keypoints[person, part]
        if not visible:
            return -1.0
        square = (poses[pose, joint, 0] - x) ** 2 + (poses[pose, joint, 1] - y) ** 2
        return np.exp(-square / 2 / (2 * sigmas[part]) ** 2 / labels.areas[person])

    for pose, person in enumerate(label):
        mates = np.flatnonzero(labels.cells == labels.cells[person])
        for joint, mirrored in enumerate(COCO_17.flip_index):
            own = similarity(pose, joint, person, joint)
            inverted = similarity(pose, joint, person, mirrored)
            swapped = max(
                (similarity(pose, joint, m, j) for m in mates for j in (joint, mirrored)
                 if m != person),
                default=0,
            )  # fmt: skip
            if own == -1:
                kind, corrected = -1, np.nan
            elif own >= 0.85:
                kind, corrected = 0, own
            elif own >= 0.5:
                kind, corrected = 1, 0.85
            elif inverted >= 0.5:
                kind, corrected = 2, inverted
            elif swapped >= 0.5:
                kind, corrected = 3, swapped
            else:
                kind, corrected = 4, 0.5
            assert errors.kinds[pose, joint] == kind
            np.testing.assert_allclose(errors.corrected[pose, joint], corrected, rtol=1e-12)
    assert set(np.unique(errors.kinds)) == {-1, 0, 1, 2, 3, 4}


def test_losses_add_up_to_what_oks_lacks() -> None:
    poses, labels = crowded(9)
    label = np.arange(len(labels))
    oks = pair_oks(poses, label, labels, label, COCO_17.sigmas)
    errors = errors_of(poses, labels, label)
    np.testing.assert_allclose(errors.loss.sum(axis=1), 1 - oks, rtol=0, atol=1e-12)
    parts = [np.where(errors.are(kind), errors.loss, 0).sum() for kind in KINDS]
    assert sum(parts) == pytest.approx((1 - oks).sum(), abs=1e-12)


@pytest.mark.parametrize("kind", ERRORS)
def test_correction_moves_the_joints_of_its_kind_alone(kind: str) -> None:
    poses, labels = crowded(3)
    label = np.arange(len(labels))
    before = errors_of(poses, labels, label)
    given = poses.copy()
    corrected = corrected_poses(poses, before, [kind], label, labels, COCO_17.sigmas)
    assert np.array_equal(poses, given)
    moved = before.are(kind)
    assert moved.any()
    assert np.array_equal(corrected[~moved], poses[~moved])
    assert np.array_equal(corrected[..., 2], poses[..., 2])

    after = errors_of(corrected, labels, label)
    reached, wanted = after.similarity[moved], before.corrected[moved]
    np.testing.assert_allclose(reached, wanted, rtol=1e-7)
    assert (reached >= wanted).all()  # or a pose would fall short of an OKS threshold by rounding
    assert (reached > before.similarity[moved]).all()
    # on the straight line from the answer to the label, in between
    way = labels.keypoints[..., :2] - poses[..., :2]
    step = (corrected - poses)[..., :2]
    cross = way[..., 0] * step[..., 1] - way[..., 1] * step[..., 0]
    assert np.abs(cross[moved]).max() < 1e-9
    assert ((way * step).sum(axis=-1)[moved] > 0).all()


def test_an_exact_answer_on_the_wrong_side_becomes_exact() -> None:
    labels = people()
    pose = labels.keypoints[:1].copy()
    pose[:, [LEFT_WRIST, RIGHT_WRIST]] = pose[:, [RIGHT_WRIST, LEFT_WRIST]]
    errors = errors_of(pose, labels)
    fixed = corrected_poses(pose, errors, ["inversion"], np.array([0]), labels, COCO_17.sigmas)
    assert np.array_equal(fixed, labels.keypoints[:1])


def test_nothing_to_correct() -> None:
    labels = people()
    errors = errors_of(labels.keypoints[:0], labels)
    assert errors.loss.shape == (0, 17)
    fixed = corrected_poses(
        labels.keypoints[:0], errors, ERRORS, np.zeros(0, int), labels, COCO_17.sigmas
    )
    assert fixed.shape == (0, 17, 3)


def test_what_is_no_error_cannot_be_corrected() -> None:
    labels = people()
    errors = errors_of(labels.keypoints[:1], labels)
    with pytest.raises(ValueError, match="good is no error; choose of jitter, inversion"):
        corrected_poses(
            labels.keypoints[:1], errors, ["good"], np.array([0]), labels, COCO_17.sigmas
        )
