"""Missing pictures, found when the data set is made and not hours later."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

PROBES = 9


def check_images(files: Sequence[str], img_prefix: str, some_may_lack: bool = False) -> None:
    """Check that the folder exists, and the first and a few evenly spaced files of it.

    Args:
        files: image files, `img_prefix` included.
        img_prefix: the folder.
        some_may_lack: whether it is enough that one of them is there.

    Raises:
        FileNotFoundError: names the folder or the file, and the key to correct.
    """
    if not Path(img_prefix or ".").is_dir():
        raise FileNotFoundError(f"img_prefix {img_prefix} is no folder; check the path")
    if not files:
        return
    probes = [files[i] for i in np.unique(np.linspace(0, len(files) - 1, PROBES).astype(int))]
    lacking = [file for file in probes if not Path(file).is_file()]
    if len(lacking) > (len(probes) - 1 if some_may_lack else 0):
        raise FileNotFoundError(
            f"image {lacking[0]} does not exist; check img_prefix ({img_prefix}) and that it holds "
            "the images of this annotation file"
        )
