"""Every state of the dock, drawn in the editor's dark and light theme and in its languages: no text is cut, and each can be read.

No hub runs (states.py). The pictures lie under artefacts/godot-dock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.blender import screen
from tests.godot.dock.states import STATES, show, speaking
from tests.godot.editor import Editor, editor, imported_project
from tests.support import tools
from tests.support.waiting import until

pytestmark = [pytest.mark.nightly, pytest.mark.xdist_group("godot-pictures")]

THEMES = {"dark": "Default", "light": "Light"}
LEAST_CONTRAST = 4.5  # between a text and what lies behind it
FLOOR = "90, 97, 113"  # the brightest tile of the preview's floor, which is the same in all themes


# Texts that do not fit their place, and those that can hardly be told from what is behind them.
_FAULTS = """
var look = load('res://addons/kinetix_emotes/editor/look.gd')
var ground = EditorInterface.get_editor_theme().get_color(&'base_color', &'Editor')
var right = dock.get_global_rect().end.x + 0.5
var found = []
for label in dock.find_children('*', 'Label', true, false):
	if not label.is_visible_in_tree() or label.text.is_empty(): continue
	var behind = Color8(%s) if label.name == &'NothingShown' else ground
	var wraps = label.autowrap_mode != TextServer.AUTOWRAP_OFF or label.text_overrun_behavior != TextServer.OVERRUN_NO_TRIMMING
	if not wraps and label.get_minimum_size().x > label.size.x + 0.5: found.append(['cut', label.text])
	if label.get_global_rect().end.x > right: found.append(['outside', label.text])
	var contrast = look.contrast(behind.lerp(label.get_theme_color(&'font_color'), label.modulate.a), behind)
	if contrast < %f: found.append(['contrast %%.1f' %% contrast, label.text])
for button in dock.find_children('*', 'Button', true, false):
	if not button.is_visible_in_tree(): continue
	if not button.clip_text and button.get_minimum_size().x > button.size.x + 0.5: found.append(['cut', button.text])
	if button.get_global_rect().end.x > right: found.append(['outside', button.text])
var bar = dock._tabs.get_tab_bar()
if bar.get_offset_buttons_visible(): found.append(['tabs', 'some are out of sight'])
return found
"""


@contextmanager
def _shown(factory: pytest.TempPathFactory, root: Path, language: str) -> Iterator[Editor]:
    imported_project(factory, root)
    with screen.display(root) as number, editor(root, speaking(language), number) as found:
        yield found


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    with _shown(tmp_path_factory, tmp_path_factory.mktemp("pictures"), "en") as found:
        yield found


def _faults(drawn: Editor, folder: str) -> dict[str, list[list[str]]]:
    """Draw every state into this folder and return its faults."""
    faults = {}
    for name in STATES:
        show(drawn, name)
        drawn.shot(tools.ARTEFACTS / "godot-dock" / folder / f"{name}.png")
        if found := drawn.run(_FAULTS % (FLOOR, LEAST_CONTRAST)):
            faults[name] = found
    return faults


@pytest.mark.parametrize("theme", THEMES)
def test_every_state_can_be_read(drawn: Editor, theme: str) -> None:
    drawn.run(
        "var settings = EditorInterface.get_editor_settings()\n"
        f"settings.set_setting('interface/theme/color_preset', '{THEMES[theme]}')"
    )
    is_light = "EditorInterface.get_editor_theme().get_color(&'base_color', &'Editor').get_luminance() > 0.5"
    until(lambda: drawn.get(is_light) == (theme == "light"), "the theme")
    assert not _faults(drawn, theme)


@pytest.mark.parametrize("language", ["de", "fr", "es", "pt_BR", "ja", "zh_CN"])
def test_every_state_has_room_in_every_language(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, language: str
) -> None:
    with _shown(tmp_path_factory, tmp_path, language) as found:
        assert not _faults(found, language)


def test_an_emote_with_a_problem_is_marked_in_the_list(drawn: Editor) -> None:
    show(drawn, "library")
    assert drawn.get("lists(['! Broken', 'Wave'])")


def test_no_end_of_the_part_looks_like_none(drawn: Editor) -> None:
    show(drawn, "create-part")
    shown = "var box = part('To')\nbox.value = %s\nreturn box.get_line_edit().text"
    assert drawn.run(shown % 2.5) == "to 2.5 s"
    assert drawn.run(shown % 0.0) == "to end 0.0 s"


def test_half_a_body_is_captured_by_one_button_on_its_job(drawn: Editor) -> None:
    show(drawn, "jobs")
    rows = "dock.find_children('UpperBody', 'Button', true, false).map("
    assert drawn.get(f"{rows}func(button): return button.get_parent().get_parent().name)") == ["Job_6"]
