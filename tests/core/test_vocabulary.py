"""One vocabulary: names that were replaced by the field's terms (docs/glossary.md) do not come back."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import tools

ROOT = Path(__file__).resolve().parents[2]
CODE = ("shared", "godot_bridge/kinetix_godot", "blender_addon", "packaging")

# What a module was called → what it is called now.
MODULES = {
    "afar": "small_person",
    "brief": "short_contacts",
    "carried": "detached_bones",
    "doubts": "recheck",
    "evidence": "observations",
    "folds": "backtracking_bones",
    "freedoms": "priors",
    "grasp": "finger_pose",
    "ground": "floor",
    "local_service": "local_process",
    "looks": "temporal_subsampling",
    "meanings": "name_semantics",
    "missing": "visible_span",
    "others": "second_person",
    "planting": "foot_lock",
    "rest_match": "rest_pose",
    "services_host": "plugins",
    "sides": "left_right",
    "sliding": "foot_skate",
    "steadying": "hip_compensation",
    "take": "pipeline",
    "upright": "orientation",
}
# The same for functions, classes and constants.
NAMES = {
    "Evenness": "MotionHistory",
    "Evidence": "Measurements",
    "Meter": "ProgressMeter",
    "Others": "SecondPersonCheck",
    "Planted": "FootContacts",
    "_FORGETS_S": "_DECAY_STANDING_S",
    "_FREE": "_TOLERANCE",
    "_GIVES": "_MOST_OFFSET",
    "even_handed": "remove_side_bias",
    "set_right": "remove_depth_bias",
    "unfolded": "without_backtracking",
}


def _files() -> list[Path]:
    return [file for place in CODE for file in sorted((ROOT / place).rglob("*.py")) if "node_modules" not in file.parts]


@pytest.mark.quick
def test_no_module_has_its_old_name() -> None:
    assert {str(file.relative_to(ROOT)): MODULES[file.stem] for file in _files() if file.stem in MODULES} == {}


@pytest.mark.quick
def test_no_function_class_or_constant_has_its_old_name() -> None:
    wrong = {}
    for file in _files():
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            names = [node.name] if isinstance(node, ast.FunctionDef | ast.ClassDef) else []
            if isinstance(node, ast.Assign):
                names = [name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)]
            wrong.update({f"{file.relative_to(ROOT)}:{node.lineno}": NAMES[name] for name in names if name in NAMES})
    assert wrong == {}


# Words that are no part of any name, in any language of ours: each had a meaning that only its author knew.
WORDS = set(
    re.findall(
        r"\w+",
        """
        afar brief carried deed deeds doubt doubted doubts evenness evidence facts folds freedoms glance glances grasp lacks
        leans meaning meanings rival rivals spares steady steadying strayed sureness surely theirs vague vouch way ways wreck
        """,
    )
)
# The words that people type: `kinetix sync resolve ID FILE theirs`.
MEANT = {"shared/kinetix_core/hub_protocol/enumerations.py": {"THEIRS"}}


@functools.cache
def _sources() -> dict[str, str]:
    listed = subprocess.run(
        [str(tools.git()), "ls-files", "*.py", "*.gd", "*.ts"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    names = [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
    return {name: (ROOT / name).read_text(encoding="utf-8") for name in names}


def _defined(name: str, text: str) -> Iterator[str]:
    """Everything that a file gives a name: locals, parameters, attributes, functions, classes. Tests are named in sentences."""
    if not name.endswith(".py"):
        yield from re.findall(r"\b(?:var|func|const|enum|signal|class_name|let|function|class)\s+(\w+)", text)
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if not node.name.startswith("test_"):
                yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr


@functools.cache
def _words(name: str) -> frozenset[str]:
    return frozenset(word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name))


def _says_one(text: str) -> bool:
    """Whether a word of WORDS stands in it at all, in prose or in a name. Five files of six have none, and need no parsing."""
    return any(_words(name) & WORDS for name in set(re.findall(r"\w+", text)))


@pytest.mark.quick
def test_a_name_is_split_into_its_words() -> None:
    assert _words("_their_wayOf_GLB") == {"their", "way", "of", "glb"} and _words("GlbFacts") == {"glb", "facts"}


@pytest.mark.quick
def test_no_name_has_a_private_word() -> None:
    wrong = {
        name: found
        for name, text in _sources().items()
        if _says_one(text)
        and (found := {one for one in _defined(name, text) if _words(one) & WORDS} - MEANT.get(name, set()))
    }
    assert wrong == {}


# A name that says nothing on its own may be given once only.
SHARED_NAMES = ("service", "steps", "clock", "meter")


@pytest.mark.quick
@pytest.mark.parametrize("name", SHARED_NAMES)
def test_a_general_name_belongs_to_one_module(name: str) -> None:
    assert len([file for file in _files() if file.stem == name]) <= 1
