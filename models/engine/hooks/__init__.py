"""What happens besides the steps of a training run."""

from models.engine.hooks.evaluation import EvaluationHook
from models.engine.hooks.finite import FiniteLossHook
from models.engine.hooks.progress import ProgressHook

__all__ = ["EvaluationHook", "FiniteLossHook", "ProgressHook"]
