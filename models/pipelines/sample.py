"""The dict that travels through a pipeline: its image is decoded when somebody looks at it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from models.pipelines.lazy_image import LazyImage

MADE_BY = {
    "img": "LoadImageFromFile",
    "target": "TopDownGenerateTarget",
    "target_weight": "TopDownGenerateTarget",
    "crop_matrix": "TopDownAffine",
    "flipped": "TopDownRandomFlip",
    "center": "TopDownGetBboxCenterScale",
    "scale": "TopDownGetBboxCenterScale",
}


class Sample(dict):
    """A dict, but for its image, its random numbers and its answer to a missing key.

    - `image` is an image that nobody has looked at. Whoever asks for `sample["img"]`, by `get`,
      by iterating or by copying the sample into a plain dict (`{**sample}`) gets its pixels, which
      are what counts from then on. Where the whole image may not be read
      (`LazyImage.crops_only`), iterating and copying leave it out.
    - `rng` is the generator that steps draw from, see `rng_of`.

    Made as a dict is; another sample's image and generator are taken over.
    """

    __slots__ = ("_image", "rng")

    def __init__(self, given: Mapping[str, Any] | Iterable = (), /, **values: Any) -> None:
        self._image: LazyImage | None = None
        self.rng: np.random.RandomState | None = None
        if isinstance(given, Sample):
            self._image, self.rng = given.image, given.rng
            given = dict.items(given)
        super().__init__(given, **values)

    @property
    def image(self) -> LazyImage | None:
        """The image that nobody has looked at; None where `img` holds pixels, or there is none."""
        return None if dict.__contains__(self, "img") else self._image

    @image.setter
    def image(self, image: LazyImage | None) -> None:
        dict.pop(self, "img", None)
        self._image = image

    def copy(self) -> Sample:
        """A sample of its own, the values shared; nobody has looked at its image either."""
        return Sample(self)

    __copy__ = copy

    def followed_by(self, made: Mapping[str, Any]) -> Sample:
        """What a step has returned, as a sample that goes on with this one's random numbers.

        A plain dict that could not take the image along is given it.
        """
        sample = Sample(made)
        sample.rng = self.rng
        if self.image is not None and not self._shows_image and not isinstance(made, Sample):
            sample._image = self.image
        return sample

    def __missing__(self, key: str) -> Any:
        if key == "img" and self._image is not None:
            self["img"] = pixels = self._image.array()
            self._image = None
            return pixels
        if key in MADE_BY:
            cure = f"put {MADE_BY[key]} before the pipeline step that needs it"
        else:
            cure = f"no pipeline step makes it, so the data set must (it has {', '.join(self)})"
        raise KeyError(f"the sample has no '{key}': {cure}")

    def __contains__(self, key: object) -> bool:
        return dict.__contains__(self, key) or (key == "img" and self._image is not None)

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self else default  # noqa: SIM401  (this is `get`)

    def pop(self, key: str, *default: Any) -> Any:
        if key not in self:
            return super().pop(key, *default)
        value = self[key]
        del self[key]
        return value

    def __delitem__(self, key: str) -> None:
        if key == "img" and self._image is not None:
            self.image = None
        else:
            super().__delitem__(key)

    def setdefault(self, key: str, default: Any = None) -> Any:
        self.get(key)
        return super().setdefault(key, default)

    def __len__(self) -> int:
        return len(self.keys())

    def __iter__(self) -> Iterator[str]:  # with it, copies into plain dicts ask `__getitem__`
        return iter(self.keys())

    def keys(self) -> Any:
        if self._shows_image:
            return {**dict.fromkeys(dict.keys(self)), "img": None}.keys()
        return super().keys()

    def values(self) -> Any:
        if self._shows_image:
            self.get("img")
        return super().values()

    def items(self) -> Any:
        if self._shows_image:
            self.get("img")
        return super().items()

    @property
    def _shows_image(self) -> bool:
        return self.image is not None and self.image.crops_only is None


def rng_of(sample: Mapping[str, Any]) -> np.random.RandomState:
    """The generator that a step draws from.

    The loader hands one over with each sample, seeded for it alone. A sample without one, such as
    a plain dict, is drawn for from NumPy's global state.
    """
    rng = getattr(sample, "rng", None)
    return np.random.mtrand._rand if rng is None else rng
