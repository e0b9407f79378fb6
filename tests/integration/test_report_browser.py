"""A report in a real browser: quiet, complete, and within the width of a phone and of a desk."""

from __future__ import annotations

import json

import cv2
import pytest

from tests.integration.chromium import browser, find_chromium
from tests.integration.conftest import COCO_CONFIG

pytestmark = pytest.mark.integration

PHONE, DESK = (390, 844), (1280, 900)

#: what stands out of the window sideways and is in no box that scrolls; and texts that are cut off
TOO_WIDE = """
[...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll')
  && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))
"""
UNLOADED = "[...document.images].filter(i => !(i.complete && i.naturalWidth > 0)).length"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A page in a browser; skips where there is none."""
    program = find_chromium()
    if program is None:
        pytest.skip("chromium not found (Debian: apt-get install chromium)")
    with browser(program, tmp_path_factory.mktemp("profile")) as one:
        yield one


@pytest.fixture(scope="module")
def report(trained, run_tool, tiny, tmp_path_factory):
    """The report of a trained and tested run."""
    out = tmp_path_factory.mktemp("report") / "report.html"
    results = out.with_name("results.json")
    test = ["tools/test.py", COCO_CONFIG, trained / "latest.pth", "--work-dir", out.parent]
    run_tool(*test, "--out", results, *tiny("coco"))
    run_tool("tools/analysis/report.py", trained, "--results", results, "--out", out)
    return out


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_report_in_a_browser(page, report, size, scheme, tmp_path):
    page.open(report.as_uri(), *size, scheme)
    assert page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)") is None

    requests = [event["request"]["url"] for event in page.told("Network.requestWillBeSent")]
    assert requests[0] == report.as_uri()
    assert all(url.startswith("data:") for url in requests[1:])
    said = [*page.told("Runtime.consoleAPICalled"), *page.told("Runtime.exceptionThrown")]
    assert not said + page.told("Log.entryAdded")

    assert page.evaluate("document.images.length") > 0
    assert page.evaluate(UNLOADED) == 0
    width, inner = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert inner == size[0]
    assert width <= inner
    assert page.evaluate(TOO_WIDE) == []

    page.screenshot(tmp_path / "page.png")
    picture = cv2.imread(str(tmp_path / "page.png"))
    assert picture.shape[1] == size[0]
    corner = picture[:10, :10].mean()
    assert corner > 200 if scheme == "light" else corner < 60


def test_browser_tells_what_would_be_wrong(page, tmp_path):
    """The test above can fail: on a page that asks, complains and is too wide, it does."""
    bad = tmp_path / "bad.html"
    bad.write_text(
        "<body><img src='http://127.0.0.1:9/a.png'><div style='width:2000px'>wide</div>"
        f"<script>console.error({json.dumps('oh')}); nothing.at.all</script>"
    )
    page.open(bad.as_uri(), *PHONE)
    assert page.told("Runtime.consoleAPICalled")
    assert page.told("Runtime.exceptionThrown")
    assert len(page.told("Network.requestWillBeSent")) == 2
    assert page.evaluate(UNLOADED) == 1
    assert page.evaluate("document.documentElement.scrollWidth") > PHONE[0]
    assert page.evaluate(TOO_WIDE)
