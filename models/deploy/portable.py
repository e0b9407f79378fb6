"""A config as others can have it: what belongs to one run or one machine is taken out."""

from __future__ import annotations

import contextlib
import getpass
import platform
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mmcv import Config

#: sections that say what the network is and how it was trained; no others are published
_SECTIONS = (
    "model",
    "data",
    "optimizer",
    "optimizer_config",
    "lr_config",
    "momentum_config",
    "total_epochs",
    "runner",
    "evaluation",
    "checkpoint_config",
    "custom_hooks",
    "fp16",
    "channels_last",
    "compile",
    "find_unused_parameters",
    "dataset_info",
    "custom_imports",
)

#: what tools look for besides, with values that suit everybody
_RUNTIME: dict[str, Any] = {
    "log_config": {"interval": 50, "hooks": [{"type": "TextLoggerHook"}]},
    "log_level": "INFO",
    "dist_params": {"backend": "nccl"},
    "load_from": None,
    "resume_from": None,
    "workflow": [("train", 1)],
}

_ELSEWHERE = re.compile(r"^(/|~|\.\.|[A-Za-z]:[\\/])")
_PATH_WITHIN = re.compile(r"""(?:^|[\s='"(,:])(?:/|~[\w.-]*/|[A-Za-z]:\\)[\w.-]+[/\\]""")

#: account and host names that tell nobody anything
_NOBODY = ("root", "localhost")


def portable_config(cfg: Mapping[str, Any]) -> Config:
    """The sections that make the network and its training, without paths of one machine.

    A path is kept from its last folder `data` on, as data/README.md lays data sets out, else its
    last name alone; paths below the working directory stay as they are. `pretrained`, whose weights
    a checkpoint brings, is None.
    """
    kept = {key: _plain(cfg[key]) for key in _SECTIONS if key in cfg}
    if "pretrained" in kept["model"]:
        kept["model"]["pretrained"] = None
    return Config({**kept, **_plain(_RUNTIME)})


def check_public(texts: Iterable[tuple[str, str]], allowed: Iterable[str] = ()) -> None:
    """Make sure that texts name no place, account or host of this machine.

    Args:
        texts: pairs of what a text is called and the text.
        allowed: account or host names that are ordinary words.

    Raises:
        ValueError: one does; says which.
    """
    private = [name for name in private_names() if name not in set(allowed)]
    for where, text in texts:
        path = _PATH_WITHIN.search(text)
        if path:
            found = text[path.start() :].strip(" ='\"(,:").split()[0]
            raise ValueError(
                f"{where} holds the path {found}, which is not for others: change it with "
                "--cfg-options"
            )
        for name in private:
            if re.search(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", text):
                raise ValueError(
                    f"{where} holds '{name}', a name of this machine: change it with "
                    f"--cfg-options, or say --allow {name} if it may be known"
                )


def private_names() -> list[str]:
    """Names of the account and of the host."""
    names = [platform.node(), platform.node().split(".")[0], Path.home().name]
    with contextlib.suppress(KeyError, OSError):  # an account without a name, as containers have
        names.append(getpass.getuser())
    return [name for name in dict.fromkeys(names) if len(name) > 2 and name not in _NOBODY]


def strings(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """Every string in nested containers, keys too, with the place where it stands."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from strings(key, where)
            yield from strings(item, f"{where}.{key}")
    elif isinstance(value, list | tuple):
        for i, item in enumerate(value):
            yield from strings(item, f"{where}.{i}")


def _plain(value: Any) -> Any:
    """A copy in plain containers, its paths shortened."""
    return _mapped(value, lambda text: _shortened(text) if _ELSEWHERE.match(text) else text)


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _mapped(item, change) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_mapped(item, change) for item in value)
    return value


def _shortened(path: str) -> str:
    parts = [part for part in re.split(r"[\\/]", path) if part]
    end = "/" if path[-1] in "/\\" else ""
    if "data" in parts:
        first = len(parts) - 1 - parts[::-1].index("data")
        return "/".join(parts[first:]) + end
    return parts[-1] + end if parts else ""
