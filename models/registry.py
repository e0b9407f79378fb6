"""Registries that need nothing but Python, for families that a light installation has too.

They are used as mmcv's are; configs do not show which kind of registry builds a section.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from models.runtime.names import check_keys, nearest


class Registry:
    """Names that a config's `type` may have, and the classes that they stand for.

    Args:
        name: what a member is called, for messages ("codec").
        home: the package whose import registers the built-in members.

    Attributes:
        module_dict: registered name → class.
    """

    def __init__(self, name: str, home: str) -> None:
        self.name = name
        self.home = home
        self.module_dict: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"Registry(name={self.name!r}, members={sorted(self.module_dict)})"

    def register_module(
        self, name: str | None = None, force: bool = False, module: Any = None
    ) -> Callable[[Any], Any]:
        """Register a class: `@CODECS.register_module()` above it, or with `module=` as a call.

        Args:
            name: by default the class's own name.
            force: whether the name may be taken already.
            module: the class; None for the decorator.

        Raises:
            KeyError: the name is taken.
        """
        if module is None:
            return lambda member: self.register_module(name, force, member)
        key = name or module.__name__
        if key in self.module_dict and not force:
            raise KeyError(
                f"a {self.name} '{key}' is registered already; choose another name, or replace it "
                "with force=True"
            )
        self.module_dict[key] = module
        return module

    def get(self, name: str) -> Any | None:
        """The class of that name; None where there is none."""
        return self.module_dict.get(name)

    def build(self, cfg: Mapping[str, Any], default_args: Mapping[str, Any] | None = None) -> Any:
        """The member that a config describes; see `build_member`."""
        return build_member(self, self.home, cfg, default_args)


def build_member(
    registry: Any, home: str, cfg: Mapping[str, Any], default_args: Mapping[str, Any] | None = None
) -> Any:
    """Build one member of a registry, a `Registry` or mmcv's.

    Args:
        registry: has `name`, `module_dict` and `get`.
        home: the package that is imported first, so that no import order decides what is known.
        cfg: `type` (a registered name, or a class) and the arguments.
        default_args: arguments used where `cfg` does not give them.

    Raises:
        KeyError: no `type`, an unknown one, or an unknown argument; names the nearest.
    """
    if not isinstance(cfg, Mapping) or "type" not in cfg:
        raise KeyError(f"a {registry.name} config must be a dict with the key 'type', not {cfg!r}")
    args = {**(default_args or {}), **cfg}
    kind = args.pop("type")
    importlib.import_module(home)
    cls = registry.get(kind) if isinstance(kind, str) else kind
    if cls is None:
        raise KeyError(
            f"{kind} is not a {registry.name}{nearest(kind, registry.module_dict)}; a class of "
            "your own is registered once its file is imported (custom_imports)"
        )
    parameters = inspect.signature(cls).parameters
    if not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        check_keys(args, parameters, f"{registry.name} {kind}")
    return cls(**args)


CODECS = Registry("codec", "models.codecs")
ENGINES = Registry("engine", "models.deploy")
EXPORTERS = Registry("exporter", "models.deploy")
