"""Pictures of what a network saw and said. Images are (H, W, 3) uint8 in OpenCV's order, BGR.

- `skeleton.py`: poses; `people.py`: the dicts that inference answers. `figure.py`: the styles.
- `frames.py`: boxes, and tags with the numbers of tracks; `text.py`: letters.
- `heatmaps.py`: heatmaps over the picture that they were made of; `target_overlay.py`: targets over
  their crop.
- `annotation.py`: a person as labelled; `comparison.py`: as labelled and as predicted.
- `base.py`: the visualizer contract, by which tasks draw their predictions; `visualizers`: the
  registered ones.
- `sheet.py`: many pictures on one sheet; `view.py`: the part around a person; `caption.py`.
- `close_up.py`: lines finer than a pixel; `colors.py`; `picture_file.py`.
"""

from models.visualization.annotation import draw_annotations
from models.visualization.base import Visualizer
from models.visualization.caption import captioned, titled
from models.visualization.comparison import draw_comparison
from models.visualization.figure import STYLES
from models.visualization.heatmaps import overlay_heatmaps
from models.visualization.people import draw_people
from models.visualization.picture_file import write_picture
from models.visualization.sheet import contact_sheet
from models.visualization.skeleton import draw_poses
from models.visualization.target_overlay import overlay_targets
from models.visualization.view import view

__all__ = [
    "STYLES",
    "Visualizer",
    "captioned",
    "contact_sheet",
    "draw_annotations",
    "draw_comparison",
    "draw_people",
    "draw_poses",
    "overlay_heatmaps",
    "overlay_targets",
    "titled",
    "view",
    "write_picture",
]
