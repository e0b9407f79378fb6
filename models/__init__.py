"""Lite-HRNet: lightweight high-resolution human pose estimation (CVPR 2021)."""
