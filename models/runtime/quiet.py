"""Notices of dependencies that no user can act on: neither tools nor imports here say them.

A program that imports `models` keeps its warning filters and loggers: what is silenced for an
import is as before once it is over. A tool is a program of its own, and is silent to its end.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

#: beginnings of warnings that are given when dependencies are imported
_ON_IMPORT = (
    # mmcv 1.7.2 announces mmcv 2.0, which drops the Runner that this project is built on.
    "On January 1, 2023, MMCV will release",
    # Older releases of mmcv's dependencies import pkg_resources.
    "pkg_resources is deprecated",
)
#: and while training, of channels-last gradients: strides differ only along axes of length 1, so
#: the numbers lie in the same order
_WHILE_TRAINING = ("Grad strides do not match bucket view strides",)

#: says on import that there is a CUDA compiler and no GPU, which is a normal machine
_CUDA_LOGGER = "torch.utils.cpp_extension"


@contextmanager
def quiet_imports() -> Iterator[None]:
    """Within the block, imports of mmcv and torch say nothing that no user can act on.

    Filters that the imported libraries set themselves stay.
    """
    logger = logging.getLogger(_CUDA_LOGGER)
    level = logger.level
    added = _ignore(_ON_IMPORT)
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
        for entry in added:
            if entry in warnings.filters:
                warnings.filters.remove(entry)


def quiet_process() -> None:
    """Silence these notices for good; for tools, whose process is their own."""
    _ignore((*_ON_IMPORT, *_WHILE_TRAINING))
    logging.getLogger(_CUDA_LOGGER).setLevel(logging.ERROR)
    logging.getLogger("mmcv").addFilter(_is_worth_saying)


def _ignore(messages: tuple[str, ...]) -> list[tuple]:
    """Ignore warnings that begin so; the filters that were not there before."""
    before = list(warnings.filters)
    for message in messages:
        warnings.filterwarnings("ignore", message=message)
    return [entry for entry in warnings.filters if entry not in before]


def _is_worth_saying(record: logging.LogRecord) -> bool:
    # said once in every distributed run, of nothing that anyone could do otherwise
    return "Reducer buckets" not in record.getMessage()
