"""Pictures of what a network saw and said."""

from models.visualization.sheet import contact_sheet
from models.visualization.skeleton import draw_poses

__all__ = ["contact_sheet", "draw_poses"]
