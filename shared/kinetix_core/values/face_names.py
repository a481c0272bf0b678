"""Under which names models show the shapes of a face: ARKit's own, VRM's expressions (0 and 1) and the targets of VRoid Studio.

`STAND_INS` is the single table; a test compares Godot's `face_names.gd`. `shown_by` takes the names of morph targets or shape
keys. Expressions of moods have no row.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from kinetix_core.values.face_shapes import FACE_SHAPES

Target = TypeVar("Target", bound=Hashable)


@dataclass(frozen=True)
class StandIn:
    """A blend shape of another name that stands for shapes of the face.

    Attributes:
        names: of VRM 1's expression, VRM 0's and VRoid Studio's target, as far as there are such; the first that a model has counts.
        shapes: the shapes that it shows, and how much of it each one is: halves where both sides move together.
        is_told: whether a VRM animation tells the shape as this expression, and as nothing else.
    """

    names: tuple[str, ...]
    shapes: Mapping[str, float]
    is_told: bool = False


def _both(stem: str) -> dict[str, float]:
    return {f"{stem}Left": 0.5, f"{stem}Right": 0.5}


STAND_INS = (
    StandIn(("blinkLeft", "blink_l", "Fcl_EYE_Close_L"), {"eyeBlinkLeft": 1.0}, is_told=True),
    StandIn(("blinkRight", "blink_r", "Fcl_EYE_Close_R"), {"eyeBlinkRight": 1.0}, is_told=True),
    StandIn(("blink", "Fcl_EYE_Close"), _both("eyeBlink")),
    StandIn(("aa", "a", "Fcl_MTH_A"), {"jawOpen": 1.0}, is_told=True),
    StandIn(("ou", "u", "Fcl_MTH_U"), {"mouthPucker": 1.0}),
    StandIn(("oh", "o", "Fcl_MTH_O"), {"mouthFunnel": 1.0}),
    StandIn(("lookUp",), _both("eyeLookUp")),
    StandIn(("lookDown",), _both("eyeLookDown")),
    StandIn(("lookLeft",), {"eyeLookOutLeft": 0.5, "eyeLookInRight": 0.5}),
    StandIn(("lookRight",), {"eyeLookInLeft": 0.5, "eyeLookOutRight": 0.5}),
    StandIn(("Fcl_EYE_Spread",), _both("eyeWide")),
    StandIn(("Fcl_BRW_Angry",), _both("browDown")),
    StandIn(("Fcl_BRW_Sorrow",), {"browInnerUp": 1.0}),
    StandIn(("Fcl_BRW_Surprised",), _both("browOuterUp")),
    StandIn(("Fcl_MTH_Fun",), _both("mouthSmile")),
    StandIn(("Fcl_MTH_Angry",), _both("mouthFrown")),
)
"""In the order in which they are asked: a row counts where nothing shows one of its shapes yet, so `blink` for lack of its sides."""


def _spellings(shape: str) -> tuple[str, ...]:
    """`eyeBlinkLeft` and `eyeBlink_L`; letters may be large or small."""
    for side in ("Left", "Right"):
        if shape.endswith(side):
            return shape, f"{shape.removesuffix(side)}_{side[0]}"
    return (shape,)


_OWN = tuple(StandIn(_spellings(shape), {shape: 1.0}) for shape in FACE_SHAPES)
_VOWELS = frozenset("aiueo")
_PART = "Fcl_"
"""What VRoid Studio's names begin with; older versions write the mesh's name before it."""
_BETWEEN = dict.fromkeys(map(ord, "_. -"))


def shown_by(
    targets: Iterable[tuple[str, Target]], expressions: Iterable[tuple[str, Mapping[Target, float]]] = ()
) -> dict[str, dict[Target, float]]:
    """By shape of a face, how much of which targets of a model the whole shape is; a target may belong to several shapes.

    The first match counts, so that nothing is shown twice: targets and then expressions by ARKit's names, then `STAND_INS` among the
    expressions, then among the targets. Case, dots, spaces, hyphens and underscores are ignored.

    Args:
        targets: all of a model, each with its name; names may repeat, as those of lids and lashes do.
        expressions: of a VRM model, each with the targets that it moves and how much of them. Those without any are none.
    """
    named = _by_name((name, {target: 1.0}) for name, target in targets)
    said = _by_name(expressions)
    # A letter may be anybody's; the five vowels are a mouth's.
    words = named if named.keys() >= _VOWELS else {name: parts for name, parts in named.items() if len(name) > 1}
    found: dict[str, dict[Target, float]] = {}
    for rows, known in ((_OWN, named), (_OWN, said), (STAND_INS, said), (STAND_INS, words)):
        for row in rows:
            parts = next((known[name] for name in map(_plain, row.names) if name in known), {})
            if parts and not row.shapes.keys() & found.keys():
                for shape, of_row in row.shapes.items():
                    found[shape] = {target: of_row * share for target, share in parts.items()}
    return found


def _by_name(entries: Iterable[tuple[str, Mapping[Target, float]]]) -> dict[str, dict[Target, float]]:
    rows: dict[str, list[Mapping[Target, float]]] = {}
    for name, parts in entries:
        if parts:
            rows.setdefault(_plain(name), []).append(parts)
    found: dict[str, dict[Target, float]] = {name: {} for name in rows}
    for name, own in rows.items():
        for parts in reversed(own):  # the share that comes first counts
            found[name].update(parts)
    return found


def _plain(name: str) -> str:
    return name[max(name.rfind(_PART), 0) :].lower().translate(_BETWEEN)
