"""The registries of families that work where neither PyTorch nor mmcv is installed.

They are used as mmcv's are (`register_module`, `get`, `build`), and own members are registered by
files that a config names in mmcv's `custom_imports`.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from models.runtime.names import check_keys, nearest


class Registry:
    """Names of a family's members, as configs and options give them.

    Args:
        name: what a member is called in messages.
        home: the package whose import registers the members that come with this code base.
    """

    def __init__(self, name: str, home: str) -> None:
        self.name = name
        self.home = home
        self.module_dict: dict[str, Any] = {}

    def get(self, name: str) -> Any:
        """The member of a name; None where there is none."""
        return self.module_dict.get(name)

    def register_module(
        self, name: str | None = None, force: bool = False, module: Any = None
    ) -> Any:
        """Register a class or function, as a decorator or, with `module`, as a call.

        Args:
            name: by which it is known; by default its own.
            force: take the place of a member of that name.
            module: what is registered.

        Raises:
            KeyError: the name is taken.
        """

        def register(member: Any) -> Any:
            key = name or member.__name__
            if key in self.module_dict and not force:
                raise KeyError(f"{key} is already registered as {self.name}")
            self.module_dict[key] = member
            return member

        return register if module is None else register(module)

    def build(self, cfg: Mapping[str, Any], default_args: Mapping[str, Any] | None = None) -> Any:
        """Build a member from a config's section.

        Args:
            cfg: `type`, and arguments of the member.
            default_args: arguments used where `cfg` does not give them.

        Raises:
            KeyError: an unknown type or argument; names the nearest known one.
        """
        if not isinstance(cfg, Mapping) or "type" not in cfg:
            raise KeyError(f"a {self.name} config must be a dict with the key 'type', not {cfg!r}")
        args = {**(default_args or {}), **cfg}
        kind = args.pop("type")
        importlib.import_module(self.home)
        member: Callable[..., Any] | None = self.get(kind) if isinstance(kind, str) else kind
        if member is None:
            raise KeyError(f"{kind} is not a {self.name}{nearest(kind, self.module_dict)}")
        parameters = inspect.signature(member).parameters
        if not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
            check_keys(args, parameters, f"{self.name} {kind}")
        return member(**args)


CODECS = Registry("codec", "models.codecs")
ENGINES = Registry("engine", "models.deploy")
EXPORTERS = Registry("exporter", "models.deploy")
