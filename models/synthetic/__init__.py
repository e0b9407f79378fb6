"""The embedded data set: pictures of drawn, articulated people with exact labels.

A body is posed in three dimensions (`skeleton`, `poses`), dressed (`wardrobe`) and placed (`body`);
it is painted part by part on a canvas that remembers which part owns each pixel (`canvas`,
`figure`, `head`), in front of a cluttered `background` and behind `occluders`. `scene` puts one
picture together, `labels` reads boxes and visibility from the painted pixels, `camera` adds blur
and noise; `detector` answers as a person detector would. `record` draws and saves pictures,
`coco_form` and `mpii_form` write the two annotation formats, `build` makes the whole folder. How
hard the pictures are is set in one place, `spec.Difficulty`. `video` draws a film instead, of
people who `walk` and cross each other's way.

Frames: *body* (x to the person's left, y up, z forward, unit: standing height), *view* (x to the
picture's right, y up, z towards the viewer, same unit) and *image* (pixels, x right, y down, the
centre of the first pixel is (0, 0)). Colors are BGR, 0 to 255, float32.
"""

from models.synthetic.build import build_dataset_folder
from models.synthetic.scene import Person, Scene, draw_scene
from models.synthetic.spec import Difficulty, SyntheticSpec

__all__ = [
    "Difficulty",
    "Person",
    "Scene",
    "SyntheticSpec",
    "build_dataset_folder",
    "draw_scene",
]
