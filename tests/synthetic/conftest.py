"""A small data set, and single bodies in known poses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.synthetic.body import Body
from models.synthetic.build import build_dataset_folder
from models.synthetic.skeleton import Limb, Pose, articulate, sample_shape
from models.synthetic.spec import SyntheticSpec
from models.synthetic.wardrobe import sample_outfit

SMALL = SyntheticSpec(train=4, val=40, seed=3, image_size=(200, 160))


@pytest.fixture(scope="session")
def small() -> SyntheticSpec:
    """The spec of the small data set."""
    return SMALL


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small data set in both forms; to be read only."""
    out = tmp_path_factory.mktemp("synthetic") / "data"
    build_dataset_folder(out, SMALL, workers=1, progress=False)
    return out


@pytest.fixture
def body() -> Callable[..., Body]:
    """Makes a standing body of 200 px in a picture of 300 x 300, turned by `yaw` degrees."""

    def make(yaw: float = 0.0, at: tuple[float, float] = (150.0, 150.0), **pose: object) -> Body:
        rng = np.random.default_rng(0)
        shape = sample_shape(rng)
        limbs = {
            "left_arm": Limb(raise_side=25.0),
            "right_arm": Limb(raise_side=25.0),
            "left_leg": Limb(bend=0.0),
            "right_leg": Limb(bend=0.0),
        }
        posed = Pose(**{**limbs, **pose}, yaw=yaw)  # type: ignore[arg-type]
        outfit = sample_outfit(rng)
        return Body(articulate(shape, posed), shape, outfit, np.asarray(at), 200.0)

    return make
