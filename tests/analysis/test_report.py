"""The report's parts: text is escaped, colours can be read, numbers are the published ones."""

from __future__ import annotations

import re

import pytest

from models.analysis.page.charts import (
    MOST_POINTS,
    Line,
    line_chart,
    thinned,
    tick_texts,
    ticks,
)
from models.analysis.page.markup import join, tag
from models.analysis.page.parts import command_lines, difference_text, score_text
from models.analysis.page.style import DARK, LIGHT
from models.analysis.published import PUBLISHED
from models.analysis.report import write_report
from tests.analysis.fake_run import train_line, write_log, write_run

HOSTILE = "<script>alert('x')</script>\"&"


def test_text_is_escaped_and_markup_is_not():
    inner = tag("b", HOSTILE)
    assert "<script" not in inner
    assert tag("p", inner) == f"<p>{inner}</p>"
    assert tag("a", "x", href='"><script>') == '<a href="&quot;&gt;&lt;script&gt;">x</a>'
    assert tag("i", None, False, 0, class_="a", aria_label="b", hidden=True, title=None) == (
        '<i class="a" aria-label="b" hidden>0</i>'
    )
    assert tag("br") == "<br>"
    assert join(["a", [tag("b", "<")]], "<") == "a<b>&lt;</b>&lt;"


def test_numbers_as_tables_have_them():
    assert score_text(0.65849) == ".6585"
    assert score_text(1.0) == "1.0000"
    assert score_text(-1) == score_text(float("nan")) == score_text(None) == "–"
    assert difference_text(0.0105) == "+.0105"
    assert difference_text(-0.2) == "−.2000"


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0, 1, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0, 0.0069, ["0.000", "0.002", "0.004", "0.006", "0.008"]),
        (0, 210, ["0", "50", "100", "150", "200", "250"]),
        (0, 2e-5, ["0", "5e-6", "10e-6", "15e-6", "20e-6"]),
    ],
)
def test_ticks_are_round_and_enclose(low, high, texts):
    values = ticks(low, high, 5)
    assert values[0] <= low
    assert values[-1] >= high
    assert tick_texts(values) == texts


def test_ticks_around_a_single_value():
    assert len(ticks(0.5, 0.5, 5)) > 1
    assert len(ticks(0.0, 0.0, 5)) > 1


def test_long_curves_become_means():
    x, y = thinned(range(10_000), [1.0] * 10_000)
    assert len(x) <= MOST_POINTS
    assert set(y) == {1.0}
    assert x == sorted(x)
    assert thinned([1, 2], [3, 4]) == ([1, 2], [3, 4])


def test_chart_stays_inside_its_frame():
    chart = line_chart([Line("a", [0, 1, 2], [5.0, 1.0, 3.0])], "a, falling", "epoch")
    for x, y in re.findall(r'cx="([\d.-]+)" cy="([\d.-]+)"', chart):
        assert 0 <= float(x) <= 420
        assert 0 <= float(y) <= 240
    assert 'aria-label="a, falling"' in chart


def test_command_over_several_lines_is_the_same_command():
    import shlex

    command = shlex.join(["python", "a b.py", "--x", "1", "--cfg-options", "k=[1,2]", "l='q'"])
    shown = command_lines(command)
    assert shown.count("\n") == 4
    assert shlex.split(shown.replace("\\\n", " ")) == shlex.split(command)
    assert command_lines("it's cut") == "it's cut"


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_contrast(colors):
    """WCAG 2's AA: 4.5 for text, 3 for what else is to be seen."""
    for text in ("ink", "soft", "accent"):
        for ground in ("page", "card"):
            assert contrast(colors[text], colors[ground]) >= 4.5, (text, ground)
    for mark in ("accent", "jitter", "inversion", "swap", "miss"):
        assert contrast(colors[mark], colors["card"]) >= 3, mark
    assert LIGHT.keys() == DARK.keys()


def test_published_rows_are_those_of_the_readme(repository):
    text = (repository / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[\w+\]\(configs/[\w/]+/(\w+)\.py\) \|(.*)\|$", text, re.MULTILINE)
    told = {
        name: [float(cell) for cell in cells.split("|") if re.fullmatch(r" \.\d{3} ", cell)]
        for name, cells in rows
    }
    assert told == {name: list(scores.values()) for name, scores in PUBLISHED.items()}
    configs = {path.stem for path in (repository / "configs/top_down").rglob("*.py")}
    assert set(PUBLISHED) <= configs


CONFIG = "configs/top_down/lite_hrnet/coco/litehrnet_18_coco_256x192.py"


def test_run_without_a_test_says_how_to_get_one(repository, tmp_path):
    run = tmp_path / "a run"
    write_run(run, repository / CONFIG, ["total_epochs=2"], seed=HOSTILE, command=HOSTILE)
    page, lacking = write_report(run)
    text = page.read_text(encoding="utf-8")
    assert page == run / "report.html"
    assert lacking == ["Not tested yet: scores, errors and worst cases come with"]
    assert "python tools/test.py" in text
    assert "best validation AP" in text
    assert "published AP" in text
    assert ".648" in text
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    for kind in ("src", "href"):
        for target in re.findall(rf'{kind}="([^"]*)"', text):
            assert target.startswith(("data:", "#")), target


def test_interrupted_run_says_how_to_go_on(repository, tmp_path):
    command = "python tools/train.py x.py --cfg-options data.samples_per_gpu=3"
    write_run(tmp_path, repository / CONFIG, ["total_epochs=5"], command=command)
    page, lacking = write_report(tmp_path)
    assert lacking[0].startswith("The run is in epoch 2 of 5.")
    text = page.read_text(encoding="utf-8")
    assert "--auto-resume --cfg-options data.samples_per_gpu=3" in text


def test_run_that_has_logged_nothing_yet(repository, tmp_path):
    write_run(tmp_path, repository / CONFIG)
    for path in tmp_path.glob("*.log.json"):
        path.write_text('{"seed": 0}\n')
    page, lacking = write_report(tmp_path)
    assert lacking[0].startswith("The run is in epoch 0 of 210.")
    assert 'id="training"' not in page.read_text(encoding="utf-8")


def test_run_of_another_program(tmp_path):
    """A log alone is enough for curves."""
    write_log(tmp_path, [train_line(1, 50), train_line(1, 100)])
    page, _ = write_report(tmp_path)
    text = page.read_text(encoding="utf-8")
    assert text.count('class="chart"') == 3
    (tmp_path / "results.json").write_text("[]")
    _, lacking = write_report(tmp_path)
    assert "no config file" in lacking[0]
    with pytest.raises(ValueError, match="no config file"):
        write_report(tmp_path, results=tmp_path / "results.json")


def test_folder_that_is_no_run_folder(tmp_path):
    with pytest.raises(ValueError, match="is no run folder"):
        write_report(tmp_path)
    with pytest.raises(FileNotFoundError, match="does not exist"):
        write_report(tmp_path / "nowhere")
