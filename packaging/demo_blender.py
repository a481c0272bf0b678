"""Blender's side of the demo: `blender -b --python demo_blender.py -- EMOTE.glb OUT.blend OUT.png`.

Imports the emote the way the add-on's Import button does, saves the file, and renders one frame.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "shared"), str(ROOT / "blender_addon")]
