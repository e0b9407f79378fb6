"""Every tool says what it does."""

from __future__ import annotations

from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"
SCRIPTS = sorted(
    str(path.relative_to(TOOLS.parent))
    for pattern in ("*.py", "*.sh")
    for path in TOOLS.rglob(pattern)
    if path.name not in ("environment.sh", "launch.sh")  # are sourced
)


@pytest.mark.parametrize("script", SCRIPTS)
def test_help(script, run_tool):
    command = ["bash", script] if script.endswith(".sh") else [script]
    done = run_tool(*command, "--help", fresh=True)
    text = (TOOLS.parent / script).read_text(encoding="utf-8")
    says = text.split('"""')[1].split()[0] + " " if script.endswith(".py") else f"bash {script}"
    assert says in done.stdout
    assert len(done.stdout.splitlines()) > 3
    assert "Warning" not in done.stderr


@pytest.mark.parametrize("script", [s for s in SCRIPTS if s.endswith(".py")])
def test_unknown_option(script, run_tool):
    done = run_tool(script, "--no-such-option", check=False)
    assert done.returncode == 2
    assert "no-such-option" in done.stderr or "required" in done.stderr
