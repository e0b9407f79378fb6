"""Pictures of what a network saw and said."""

from models.visualization.annotation import draw_annotations
from models.visualization.caption import captioned, titled
from models.visualization.sheet import contact_sheet
from models.visualization.skeleton import draw_poses
from models.visualization.target_overlay import overlay_targets
from models.visualization.view import view

__all__ = [
    "captioned",
    "contact_sheet",
    "draw_annotations",
    "draw_poses",
    "overlay_targets",
    "titled",
    "view",
]
