"""The section of the training: its curves, validations and times."""

from __future__ import annotations

from models.analysis.logs import Entry, RunLog, train_time
from models.analysis.measure import fractions
from models.analysis.page.charts import MOST_POINTS, Line, line_chart
from models.analysis.page.markup import Markup, join, table, tag
from models.analysis.page.parts import card, details, score_text

#: key of the log → its title and what is said of its last value
_CURVES = {
    "loss": "Loss",
    "acc_pose": "Accuracy on training crops",
    "lr": "Learning rate",
}
#: scores that stand for a validation
_SCORES = ("AP", "PCKh")
_NO_SCORES = ("mode", "epoch", "iter", "lr")


def best_validation(log: RunLog | None) -> tuple[str, float, int] | None:
    """Score, highest value as a fraction, and its epoch; None before the first validation."""
    for score in _SCORES:
        found = [(fractions(e)[score], -e["epoch"]) for e in log.val if score in e] if log else []
        if found:
            value, epoch = max(found)
            return score, value, -epoch
    return None


def training_section(log: RunLog, boxes: str | None = None) -> Markup:
    """Curves over the epochs, a table of validations, and how long it took.

    Args:
        log: of the run; has logged something.
        boxes: where those of the validation come from, if that is known.
    """
    cards = [_curve(log, key, title) for key, title in _CURVES.items() if key in log.keys]
    cards.append(_validations(log))
    return join(
        tag("p", _times(log, boxes), class_="note"),
        tag("div", [one for one in cards if one], class_="grid"),
        _table(log),
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


def _validations(log: RunLog) -> Markup | None:
    best = best_validation(log)
    if best is None:
        return None
    if len(log.val) == 1:
        whole = table(["score", "value"], _scores(log.val[0]).items(), "Scores of the validation")
        return card(f"Validation after epoch {best[2]}", whole)
    score, value, epoch = best
    points = [(float(e["epoch"]), fractions(e)[score]) for e in log.val if score in e]
    title, aside = f"Validation {score}", f"best {score_text(value)}, epoch {epoch}"
    epochs, values = zip(*points, strict=True)
    label = f"{title} after epochs: {', '.join(f'{y:.3f} at {x:g}' for x, y in points[:60])}"
    chart = line_chart([Line(title, epochs, values)], label, "epoch", _epochs(log), (0, 1))
    return card(title, chart, aside=aside)


def _table(log: RunLog) -> Markup | None:
    if len(log.val) < 2:  # has a card
        return None
    rows = [(entry["epoch"], _scores(entry)) for entry in log.val]
    scores = list(dict.fromkeys(name for _, values in rows for name in values))
    body = [[epoch, *(values.get(name, "–") for name in scores)] for epoch, values in rows]
    whole = table(["epoch", *scores], body, "Scores of each validation")
    return details("Scores of each validation", tag("div", whole, class_="card"))


def _scores(entry: Entry) -> dict[str, str]:
    """The scores of a validation, as text."""
    found = fractions({key: value for key, value in entry.items() if key not in _NO_SCORES})
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
