"""The data-set contract: what testing, evaluation and analyses ask of a data set of any task."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, MutableMapping, Sequence
from typing import Any, ClassVar

from torch.utils.data import Dataset

from models.builder import DATASETS, metric_types, nearest, visualizer_type
from models.evaluation.base import (
    Metric,
    check_metric_type,
    check_state,
    compute_scores,
    option_names,
)
from models.runtime.names import check_keys

MetricNames = str | Sequence[str] | None

#: keys of a config's `evaluation` that are read by its hook; all others are options of metrics
HOOK_KEYS = (
    *("metric", "interval", "start", "by_epoch", "save_best", "rule", "greater_keys", "less_keys"),
    *("out_dir", "file_client_args", "tmpdir", "gpu_collect", "examples", "key_indicator"),
)


class EvaluatedDataset(Dataset):
    """A data set whose predictions are scored by metrics.

    A subclass names its metrics in `METRICS`. What it does not offer besides, reports leave out.

    Attributes:
        METRICS: what users call a metric → its registered type; the first is the default. All
            other registered metrics can be asked for by their type.
        sample_word: what a sample is called, in the singular.
        visualizer: registered type of what draws predictions beside their ground truth.
        samples_from: where the samples come from, if scores depend on that: a file, or words.
        samples_kind: the same in a word or two.
    """

    METRICS: ClassVar[Mapping[str, str]] = {}
    sample_word: ClassVar[str] = "sample"
    visualizer: ClassVar[str | None] = None
    samples_from: str | None = None
    samples_kind: str | None = None

    @classmethod
    def metric_types(cls, names: MetricNames = None) -> dict[str, type[Metric]]:
        """The metrics of some names, by name, in order; no data are read.

        Args:
            names: one or several, of `METRICS` or registered; by default the first of `METRICS`.

        Raises:
            KeyError: a name is unknown (names the nearest), or its metric needs what this data set
                does not have.
            TypeError: what is registered under it is no metric; says which part it lacks.
        """
        registered = metric_types()
        if names is None or len(names) == 0:
            if not cls.METRICS:
                raise KeyError(f"{cls.__name__} has no default metric; name one in its METRICS")
            names = next(iter(cls.METRICS))
        found: dict[str, type[Metric]] = {}
        for name in [names] if isinstance(names, str) else names:
            kind = registered.get(cls.METRICS.get(name, name))
            if kind is None:
                fitting = (key for key, metric in registered.items() if not cls._lacks(metric))
                known = {*cls.METRICS, *fitting}
                raise KeyError(f"{cls.__name__} has no metric '{name}'{nearest(str(name), known)}")
            check_metric_type(kind, name)
            if cls._lacks(kind):
                raise KeyError(
                    f"{cls.__name__} has no metric '{name}': it reads {', '.join(cls._lacks(kind))}"
                    f", which this data set does not have; its own: {', '.join(cls.METRICS)}"
                )
            if kind not in found.values():
                found[name] = kind
        return found

    @classmethod
    def input_size_of(cls, section: Mapping[str, Any]) -> tuple[int, int] | None:
        """(w, h) of the images that a section of a config asks for; None where it does not say it.

        No file is read.
        """
        return None

    @classmethod
    def set_input_size(cls, section: MutableMapping[str, Any], size: tuple[int, int]) -> None:
        """Let a section of a config ask for images of a size (w, h); for those that can."""

    @classmethod
    def as_tested(cls, train: Mapping[str, Any], test: Mapping[str, Any]) -> dict[str, Any]:
        """The section of a training set, to be put through the test's pipeline."""
        own = {"pipeline": test["pipeline"]} if "pipeline" in test else {}
        return {**train, **own}

    @classmethod
    def facts_of(cls, section: Mapping[str, Any]) -> dict[str, Any]:
        """What a published checkpoint says of the data: classes, names …; no file is read."""
        return {}

    @classmethod
    def _lacks(cls, metric: type[Metric]) -> list[str]:
        """What a metric reads of a data set and this one does not have."""
        return [need for need in getattr(metric, "needs", ()) if not hasattr(cls, need)]

    @classmethod
    def best_score(cls, metric: MetricNames = None, save_best: Any = None) -> tuple[str, bool]:
        """The score by which checkpoints are compared, and whether a higher one is better.

        Args:
            metric: see `metric_types`.
            save_best: a score of one of these; None, True and 'auto' are the first one's `key`.

        Raises:
            KeyError: none of the metrics has this score; names the nearest.
        """
        types = list(cls.metric_types(metric).values())
        if save_best in (None, True, "auto"):
            return types[0].key, types[0].higher_is_better
        for kind in types:
            if save_best == kind.key or save_best in kind.scores:
                return save_best, kind.higher_is_better
        for kind in types:
            if not kind.scores:  # it does not say what it gives
                return save_best, kind.higher_is_better
        known = [score for kind in types for score in kind.scores]
        raise KeyError(
            f"evaluation.save_best='{save_best}' is no score of {cls.__name__}'s "
            f"{', '.join(cls.metric_types(metric))}{nearest(str(save_best), known)}"
        )

    @property
    def default_metric(self) -> str:
        """The metric that `evaluate` computes unless told otherwise."""
        return next(iter(self.metric_types()))

    @property
    def key_indicator(self) -> str:
        """The score of the default metric by which checkpoints are compared."""
        return self.best_score()[0]

    @property
    def FULL_SCORE(self) -> float | None:
        """`full_score` of the default metric."""
        return self.metric_types()[self.default_metric].full_score

    def metrics(
        self, names: MetricNames = None, res_folder: str | None = None, **options: Any
    ) -> list[Metric]:
        """Build metrics, ready for the predictions of a test.

        Args:
            names: see `metric_types`.
            res_folder: where they write files of results; None writes none.
            options: of the metrics; each gets those that it takes.

        Raises:
            KeyError: an unknown name or option; names the nearest.
            TypeError: a metric that breaks its contract; says which part.
            ValueError: a value of an option, or a data set that the metric cannot be computed on.
        """
        types = self.metric_types(names)
        made = []
        for kind, own in _shared_out(types, options):
            kind.check_options(**own)
            metric = kind(self, res_folder, **own)
            check_state(metric)
            made.append(metric)
        return made

    def check_metric(self, metric: MetricNames = None, **options: Any) -> None:
        """Check what `evaluate` will be asked for, before hours are spent on its results.

        Raises:
            as `metrics`.
        """
        self.metrics(metric, **options)

    def evaluate(
        self,
        results: Iterable[Mapping[str, Any]],
        res_folder: str | None = None,
        metric: MetricNames = None,
        logger: logging.Logger | None = None,
        **options: Any,
    ) -> dict[str, float]:
        """Score a whole test run, as mmcv's evaluation hook asks for it.

        Args:
            results: the predictions, as the network's `postprocess` gives them.
            res_folder: where files of results are written.
            metric: see `metric_types`; the scores of several are one table.
            logger: for mmcv's hook, which hands it over; not used.
            options: of the metrics.

        Raises:
            as `metrics`; KeyError, ValueError: predictions that cannot be used.
        """
        metrics = self.metrics(metric, res_folder, **options)
        results = list(results)
        for one in metrics:
            one.process(results)
        return compute_scores(metrics)

    def compare(self, results: Iterable[Mapping[str, Any]]) -> Any:
        """Predictions matched with ground truth, which analyses of errors and curves start from.

        Args:
            results: as for `evaluate`.

        Returns:
            One of `models.evaluation.comparison`; None where the data set does not offer it.

        Raises:
            ValueError: it cannot be for these data; says why.
        """
        return None

    def samples_in(self, results: Sequence[Mapping[str, Any]]) -> int:
        """How many samples a test run has predicted."""
        return len(self)

    def samples_text(self, count: int) -> str:
        """A number of samples and where they come from, in words."""
        words = f"{count} {plural(self.sample_word, count)}"
        return f"{words}, {self.samples_from}" if self.samples_from else words

    @property
    def tested_on(self) -> str:
        """What belongs beside a score: how many samples, and where from."""
        return self.samples_text(len(self))


