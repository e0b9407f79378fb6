"""The run's log: to the terminal, and to a file in the run folder."""

from __future__ import annotations

import logging
from pathlib import Path

from models.runtime.quiet import quiet_imports

with quiet_imports():
    from mmcv.utils import get_logger

#: name of the logger of a run
LOGGER = "lite_hrnet"


def open_log(path: str | Path | None = None, level: str = "INFO") -> logging.Logger:
    """The run's logger; the first process writes, the others report errors only.

    What the package's modules log (`models.…`) goes the same way.

    Args:
        path: log file; None logs to the terminal only.
        level: the least important level that is shown.
    """
    logger = get_logger(LOGGER, log_file=str(path) if path else None, log_level=level)
    logger.propagate = False  # libraries (MLflow) set up the root logger, and lines come twice
    package = logging.getLogger("models")
    package.handlers = logger.handlers
    package.setLevel(logger.level)
    package.propagate = False
    return logger
