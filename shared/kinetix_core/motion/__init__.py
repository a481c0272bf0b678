"""Motion as numpy arrays: skeletons, clips, kinematics, mapping, retargeting, clean-up. numpy only, so Blender can load it."""

from kinetix_core.motion.motion import Motion
from kinetix_core.motion.skeleton import Skeleton

__all__ = ["Motion", "Skeleton"]
