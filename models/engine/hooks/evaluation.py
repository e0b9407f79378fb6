"""Evaluation while training: mmcv's hook around our test loop."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch.distributed as dist
from mmcv.runner import HOOKS, EvalHook, get_dist_info
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from models.deploy.torch_engine import TorchEngine
from models.engine.evaluation import Evaluation
from models.engine.hooks.examples import Examples
from models.engine.skipped import report_skipped
from models.engine.test import run_test
from models.evaluation.base import Metric
from models.runtime.dist import share


@HOOKS.register_module()
class EvaluationHook(EvalHook):
    """Test on the validation set every `interval` epochs and keep the best checkpoint.

    The same hook serves one process and many: shares are tested, collected and evaluated in the
    first process.

    Args:
        dataloader: of the validation set.
        metric: name or names of metrics; by default the data set's own.
        save_best: score by which checkpoints are compared; by default, with 'auto' and with True,
            the main score of the first metric.
        rule: 'greater' or 'less', which score is better; by default as the metric says.
        tmpdir: see `collect`.
        gpu_collect: see `collect`.
        examples: images to leave of the best, median and worst predictions each, see `Examples`.
        interval: epochs from one evaluation to the next.
        start: first epoch that is evaluated.
        by_epoch: True; iterations are not evaluated.
        options: of the metrics.

    Raises:
        KeyError: a metric or an option is unknown; names the nearest.
        ValueError: `by_epoch` is False.
    """

    def __init__(
        self,
        dataloader: Any,
        metric: str | Sequence[str] | None = None,
        save_best: str | bool | None = None,
        rule: str | None = None,
        tmpdir: str | None = None,
        gpu_collect: bool = False,
        examples: int = 3,
        interval: int = 1,
        start: int | None = None,
        by_epoch: bool = True,
        **options: Any,
    ) -> None:
        if not by_epoch:
            raise ValueError("evaluation.by_epoch=False is not built; epochs are evaluated")
        self.dataset = dataloader.dataset.dataset
        self.metric, self.options = metric, options
        self._metrics(None)
        save_best, higher = self.dataset.best_score(metric, save_best)
        super().__init__(
            dataloader,
            start=start,
            interval=interval,
            save_best=save_best,
            rule=rule or ("greater" if higher else "less"),
            test_fn=run_test,
        )
        self.tmpdir = tmpdir
        self.gpu_collect = gpu_collect
        self.examples = Examples(examples)

    def _metrics(self, folder: Path | None) -> list[Metric]:
        return self.dataset.metrics(
            self.metric, res_folder=None if folder is None else str(folder), **self.options
        )

    def is_pending(self, runner: Any) -> bool:
        """Whether the last epoch before a resumed run was to be evaluated, but was not.

        Its checkpoint is written before it is evaluated, and a run can be cut in between.
        """
        if runner.epoch == 0 or runner.samples_of_epoch:
            return False
        ended = SimpleNamespace(epoch=runner.epoch - 1)
        return self._should_evaluate(ended) and _messages(runner).get("evaluated") != runner.epoch

    def _do_evaluate(self, runner: Any) -> None:
        _share_statistics(runner.model)
        folder = Path(runner.work_dir) / "validation"
        evaluation = Evaluation(self._metrics(folder), keep=self.examples.count > 0)
        with nullcontext() if runner.ema is None else runner.ema.in_place():
            # Made of the weights as they are now, in a fraction of a second.
            network = getattr(runner.model, "module", runner.model).eval()
            device = next(network.parameters()).device
            evaluation.run(
                network,
                self.dataloader,
                TorchEngine(network, device, compiled=False),
                f"Validating epoch {runner.epoch + 1}",
                runner.stop,
            )
        runner.stop_if_asked()
        score = None
        if evaluation.collect(self.tmpdir, self.gpu_collect):
            runner.log_buffer.output["eval_iter_num"] = len(self.dataloader)
            report_skipped(evaluation.skipped, folder)
            score = self._log(runner, evaluation)
        score = share(score)
        _messages(runner)["evaluated"] = runner.epoch + 1
        if score is not None:
            self._save_ckpt(runner, score)

    def _log(self, runner: Any, evaluation: Evaluation) -> float | None:
        """Hand the scores to the log, and leave examples; the score that tells the best."""
        scores = evaluation.scores()
        runner.log_buffer.output.update(scores)
        runner.log_buffer.ready = True
        if scores and self.key_indicator not in scores:
            raise KeyError(
                f"evaluation.save_best='{self.key_indicator}' is no score of this data set; use "
                f"one of {', '.join(scores)}"
            )
        self.examples.leave(runner, self.dataset, evaluation.predictions)
        return scores.get(self.key_indicator)

    def _save_ckpt(self, runner: Any, key_score: float) -> None:
        """Keep the best checkpoint; the one before is removed only after the new one is written."""
        messages = _messages(runner)
        if not self.compare_func(
            key_score, messages.get("best_score", self.init_value_map[self.rule])
        ):
            return
        previous = messages.get("best_ckpt")
        name = f"best_{self.key_indicator}_epoch_{runner.epoch + 1}.pth"
        path = Path(self.out_dir) / name
        before = dict(messages)
        messages.update(best_score=float(key_score), best_ckpt=str(path))  # goes into the file
        try:
            runner.save_checkpoint(self.out_dir, filename_tmpl=name, create_symlink=False)
        except OSError:
            messages.clear()
            messages.update(before)
            raise
        if previous and Path(previous) != path and get_dist_info()[0] == 0:
            Path(previous).unlink(missing_ok=True)
        self.best_ckpt_path = str(path)
        runner.logger.info("Best %s so far: %.4f, kept as %s", self.key_indicator, key_score, name)


def _messages(runner: Any) -> dict[str, Any]:
    """What hooks remember across a resumed run."""
    return runner.meta.setdefault("hook_msgs", {})


def _share_statistics(model: nn.Module) -> None:
    """Give every process the first one's batch-norm statistics, so that all test one network."""
    if get_dist_info()[1] == 1:
        return
    for module in model.modules():
        if isinstance(module, _BatchNorm) and module.track_running_stats:
            dist.broadcast(module.running_mean, 0)
            dist.broadcast(module.running_var, 0)
