"""Evaluation while training: mmcv's hook around our test loop."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch.distributed as dist
from mmcv.runner import HOOKS, EvalHook, get_dist_info
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from models.deploy import Predictor
from models.deploy.torch_engine import TorchEngine
from models.engine.collect import collect_results
from models.engine.hooks.examples import Examples
from models.engine.skipped import report_skipped, skipped_images
from models.engine.test import run_test
from models.runtime.dist import share


@HOOKS.register_module()
class EvaluationHook(EvalHook):
    """Test on the validation set every `interval` epochs and keep the best checkpoint.

    The same hook serves one process and many: shares are tested, collected and evaluated in the
    first process.

    Args:
        dataloader: of the validation set.
        save_best: score by which checkpoints are compared; by default the data set's.
        tmpdir: see `collect_results`.
        gpu_collect: see `collect_results`.
        examples: pictures to leave of the best, median and worst answers each, see `Examples`.
        kwargs: interval, start, rule and what the data set's `evaluate` takes (`metric`).
    """

    def __init__(
        self,
        dataloader: Any,
        save_best: str | None = None,
        tmpdir: str | None = None,
        gpu_collect: bool = False,
        examples: int = 3,
        **kwargs: Any,
    ) -> None:
        self.dataset = dataloader.dataset.dataset
        save_best = save_best or self.dataset.key_indicator
        kwargs.setdefault("rule", "greater")
        super().__init__(dataloader, save_best=save_best, test_fn=run_test, **kwargs)
        if not self.by_epoch:
            raise ValueError("evaluation.by_epoch=False is not built; epochs are evaluated")
        self.tmpdir = tmpdir
        self.gpu_collect = gpu_collect
        self.examples = Examples(examples)

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
        with nullcontext() if runner.ema is None else runner.ema.in_place():
            # Made of the weights as they are now, in a fraction of a second.
            network = getattr(runner.model, "module", runner.model).eval()
            device = next(network.parameters()).device
            engine = TorchEngine(network, device, compiled=False)
            results = run_test(
                Predictor(engine, network.test_cfg, device, network.img_norm_cfg, network.codec),
                self.dataloader,
                f"Validating epoch {runner.epoch + 1}",
                stop=runner.stop,
            )
        runner.stop_if_asked()
        results = collect_results(results, self.tmpdir, self.gpu_collect)
        score = None
        if results is not None:
            runner.log_buffer.output["eval_iter_num"] = len(self.dataloader)
            score = self.evaluate(runner, results)
        score = share(score)
        _messages(runner)["evaluated"] = runner.epoch + 1
        if score is not None:
            self._save_ckpt(runner, score)

    def evaluate(self, runner: Any, results: list[dict[str, Any]]) -> float | None:
        """Hand the results to the data set and its scores to the log."""
        folder = Path(runner.work_dir) / "validation"
        report_skipped(skipped_images(results), folder)
        scores = self.dataset.evaluate(
            results, res_folder=str(folder), logger=runner.logger, **self.eval_kwargs
        )
        runner.log_buffer.output.update(scores)
        runner.log_buffer.ready = True
        if scores and self.key_indicator not in scores:
            raise KeyError(
                f"evaluation.save_best='{self.key_indicator}' is no score of this data set; use "
                f"one of {', '.join(scores)}"
            )
        self.examples.leave(runner, self.dataset, results)
        return scores.get(self.key_indicator)

    def _save_ckpt(self, runner: Any, key_score: float) -> None:
        """Keep the best checkpoint; the one before is removed only after the new one is written."""
        messages = _messages(runner)
        if not self.compare_func(key_score, messages.get("best_score", float("-inf"))):
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
