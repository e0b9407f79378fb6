"""The registered visualizers, one file for each task."""

from models.visualization.visualizers.pose import PoseVisualizer

__all__ = ["PoseVisualizer"]
