"""The section of the training: its curves, validations and times."""

from __future__ import annotations

from models.analysis.logs import Entry, RunLog, train_time
from models.analysis.page.charts import MOST_POINTS, Line, line_chart
from models.analysis.page.markup import Markup, join, table, tag
from models.analysis.page.parts import card, details, score_text
from models.analysis.scores import Metrics, fractions, main_score, scores_of_entry

#: key of the log → its title and what is said of its last value
_CURVES = {
    "loss": "Loss",
    "acc_pose": "Accuracy on training crops",
    "lr": "Learning rate",
}


def best_validation(log: RunLog | None, metrics: Metrics) -> tuple[str, float, int] | None:
    """Score, best value as a fraction, and its epoch; None before the first validation.

    Args:
        log: of the run.
        metrics: that its scores can be of.
    """
    points = _validated(log, metrics)
    if points is None:
        return None
    score, higher_is_better, values = points
    sign = 1 if higher_is_better else -1
    value, epoch = max((sign * value, -epoch) for epoch, value in values)
    return score, sign * value, -epoch


def _validated(
    log: RunLog | None, metrics: Metrics
) -> tuple[str, bool, list[tuple[int, float]]] | None:
    """The main score of the validations, whether higher is better, and epochs with values."""
    entries = [(entry["epoch"], scores_of_entry(entry)) for entry in log.val] if log else []
    main = main_score(dict.fromkeys(name for _, scores in entries for name in scores), metrics)
    if main is None:
        return None
    name, higher_is_better = main
    values = [(epoch, fractions(s, metrics)[name]) for epoch, s in entries if name in s]
    return name, higher_is_better, values


def training_section(log: RunLog, metrics: Metrics, boxes: str | None = None) -> Markup:
    """Curves over the epochs, a table of validations, and how long it took.

    Args:
        log: of the run; has logged something.
        metrics: that the scores of its validations can be of.
        boxes: where those of the validation come from, if that is known.
    """
    cards = [_curve(log, key, title) for key, title in _CURVES.items() if key in log.keys]
    cards.append(_validations(log, metrics))
    return join(
        tag("p", _times(log, boxes), class_="note"),
        tag("div", [one for one in cards if one], class_="grid"),
        _table(log, metrics),
    )


def _curve(log: RunLog, key: str, title: str) -> Markup | None:
    epochs, values = log.curve(key)
    if not values:
        return None
    last = f"{values[-1]:.4g} at the end"
    label = (
        f"{title} over {epochs[-1]:.4g} epochs: from {values[0]:.4g} to {values[-1]:.4g}, "
        f"lowest {min(values):.4g}, highest {max(values):.4g}"
    )
    each = -(-len(values) // MOST_POINTS)
    note = f"A point is the mean of {each} logged values." if each > 1 else None
    chart = line_chart(
        [Line(title, epochs, values)], label, "epoch", _epochs(log), _from_zero(values)
    )
    return card(title, chart, tag("p", note, class_="soft") if note else None, aside=last)


def _validations(log: RunLog, metrics: Metrics) -> Markup | None:
    best = best_validation(log, metrics)
    if best is None:
        return None
    if len(log.val) == 1:
        rows = _scores(log.val[0], metrics).items()
        whole = table(["score", "value"], rows, "Scores of the validation")
        return card(f"Validation after epoch {best[2]}", whole)
    score, value, epoch = best
    _, _, points = _validated(log, metrics)
    title, aside = f"Validation {score}", f"best {score_text(value)}, epoch {epoch}"
    epochs, values = zip(*((float(x), y) for x, y in points), strict=True)
    label = f"{title} after epochs: {', '.join(f'{y:.3f} at {x:g}' for x, y in points[:60])}"
    whole = (0, 1) if max(values) <= 1 else None
    chart = line_chart([Line(title, epochs, values)], label, "epoch", _epochs(log), whole)
    return card(title, chart, aside=aside)


def _table(log: RunLog, metrics: Metrics) -> Markup | None:
    if len(log.val) < 2:  # has a card
        return None
    rows = [(entry["epoch"], _scores(entry, metrics)) for entry in log.val]
    scores = list(dict.fromkeys(name for _, values in rows for name in values))
    body = [[epoch, *(values.get(name, "–") for name in scores)] for epoch, values in rows]
    whole = table(["epoch", *scores], body, "Scores of each validation")
    return details("Scores of each validation", tag("div", whole, class_="card"))


def _scores(entry: Entry, metrics: Metrics) -> dict[str, str]:
    """The scores of a validation, as text."""
    found = fractions(scores_of_entry(entry), metrics)
    return {name: score_text(value) for name, value in found.items()}


def _times(log: RunLog, boxes: str | None) -> str:
    try:
        time = train_time(log)
    except ValueError:
        return "No iteration was logged yet."
    words = (
        f"{_duration(time.total)} of training, without validation; {time.iteration:.3g} s an "
        f"iteration, {time.loading:.2g} s of it waiting for data."
    )
    if log.val and boxes:
        words += f" Validated on {boxes}."
    return words


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"


def _epochs(log: RunLog) -> tuple[float, float]:
    return 0.0, float(max(e["epoch"] for e in (*log.train, *log.val)))


def _from_zero(values: list[float]) -> tuple[float, float] | None:
    """Axes from 0 show how much a value really changed."""
    return (0.0, max(values) or 1.0) if min(values) >= 0 else None