def check_evaluation(
    data: str | type, settings: Mapping[str, Any], hook_keys: Collection[str] = HOOK_KEYS
) -> tuple[str, bool]:
    """Check a config's `evaluation` before any data are loaded.

    Args:
        data: type of the validation set.
        settings: the section, in canonical spelling.
        hook_keys: keys that are no options of metrics.

    Returns:
        as `EvaluatedDataset.best_score`.

    Raises:
        KeyError: an unknown metric, option, visualizer or score to save the best by; names the
            nearest.
        TypeError: a metric or visualizer that breaks its contract, or a data set without metrics.
        ValueError: a value of an option.
    """
    kind = dataset_type(data)
    if kind.visualizer:
        visualizer_type(kind.visualizer)
    names, options = metric_options(settings, hook_keys)
    for metric, own in _shared_out(kind.metric_types(names), options, hook_keys):
        metric.check_options(**own)
    return kind.best_score(names, settings.get("save_best"))


def metric_options(
    settings: Mapping[str, Any], hook_keys: Collection[str] = HOOK_KEYS
) -> tuple[MetricNames, dict[str, Any]]:
    """The metrics that a config's `evaluation` names, and their options."""
    options = {key: value for key, value in settings.items() if key not in hook_keys}
    return settings.get("metric"), options


def options_for(
    dataset: EvaluatedDataset, names: MetricNames, options: Mapping[str, Any]
) -> dict[str, Any]:
    """Those options of a config's `evaluation` that the metrics asked for take.

    A test may be asked for other metrics than the ones that its config validates by.
    """
    taken = [option_names(kind) for kind in dataset.metric_types(names).values()]
    return {k: v for k, v in options.items() if any(own is None or k in own for own in taken)}


def dataset_type(name: str | type) -> type[EvaluatedDataset]:
    """A registered data set.

    Raises:
        KeyError: there is none of that name; names the nearest.
        TypeError: it cannot be evaluated.
    """
    kind = DATASETS.get(name) if isinstance(name, str) else name
    if kind is None:
        raise KeyError(f"{name} is not a dataset{nearest(str(name), DATASETS.module_dict)}")
    if not issubclass(kind, EvaluatedDataset):
        raise TypeError(
            f"{kind.__name__} cannot be evaluated: derive it from models.datasets.EvaluatedDataset"
        )
    return kind


def plural(word: str, count: int) -> str:
    """A noun as it follows a number: 1 box, 2 boxes."""
    if count == 1:
        return word
    return f"{word}es" if word.endswith(("s", "x", "ch", "sh")) else f"{word}s"


def _shared_out(
    types: Mapping[str, type[Metric]], options: Mapping[str, Any], also: Collection[str] = ()
) -> list[tuple[type[Metric], dict[str, Any]]]:
    """Each metric with the options that it takes; one that none takes is an error.

    Args:
        types: metrics by name.
        options: of all of them.
        also: further keys that the section may have, for the error.
    """
    names = {kind: option_names(kind) for kind in types.values()}
    if None not in names.values():
        known = [name for taken in names.values() for name in taken or ()]
        check_keys(options, [*known, *also], f"evaluation of {', '.join(types)}")
    return [
        (kind, {k: v for k, v in options.items() if taken is None or k in taken})
        for kind, taken in names.items()
    ]
