"""Dependencies say things on import that no user can act on; they are said nowhere here."""

from __future__ import annotations

import logging
import warnings


def quiet_dependencies() -> None:
    """Silence known, harmless notices; call before mmcv is imported."""
    # mmcv 1.7.2 announces mmcv 2.0, which drops the Runner that this project is built on.
    warnings.filterwarnings("ignore", message="On January 1, 2023, MMCV will release")
    # Older releases of mmcv's dependencies import pkg_resources.
    warnings.filterwarnings("ignore", message="pkg_resources is deprecated")
    # Said of channels-last training, where strides differ only along axes of length 1: the numbers
    # lie in the same order.
    warnings.filterwarnings("ignore", message="Grad strides do not match bucket view strides")
    # A CUDA compiler without a GPU is a normal machine.
    logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)
    # Said once in every distributed run, of nothing that anyone could do otherwise.
    logging.getLogger("mmcv").addFilter(lambda record: "Reducer buckets" not in record.getMessage())
