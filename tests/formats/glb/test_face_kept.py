"""A face goes along with its emote: read from a GLB, through every edit, and written again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from kinetix_core.formats import glb
from kinetix_core.formats.glb import container
from kinetix_core.motion import Motion
from kinetix_core.motion.editing import cutting, layers, looping, mirroring, placing, timing
from kinetix_core.motion.retargeting.retarget import retarget
from kinetix_core.values.errors import FormatError
from kinetix_core.values.face_shapes import FACE_SHAPES
from kinetix_core.values.take_parts import PartKind
from kinetix_tools.commands.edit import edit as edit_command
from tests.formats import rigs
from tests.formats.faces import converted, face_of, with_face
from tests.support import clips
from tests.support.takes import validator

FRAMES = 31
JAW, LEFT, RIGHT = (FACE_SHAPES.index(name) for name in ("jawOpen", "mouthSmileLeft", "mouthSmileRight"))


@pytest.fixture(scope="module")
def talking() -> Motion:
    """A second in which the jaw opens by and by and half a smile comes and goes, on one side."""
    smile = np.sin(np.linspace(0.0, np.pi, FRAMES))
    motion = clips.random_motion(FRAMES, name="talking")
    return with_face(motion, jawOpen=np.linspace(0.0, 0.9, FRAMES), mouthSmileLeft=smile)


@pytest.mark.parametrize("naming", ["mixamo", "legacy", "generic"])
def test_what_is_written_is_read_again(talking: Motion, naming: str) -> None:
    for max_error in (None, 0.001):
        read = glb.read_motion(glb.write_emote(talking, naming=naming, max_error_m=max_error))
        assert np.abs(face_of(read) - face_of(talking)).max() < 1e-6
    assert glb.read_motion(glb.write_emote(talking.with_(face=None))).face is None


def test_the_edits_take_the_face_along(talking: Motion) -> None:
    face = face_of(talking)
    cases: list[tuple[Callable[[Motion], Motion], NDArray[np.float64]]] = [
        (lambda motion: timing.trim(motion, 0.2, 0.7), face[6:22]),
        (lambda motion: cutting.cut(motion, cutting.Part(0.5, 1.0, PartKind.CHOSEN)), face[15:]),
        (timing.reverse, face[::-1]),
        (lambda motion: timing.speed(motion, 2.0), face[::2]),
        (lambda motion: timing.resample(motion, 15.0), face[::2]),
        (lambda motion: layers.smooth(motion, 0.2), face),
        (placing.in_place, face),
        (lambda motion: placing.turn(motion, 1.0), face),
        (lambda motion: layers.add(motion, layers.difference(motion.with_(face=None))), face),
        (lambda motion: layers.masked(motion, timing.reverse(motion), "arms"), face),
        (lambda motion: layers.masked(motion, timing.reverse(motion), "upper_body"), face[::-1]),
        (lambda motion: layers.masked(motion, motion.with_(face=None), "head"), face),
        (lambda motion: retarget(motion, motion.skeleton), face),
    ]
    for number, (change, wanted) in enumerate(cases):
        assert np.abs(face_of(change(talking)) - wanted).max() < 1e-9, number


def test_the_mirror_swaps_the_sides_of_the_face(talking: Motion) -> None:
    face, swapped = face_of(talking), face_of(mirroring.mirror(talking))
    assert np.array_equal(swapped[:, RIGHT], face[:, LEFT]) and not swapped[:, LEFT].any()
    assert np.array_equal(swapped[:, JAW], face[:, JAW])
    assert np.array_equal(face_of(mirroring.mirror(mirroring.mirror(talking))), face)


def test_a_loop_has_no_jump_in_the_face_and_a_blend_begins_at_rest(talking: Motion) -> None:
    face = face_of(looping.close(talking))
    assert np.array_equal(face[0], face[-1])
    assert np.abs(np.diff(face[:, JAW])).max() < 0.15
    assert np.allclose(face[15], face_of(talking)[15])
    begun = face_of(layers.blend_in(timing.reverse(talking), 0.3))
    assert not begun[0].any() and np.allclose(begun[9:], face_of(talking)[::-1][9:])
    assert not face_of(layers.blend_out(talking, 0.3))[-1].any()


def test_a_face_of_another_length_is_refused(talking: Motion) -> None:
    for wrong in (face_of(talking)[1:], face_of(talking)[:, 1:], np.full_like(face_of(talking), np.nan)):
        with pytest.raises(FormatError):
            talking.with_(face=wrong)


def test_the_command_writes_the_face_that_it_was_given(talking: Motion, tmp_path: Path) -> None:
    source, out = tmp_path / "talking.glb", tmp_path / "out.glb"
    source.write_bytes(glb.write_emote(talking, naming="generic"))
    done = CliRunner().invoke(edit_command, [str(source), str(out), "--trim", "0.2", "0.7", "--mirror"])
    assert done.exit_code == 0, done.output
    wanted = face_of(mirroring.mirror(timing.trim(talking, 0.2, 0.7)))
    assert np.abs(face_of(glb.read_motion(out)) - wanted).max() < 1e-6
    document = container.describe(out)
    assert [mesh["extras"]["targetNames"] for mesh in document.json["meshes"]] == [list(FACE_SHAPES)]
    (report,) = validator.issues(out)
    assert (report["numErrors"], report["numWarnings"]) == (0, 0), report
    converted(out, tmp_path / "again.glb")
    assert np.abs(face_of(glb.read_motion(tmp_path / "again.glb")) - wanted).max() < 1e-6
    converted(out, tmp_path / "between.kinanim")
    converted(tmp_path / "between.kinanim", tmp_path / "third.glb")
    assert np.abs(face_of(glb.read_motion(tmp_path / "third.glb")) - wanted).max() < 0.01 + 3e-4


def test_shapes_are_known_by_their_names_and_others_rest(talking: Motion) -> None:
    """The meshes have some of the shapes, in another order, and shapes of their own."""
    names = ["frown of mine", "mouthSmileLeft", *(f"more {number}" for number in range(49)), "jawOpen"]
    document, binary = rigs.parts(glb.write_emote(talking))
    extras = document["meshes"][0]["extras"]
    extras["targetNames"] = names
    body = glb.read_character(rigs.join(document, binary))
    read = face_of(glb.read_motion(glb.write_onto(body, [talking])))
    assert np.abs(read - face_of(talking)).max() < 1e-6
    extras["targetNames"] = names[1:]
    strange = rigs.join(document, binary)
    assert glb.read_motion(strange).face is None
    assert glb.read_motion(glb.write_onto(glb.read_character(strange), [talking])).face is None
