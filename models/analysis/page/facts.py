"""The section of the run itself: command, config, seed, commit, machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.analysis.page.markup import Markup, join, table, tag
from models.analysis.page.parts import card, command_lines, details, pairs
from models.analysis.run_folder import RunFolder


def facts_section(run: RunFolder) -> Markup:
    """Where the run came from, as its folder says."""
    start = run.last_start
    environment = dict(start.get("environment") or {})
    if not environment and run.log:
        environment = {k: v for k, v in run.log.header.items() if k in ("env_info", "seed")}
    told = [
        ("run folder", tag("code", run.path)),
        ("config", tag("code", start["config"]) if start.get("config") else None),
        ("started", start.get("started")),
        ("seed", start.get("seed")),
        ("deterministic", _plain(start.get("deterministic"))),
        ("commit", tag("code", environment["commit"]) if environment.get("commit") else None),
    ]
    machine = [
        (key.replace("_", " "), _plain(v)) for key, v in environment.items() if key != "commit"
    ]
    parts = [card("Run", pairs(told)), card("Environment", pairs(machine)) if machine else None]
    command = None
    if start.get("command"):
        command = card("Command", tag("pre", command_lines(str(start["command"]))))
    return join(command, tag("div", parts, class_="grid"), _starts(run), _config(run))


def _starts(run: RunFolder) -> Markup | None:
    """The starts of a run that was cut and gone on with."""
    if len(run.starts) < 2:
        return None
    rows = [
        [
            str(start.get("started", "")),
            _plain(start.get("seed")),
            str((start.get("environment") or {}).get("commit") or "")[:12],
            tag("code", start.get("command", "")),
        ]
        for start in run.starts
    ]
    whole = table(["started", "seed", "commit", "command"], rows, "Starts of this run", 9)
    return details(f"All {len(run.starts)} starts", tag("div", whole, class_="card"))


def _config(run: RunFolder) -> Markup | None:
    if run.config is None:
        return None
    text = run.config.read_text(encoding="utf-8", errors="replace")
    return details("The whole config", tag("div", tag("pre", text), class_="card"))


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    return str(value)
