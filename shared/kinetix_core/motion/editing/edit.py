"""Clean-up and authoring in one place: every function takes a motion and returns a new one."""

from kinetix_core.motion.editing.comparing import Difference, compare
from kinetix_core.motion.editing.layers import PARTS, add, blend, blend_in, blend_out, difference, mask, masked, smooth
from kinetix_core.motion.editing.looping import Seam, around, close, find_seam, loop, repeat
from kinetix_core.motion.editing.mirroring import mirror
from kinetix_core.motion.editing.placing import face_forward, facing, in_place, move, on_floor, turn
from kinetix_core.motion.editing.timing import at_times, pick, resample, reverse, speed, trim

__all__ = [
    "PARTS",
    "Difference",
    "Seam",
    "add",
    "around",
    "at_times",
    "blend",
    "blend_in",
    "blend_out",
    "close",
    "compare",
    "difference",
    "face_forward",
    "facing",
    "find_seam",
    "in_place",
    "loop",
    "mask",
    "masked",
    "mirror",
    "move",
    "on_floor",
    "pick",
    "repeat",
    "resample",
    "reverse",
    "smooth",
    "speed",
    "trim",
    "turn",
]
