"""What rests is held still, what moves is followed, what is lost does not jump."""

from __future__ import annotations

import numpy as np
import pytest

from models.inference.smoothing import PoseSmoother, low_pass
from models.synthetic.video import VideoSpec
from models.synthetic.walk import sample_walkers

BODY = np.random.default_rng(5).uniform((0, 0), (40, 100), (17, 2))


def person(places, score=0.9, number=1):
    return {"keypoints": np.column_stack([places, np.broadcast_to(score, 17)]), "track_id": number}


def smooth(smoother, places, seconds, **more):
    return smoother.update([person(places, **more)], seconds)[0]["keypoints"]


def walk(frames=100, fps=25.0, scale=1.0):
    """Joints (T, 17, 2) of a synthetic person who walks and waves."""
    spec = VideoSpec(seed=3)
    (walker,) = sample_walkers(np.random.default_rng(3), 1, spec.size)
    names = ("head_center", "neck", "thorax", "pelvis", "waist")
    names += tuple(f"{s}_{j}" for s in ("left", "right") for j in ("wrist", "elbow", "knee"))
    names += tuple(f"{s}_{j}" for s in ("left", "right") for j in ("ankle", "shoulder", "hip"))
    bodies = (walker.at(t / fps) for t in range(frames))
    return scale * np.array([[body.point(name) for name in names] for body in bodies])


def jitter(track):
    """Mean size of the second difference of a track (T, K, 2)."""
    return np.linalg.norm(np.diff(track, 2, axis=0), axis=-1).mean()


@pytest.fixture(scope="module")
def filtered():
    """True, seen and smoothed joints (T, 17, 2)."""
    true = walk()
    seen = true + np.random.default_rng(0).normal(0, 2.0, true.shape)
    smoother = PoseSmoother()
    return true, seen, np.array([smooth(smoother, s, t / 25)[:, :2] for t, s in enumerate(seen)])


def test_less_jitter_and_no_more_error(filtered):
    true, seen, out = filtered
    assert jitter(out) < 0.5 * jitter(seen)
    error = np.linalg.norm(out - true, axis=-1).mean()
    assert error < 0.85 * np.linalg.norm(seen - true, axis=-1).mean()


def test_lag_is_below_two_frames(filtered):
    true, _, out = filtered
    moving = 9  # frames back in time that fit best, of the fastest joint
    wrist = np.ptp(true, axis=0).sum(axis=-1).argmax()
    lags = [
        np.linalg.norm(out[10:, wrist] - true[10 - lag : len(true) - lag, wrist], axis=-1).mean()
        for lag in range(moving)
    ]
    assert int(np.argmin(lags)) <= 1


def test_a_body_that_moves_as_one_is_followed_at_once():
    smoother = PoseSmoother()
    for t in range(10):
        out = smooth(smoother, BODY + 30.0 * t, t / 25)
    np.testing.assert_allclose(out[:, :2], BODY + 270)


@pytest.mark.parametrize("beta, frames_late", [(10, 0.5), (0, 3)])
def test_a_fast_joint_is_followed_without_delay(beta, frames_late):
    """A wrist at two body sizes a second."""
    smoother, step = PoseSmoother(beta=beta), 2 * np.ptp(BODY[:, 1]) / 25
    for t in range(25):
        places = BODY.copy()
        places[9, 0] += step * t
        out = smooth(smoother, places, t / 25)
    late = (places[9, 0] - out[9, 0]) / step
    assert frames_late - 0.5 < late < frames_late


def test_same_at_any_size():
    near, far = PoseSmoother(), PoseSmoother()
    rng = np.random.default_rng(0)
    for t, places in enumerate(walk(30)):
        noisy = places + rng.normal(0, 2, places.shape)
        a, b = smooth(near, noisy, t / 25), smooth(far, noisy / 8, t / 25)
    np.testing.assert_allclose(a[:, :2], 8 * b[:, :2], rtol=1e-9)


def test_slow_frames_are_smoothed_less():
    outs = []
    for fps in (100, 5):
        smoother = PoseSmoother(beta=0, forget=1)
        smooth(smoother, BODY, 0)
        moved = BODY.copy()
        moved[9] += 10
        outs.append(smooth(smoother, moved, 1 / fps)[9, 0] - BODY[9, 0])
    assert 0 < outs[0] < 0.5 * outs[1] < outs[1] < 10
    assert outs[0] == pytest.approx(10 * low_pass(1.5, 0.01))


def test_lost_joint_goes_with_the_body_and_returns_without_a_jump():
    smoother = PoseSmoother()
    score = np.full(17, 0.9)
    for t in range(5):
        smooth(smoother, BODY, t / 25)
    lost = score.copy()
    lost[9] = 0.05
    for t in range(5, 10):
        shifted = BODY + 4.0 * (t - 4)
        wild = shifted.copy()
        wild[9] = (900, 900)
        out = smooth(smoother, wild, t / 25, score=lost)
        np.testing.assert_allclose(out[9, :2], shifted[9], atol=1e-9)
        assert out[9, 2] == 0.05
    back = BODY + 4.0 * 6
    out = smooth(smoother, back, 10 / 25)
    np.testing.assert_allclose(out[9, :2], back[9], atol=1e-6)


def test_joint_unseen_so_far_begins_where_it_is_seen_first():
    smoother = PoseSmoother()
    score = np.full(17, 0.9)
    score[9] = 0.1
    wild = BODY.copy()
    wild[9] = (900, 900)
    smooth(smoother, wild, 0, score=score)
    out = smooth(smoother, BODY, 0.04)
    np.testing.assert_allclose(out[9, :2], BODY[9])


def test_tracks_are_apart_forgotten_and_unnumbered_ones_pass():
    smoother = PoseSmoother(forget=0.5)
    smoother.update([person(BODY, number=1), person(BODY + 500, number=2)], 0)
    plain = {"keypoints": np.zeros((17, 3)), "bbox": np.zeros(4)}
    one, two, bare = smoother.update([person(BODY), person(BODY + 500, number=2), plain], 0.04)
    np.testing.assert_allclose(one["keypoints"][:, :2], BODY)
    np.testing.assert_allclose(two["keypoints"][:, :2], BODY + 500)
    assert bare == plain
    jumped = smooth(smoother, BODY[::-1], 1.0)
    np.testing.assert_allclose(jumped[:, :2], BODY[::-1])
    assert list(smoother._states) == [1]


def test_input_is_not_changed_and_dtype_stays():
    smoother = PoseSmoother()
    given = {"keypoints": np.ones((17, 3), np.float32), "track_id": 4}
    smoother.update([given], 0)
    moved = {"keypoints": np.random.rand(17, 3).astype(np.float32) + 1, "track_id": 4}
    before = moved["keypoints"].copy()
    (out,) = smoother.update([moved], 0.04)
    assert out["keypoints"].dtype == np.float32
    assert np.array_equal(moved["keypoints"], before)
    assert not np.array_equal(out["keypoints"], before)


def test_bad_input():
    with pytest.raises(ValueError, match="above 0"):
        PoseSmoother(min_cutoff=0)
    smoother = PoseSmoother()
    smooth(smoother, BODY, 1.0)
    with pytest.raises(ValueError, match="order of time"):
        smooth(smoother, BODY, 0.9)
