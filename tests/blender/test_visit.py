"""A visit to Blender, with a real capture: of a clip with two people in it a part of one of them; actions, seconds, pictures.

The figures are in artefacts/blender/visit.json then; docs/engineering/newcomers.md has those that were kept.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.blender import screen
from tests.support import tools

pytestmark = [pytest.mark.xdist_group("blender-gui"), pytest.mark.timeout(screen.HANGS_S + 60), pytest.mark.nightly]
MOST_ACTIONS = 10


def test_a_part_of_a_clip_with_two_people_comes_onto_the_mannequin(profile: screen.Profile, tmp_path: Path) -> None:
    clip = tools.ROOT / "samples" / "balance.mp4"
    with screen.kinetix_local(profile.home, "kinetix_capture.deliver:deliver"):
        answer = screen.driven("visit", profile, tmp_path, KB_CLIP=str(clip))
    figures = {"actions": answer["actions"], "seconds": answer["seconds on the figure"], "load": os.getloadavg()[0]}
    (screen.PICTURES / "visit.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    assert len(answer["actions"]) <= MOST_ACTIONS
    settings = answer["settings"]
    assert settings["trimStart"] == pytest.approx(0.2, abs=0.05) and settings["trimEnd"] == pytest.approx(
        1.47, abs=0.05
    )
    assert settings["crop"] == pytest.approx([0.02, 0.03, 0.7, 0.92], abs=0.02)
    assert answer["left"] == [], "the comparison is gone"
