"""Training and testing: loops that know no metric and no task beyond what the config names."""

import models.runtime.quiet_mmcv  # noqa: F401  (modules here import it by themselves)
from models.engine.test import run_test
from models.engine.train import train_model

__all__ = ["run_test", "train_model"]
