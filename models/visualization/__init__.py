"""Pictures of what a network saw and said. Images are (H, W, 3) uint8 in OpenCV's order, BGR.

- `skeleton.py`: poses; `people.py`: the dicts that inference answers. `figure.py`: the styles.
- `frames.py`: boxes, and tags with the numbers of tracks; `text.py`: letters.
- `heatmaps.py`: heatmaps over the picture that they were made of.
- `comparison.py`: a person as labelled and as answered. `sheet.py`: many pictures on one sheet.
- `close_up.py`: lines finer than a pixel; `colors.py`.
"""

from models.visualization.comparison import draw_comparison
from models.visualization.figure import STYLES
from models.visualization.heatmaps import overlay_heatmaps
from models.visualization.people import draw_people
from models.visualization.sheet import contact_sheet
from models.visualization.skeleton import draw_poses

__all__ = [
    "STYLES",
    "contact_sheet",
    "draw_comparison",
    "draw_people",
    "draw_poses",
    "overlay_heatmaps",
]
