"""A program that imports `models` keeps its warnings and loggers; nothing is said on import."""

from __future__ import annotations

import logging
import subprocess
import sys
import warnings

import pytest

from models.runtime.cli import run_tool
from models.runtime.quiet import quiet_imports

NOTICES = (
    "On January 1, 2023, MMCV will release v2.0.0",
    "pkg_resources is deprecated as an API",
    "Grad strides do not match bucket view strides.",
)
#: but for the level of "mmcv", which mmcv sets itself
LOGGERS = ("torch.utils.cpp_extension", "")

PROGRAM = f"""
import logging, warnings
warnings.filterwarnings("ignore", message="of my own")
before = list(warnings.filters)
loggers = [logging.getLogger(name) for name in {LOGGERS}]
levels = [logger.level for logger in loggers]

{{imports}}

import mmcv, torch  # are there now
assert [entry for entry in warnings.filters if entry in before] == before
with warnings.catch_warnings(record=True) as heard:
    for notice in {NOTICES}:
        warnings.warn(notice)
assert len(heard) == {len(NOTICES)}, [str(one.message) for one in heard]
assert [logger.level for logger in loggers] == levels
assert not any(logger.filters for logger in [*loggers, logging.getLogger("mmcv")])
"""


@pytest.mark.parametrize(
    "imports",
    [
        "import models; from models import PoseInferencer, build_posenet, init_pose_model, "
        "build_dataset, build_dataloader, load_config; import models.engine",
        "import models.layers",
        "from models.deploy import build_engine",
    ],
)
def test_imports_change_nothing_and_say_nothing(repository, imports):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(imports=imports)],
        cwd=repository,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


def test_libraries_keep_the_filters_that_they_set():
    with warnings.catch_warnings():
        before = list(warnings.filters)
        with quiet_imports():
            warnings.filterwarnings("error", message="set by a library")
            assert len(warnings.filters) > len(before) + 1
        (own,) = (entry for entry in warnings.filters if entry not in before)
        assert own[0] == "error"


def test_tools_are_silent():
    def tool():
        for notice in NOTICES:
            warnings.warn(notice, stacklevel=1)
        warnings.warn("of use to somebody", stacklevel=1)
        logging.getLogger("torch.utils.cpp_extension").warning("No CUDA runtime is found")

    logger, level = logging.getLogger("mmcv"), logging.getLogger("torch.utils.cpp_extension").level
    try:
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            run_tool(tool)
            run_tool(lambda: None)
        assert [str(one.message) for one in heard] == ["of use to somebody"]
        assert len(logger.filters) == 1
        record = logging.LogRecord("mmcv", 20, "", 0, "Reducer buckets have been rebuilt", (), None)
        assert not logger.filter(record)
        assert not logging.getLogger("torch.utils.cpp_extension").isEnabledFor(logging.WARNING)
    finally:
        logger.filters.clear()
        logging.getLogger("torch.utils.cpp_extension").setLevel(level)
