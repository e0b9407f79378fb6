"""The whole page, of its sections."""

from __future__ import annotations

from collections.abc import Sequence

from models.analysis.measure import Measurement
from models.analysis.page.cases import examples_section, worst_section
from models.analysis.page.errors import errors_section
from models.analysis.page.facts import facts_section
from models.analysis.page.markup import Markup, join, tag
from models.analysis.page.parts import call, score_text
from models.analysis.page.scores import scores_section
from models.analysis.page.style import stylesheet
from models.analysis.page.training import best_validation, training_section
from models.analysis.published import PUBLISHED
from models.analysis.run_folder import RunFolder
from models.analysis.scores import Metrics, metrics_of

#: the browser itself is told that the page may fetch and run nothing
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def render(
    run: RunFolder,
    measured: Measurement | None,
    remarks: Sequence[tuple[str, str | None]] = (),
    origin: str = "",
    validated_on: str | None = None,
    metrics: Metrics | None = None,
) -> str:
    """The page as text.

    Args:
        run: the run folder.
        measured: the test; None where there is none.
        remarks: what is missing, and the command that makes it.
        origin: when, and of which version, the page was made; said at its end.
        validated_on: which boxes validations took, if that is known.
        metrics: of the validations; by default all that are known.
    """
    metrics = metrics_of(None) if metrics is None else metrics
    sections = _sections(run, measured, metrics, validated_on)
    title = f"{run.name}: training report"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", title),
        tag("style", Markup(stylesheet())),
        # an empty picture, or the browser asks the server for one
        tag("link", rel="icon", href="data:,"),
    )
    links = [tag("a", name, href=f"#{_anchor(name)}") for name, _ in sections]
    header = tag(
        "header",
        tag("p", "Training report", class_="over"),
        tag("h1", _breakable(run.name)),
        _about(run),
        _tiles(run, measured, metrics),
        tag("nav", links, aria_label="Sections"),
    )
    main = tag(
        "main",
        tag("div", [call(text, command) for text, command in remarks], class_="remarks"),
        [tag("section", tag("h2", name), content, id=_anchor(name)) for name, content in sections],
    )
    footer = tag("footer", tag("p", origin)) if origin else None
    body = tag("body", header, main, footer)
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _sections(
    run: RunFolder, measured: Measurement | None, metrics: Metrics, validated_on: str | None
) -> list[tuple[str, Markup]]:
    log = run.log
    logged = log is not None and bool(log.train or log.val)
    sections = [
        ("Scores", scores_section(run.name, measured) if measured and measured.scores else None),
        ("Training", training_section(log, metrics, validated_on) if logged else None),
        (
            "Errors by joint",
            errors_section(measured.errors) if measured and measured.errors else None,
        ),
        ("Worst cases", worst_section(measured) if measured else None),
        ("Examples of the validation", examples_section(run.examples) if run.examples else None),
        ("Run and environment", facts_section(run)),
    ]
    return [(name, content) for name, content in sections if content]


def _about(run: RunFolder) -> Markup:
    start = run.last_start
    commit = (start.get("environment") or {}).get("commit")
    facts = [
        ("run folder", str(run.path)),
        ("started", run.starts[0].get("started") if run.starts else None),
        ("seed", start.get("seed")),
        ("commit", str(commit)[:12] if commit else None),
    ]
    shown = [tag("span", f"{name} ", tag("b", value)) for name, value in facts if value is not None]
    return tag("p", shown, class_="facts")


def _tiles(run: RunFolder, measured: Measurement | None, metrics: Metrics) -> Markup:
    """The headline score, and what belongs beside it."""
    tiles = []
    scores = dict(measured.scores) if measured else {}
    if scores:
        headline = measured.headline
        value, kind = score_text(scores[headline]), measured.samples_kind or ""
        tiles.append((f"{headline} on the test set", value, kind))
        for name in measured.highlights:
            if name in scores:
                tiles.append((name, score_text(scores[name]), ""))
    best = best_validation(run.log, metrics)
    if best:
        score, value, epoch = best
        tiles.append((f"best validation {score}", score_text(value), f"epoch {epoch}"))
    published = PUBLISHED.get(run.name)
    if published:
        name, value = next(iter(published.items()))
        tiles.append((f"published {name}", score_text(value, 3), "original release"))
    return (
        tag(
            "dl",
            [
                tag(
                    "div",
                    tag("dt", name),
                    tag("dd", value),
                    tag("dd", said) if said else None,
                    class_="card tile" + (" head" if i == 0 else ""),
                )
                for i, (name, value, said) in enumerate(tiles)
            ],
            class_="tiles",
        )
        if tiles
        else join()
    )


def _breakable(name: str) -> list[str]:
    """A name that a narrow window may break after its underscores."""
    parts = name.split("_")
    return [*(join(part, "_", tag("wbr")) for part in parts[:-1]), parts[-1]]


def _anchor(name: str) -> str:
    return name.lower().replace(" ", "-")
