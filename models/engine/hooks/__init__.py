"""What happens besides the steps of a training run."""

from models.engine.hooks.checkpoint import CheckpointHook
from models.engine.hooks.ema import EMAHook
from models.engine.hooks.evaluation import EvaluationHook
from models.engine.hooks.finite import FiniteLossHook
from models.engine.hooks.mlflow_logger import MlflowLoggerHook
from models.engine.hooks.optimizer import OptimizerHook
from models.engine.hooks.progress import ProgressHook
from models.engine.hooks.skipped import SkippedImagesHook
from models.engine.hooks.wandb_logger import WandbLoggerHook

__all__ = [
    "CheckpointHook",
    "EMAHook",
    "EvaluationHook",
    "FiniteLossHook",
    "MlflowLoggerHook",
    "OptimizerHook",
    "ProgressHook",
    "SkippedImagesHook",
    "WandbLoggerHook",
]
